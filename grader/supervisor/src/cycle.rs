//! Whether the whole state of an execution has come back: then, under the fair schedule that
//! brought it back, it comes back for ever. That is what a livelock is.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use explorer::TaskId;

use crate::RunError;
use crate::engine::Engine;
use crate::machine::scratch;
use crate::memory;
use crate::private::PAGE;
use crate::task::State;

/// Steps without anything that others could notice, after which states are compared.
const PATIENCE: u64 = 400;
/// States compared, before it is left to the limits.
const COMPARED: u64 = 400;

/// The states seen since somebody got on, with who ran since.
#[derive(Debug, Default)]
pub(crate) struct Cycle {
    seen: HashMap<u64, usize>,
    ran: Vec<TaskId>,
}

impl Engine<'_> {
    /// After a step of `id`: those that run for ever, if it is certain that they do.
    pub(crate) fn came_back(&mut self, id: TaskId) -> Result<Option<Vec<TaskId>>, RunError> {
        let idle = self.progress.idle();
        if idle < PATIENCE {
            if !self.cycle.ran.is_empty() {
                self.cycle = Cycle::default();
            }
            return Ok(None);
        }
        if idle > PATIENCE + COMPARED {
            return Ok(None);
        }
        self.cycle.ran.push(id);
        let state = self.whole_state();
        let now = self.cycle.ran.len();
        // the first time counts: tasks that spin side by side leave the state as it was at every step
        let before = *self.cycle.seen.entry(state).or_insert(now);
        if before == now {
            return Ok(None);
        }
        // fair: whoever could go on has gone on in between
        let mut between: Vec<TaskId> = self.cycle.ran[before..now].to_vec();
        between.sort_unstable();
        between.dedup();
        let able: Vec<TaskId> = self.able()?;
        Ok(able.iter().all(|task| between.contains(task)).then_some(between))
    }

    /// A digest of everything that decides how the execution goes on: registers, memory of
    /// every process, who waits for what.
    fn whole_state(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for task in &self.tasks {
            if matches!(task.state, State::Ended) {
                continue;
            }
            (task.id, std::mem::discriminant(&task.state)).hash(&mut hasher);
            task.registers.words().hash(&mut hasher);
        }
        for waiting in self.buffers.all() {
            waiting.hash(&mut hasher);
        }
        for process in &self.processes {
            if process.ended.is_some() {
                continue;
            }
            let Ok(maps) = procfs::process::Process::new(process.pid.as_raw()).and_then(|process| process.maps())
            else {
                continue;
            };
            let watching = self.watching.get(&process.space);
            if let Some(watching) = watching {
                match watching.private.met() {
                    Some(pages) => pages.into_iter().for_each(|page| {
                        page.hash(&mut hasher);
                        let mut bytes = [0; PAGE as usize];
                        let _ = watching.read(page, &mut bytes);
                        hasher.write(&bytes);
                    }),
                    // nothing can be said of what was written there
                    None => self.taken.hash(&mut hasher),
                }
            }
            for map in maps {
                let writable = map.perms.contains(procfs::process::MMPermissions::WRITE);
                let followed = watching.is_some_and(|watching| watching.private.holds(map.address.0));
                if !writable || followed || map.address.0 == scratch::start() {
                    continue;
                }
                // untouched parts of a stack or heap read as zeros, and stay so
                let len = usize::try_from(map.address.1 - map.address.0).unwrap_or(0).min(16 << 20);
                map.address.hash(&mut hasher);
                hasher.write(&memory::read_some(process.pid, map.address.0, len));
            }
        }
        hasher.finish()
    }
}
