//! Functions of libraries whose inside is taken for granted: the C library's allocator and its
//! bookkeeping of threads, and Rust's of their stacks. What such a function does to its own lists
//! under its own locks is nobody's business; without this, most of what threads share would be
//! theirs.
//!
//! A breakpoint at the start of a function says when a thread comes in, one behind the call when
//! it leaves. Memory that a thread meets in between counts as met by nobody; memory that it gets
//! from the allocator counts as new.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use explorer::TaskId;
use nix::unistd::Pid;
use object::{Object, ObjectSegment, ObjectSymbol, SymbolKind};
use procfs::process::{MMPermissions, MMapPath};

use crate::RunError;
use crate::engine::Engine;
use crate::instructions::LONGEST;
use crate::machine::{BREAKPOINT, Memory, Registers, interpret};
use crate::ptrace::{self, Stop, Until};
use crate::threads::Standing;

/// What a function is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// It returns new memory; which of its arguments say how much.
    Allocates(Amount),
    /// It waits for the end of the thread that its first argument names.
    Joins,
    /// Anything else.
    Keeps,
}

/// How many bytes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
    Argument(usize),
    Product(usize, usize),
}

/// What a function of this name is for, if it is one of them.
fn purpose(name: &str) -> Option<Purpose> {
    Some(match name {
        "malloc" | "valloc" | "pvalloc" => Purpose::Allocates(Amount::Argument(0)),
        "realloc" | "memalign" | "aligned_alloc" => Purpose::Allocates(Amount::Argument(1)),
        "calloc" => Purpose::Allocates(Amount::Product(0, 1)),
        "reallocarray" => Purpose::Allocates(Amount::Product(1, 2)),
        "pthread_join" | "pthread_timedjoin_np" | "pthread_clockjoin_np" | "pthread_tryjoin_np" | "thrd_join" => {
            Purpose::Joins
        }
        "posix_memalign" | "pthread_create" | "pthread_detach" | "pthread_kill" | "pthread_cancel"
        | "pthread_getattr_np" | "pthread_setname_np" | "thrd_create" | "thrd_detach" => Purpose::Keeps,
        _ if name.contains("stack_overflow")
            && ["make_handler", "drop_handler", "set_current_info", "delete_current_info"]
                .iter()
                .any(|part| name.contains(part)) =>
        {
            Purpose::Keeps
        }
        _ => return None,
    })
}

/// Names of functions that only allocators have: where they lie, others of theirs lie without names.
fn is_allocators(name: &str) -> bool {
    const NAMES: [&str; 20] = [
        "malloc",
        "free",
        "calloc",
        "realloc",
        "memalign",
        "aligned_alloc",
        "valloc",
        "pvalloc",
        "malloc_trim",
        "malloc_usable_size",
        "mallinfo",
        "mallinfo2",
        "mallopt",
        "posix_memalign",
        "_int_malloc",
        "_int_free",
        "_int_realloc",
        "malloc_consolidate",
        "sysmalloc",
        "tcache_init",
    ];
    NAMES.contains(&name)
}

/// A thread inside of such a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Visit {
    purpose: Purpose,
    args: [u64; 6],
    /// Where it comes out.
    back: u64,
    /// Its stack pointer there.
    stack: u64,
}

/// The breakpoints in one address space, with what stood there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breakpoints {
    entries: HashMap<u64, (u8, Purpose)>,
    /// How many threads are to come out there.
    backs: HashMap<u64, (u8, u32)>,
    /// Where the allocator's own code lies.
    allocator: Vec<Range<u64>>,
}

impl Breakpoints {
    /// Whether what lies at `address` is the allocator's own code.
    pub(crate) fn is_allocators(&self, address: u64) -> bool {
        self.allocator.iter().any(|range| range.contains(&address))
    }

    /// Where they are and what stood there.
    pub(crate) fn all(&self) -> Vec<(u64, u8)> {
        let entries = self.entries.iter().map(|(at, (byte, _))| (*at, *byte));
        entries.chain(self.backs.iter().map(|(at, (byte, _))| (*at, *byte))).collect()
    }

    /// Whether it is known who joins whom by the calls alone.
    pub(crate) fn know_joins(&self) -> bool {
        self.entries.values().any(|(_, purpose)| *purpose == Purpose::Joins)
    }
}

/// The memory of a task inside of what is taken for granted; elsewhere it has none here.
struct Inside<'e, 'a> {
    engine: &'e mut Engine<'a>,
    id: TaskId,
}

impl Memory for Inside<'_, '_> {
    fn read(&mut self, address: u64, into: &mut [u8]) -> Option<()> {
        self.is_private(address).then_some(())?;
        self.engine.peek(self.id, address, into).ok()
    }

    fn write(&mut self, address: u64, from: &[u8]) -> Option<()> {
        self.is_private(address).then_some(())?;
        self.engine.poke(self.id, address, from).ok()
    }
}

impl Inside<'_, '_> {
    fn is_private(&self, address: u64) -> bool {
        self.engine.task(self.id).visit.is_some()
            && self.engine.watching(self.id).is_some_and(|watching| watching.private.holds(address))
    }
}

impl Engine<'_> {
    /// Puts breakpoints into a process whose memory begins to be followed.
    pub(crate) fn set_breakpoints(&mut self, id: TaskId) {
        let mut breakpoints = Breakpoints::default();
        for found in functions(self.task(id).pid) {
            match found {
                Found::Function(at, purpose) => {
                    let mut byte = [0];
                    if self.read_code(id, at, &mut byte) && self.write_code(id, at, BREAKPOINT) {
                        breakpoints.entries.entry(at).or_insert((byte[0], purpose));
                    }
                }
                Found::Allocator(range) => breakpoints.allocator.push(range),
            }
        }
        if let Some(known) = self.breakpoints_mut(id) {
            *known = breakpoints;
        }
    }

    /// Takes them out again.
    pub(crate) fn remove_breakpoints(&mut self, id: TaskId) {
        let Some(breakpoints) = self.breakpoints_mut(id).map(std::mem::take) else { return };
        for (at, byte) in breakpoints.all() {
            self.write_code(id, at, byte);
        }
        for other in self.living.clone() {
            if self.space_id(other) == self.space_id(id) {
                self.task_mut(other).visit = None;
            }
        }
    }

    /// Whether what `id` does now is nobody's business.
    pub(crate) fn is_inside(&self, id: TaskId) -> bool {
        let task = self.task(id);
        task.visit.is_some()
            || self.watching(id).is_some_and(|watching| watching.breakpoints.is_allocators(task.registers.code()))
    }

    /// Whether `id`, stopped by a breakpoint, stands behind one of these.
    pub(crate) fn at_breakpoint(&self, id: TaskId) -> bool {
        let at = self.task(id).registers.code().wrapping_sub(1);
        self.watching(id).is_some_and(|watching| {
            watching.breakpoints.entries.contains_key(&at) || watching.breakpoints.backs.contains_key(&at)
        })
    }

    /// A thread comes to such a function, or leaves it.
    pub(crate) fn pass_breakpoint(&mut self, id: TaskId) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        let at = registers.code().wrapping_sub(1);
        registers.set_code(at);
        if registers.set(pid).is_err() {
            return Ok(());
        }
        self.task_mut(id).registers = registers;
        let Some(breakpoints) = self.watching(id).map(|watching| &watching.breakpoints) else { return Ok(()) };
        let (entry, back) = (breakpoints.entries.get(&at).copied(), breakpoints.backs.get(&at).copied());
        let visit = self.task(id).visit;
        if let Some(visit) = visit.filter(|visit| visit.back == at && visit.stack == registers.stack()) {
            self.come_out(id, visit, &registers);
            // others may still have to come out here
            return match self.watching(id).and_then(|watching| watching.breakpoints.backs.get(&at).copied()) {
                Some((byte, _)) => self.step_over(id, at, byte),
                None => {
                    self.go_along(id);
                    return Ok(());
                }
            };
        }
        if let (Some((_, purpose)), None) = (entry, visit) {
            self.come_in(id, purpose, &registers);
        }
        let byte = entry.map(|(byte, _)| byte).or(back.map(|(byte, _)| byte));
        match byte {
            Some(byte) => self.step_over(id, at, byte),
            None => Ok(()),
        }
    }

    fn come_in(&mut self, id: TaskId, purpose: Purpose, registers: &Registers) {
        let Ok(back) = self.peek_u64(id, registers.stack()) else { return };
        let mut there = [0];
        let known = self.watching(id).and_then(|watching| {
            let breakpoints = &watching.breakpoints;
            let entry = breakpoints.entries.contains_key(&back);
            (!entry).then(|| breakpoints.backs.get(&back).copied())
        });
        let Some(known) = known else { return };
        let (byte, count) = match known {
            Some((byte, count)) => (byte, count + 1),
            None => {
                if !self.read_code(id, back, &mut there) || !self.write_code(id, back, BREAKPOINT) {
                    return;
                }
                (there[0], 1)
            }
        };
        if let Some(breakpoints) = self.breakpoints_mut(id) {
            breakpoints.backs.insert(back, (byte, count));
        }
        self.lend_known(id);
        let visit = Visit { purpose, args: registers.call_arguments(), back, stack: registers.stack() + 8 };
        self.task_mut(id).visit = Some(visit);
    }

    fn come_out(&mut self, id: TaskId, visit: Visit, registers: &Registers) {
        self.task_mut(id).visit = None;
        let left = self.breakpoints_mut(id).and_then(|breakpoints| {
            let (byte, count) = breakpoints.backs.get_mut(&visit.back)?;
            *count -= 1;
            let (byte, count) = (*byte, *count);
            if count == 0 {
                breakpoints.backs.remove(&visit.back);
            }
            Some((byte, count))
        });
        if let Some((byte, 0)) = left {
            self.write_code(id, visit.back, byte);
        }
        let result = registers.result();
        match visit.purpose {
            Purpose::Allocates(amount) if result != 0 => {
                let len = match amount {
                    Amount::Argument(index) => visit.args[index],
                    Amount::Product(one, other) => visit.args[one].saturating_mul(visit.args[other]),
                };
                self.renewed(id, result.cast_unsigned(), len);
            }
            #[expect(clippy::cast_possible_truncation, reason = "an int result")]
            Purpose::Joins if result as i32 == 0 => self.joined_block(id, visit.args[0]),
            Purpose::Allocates(_) | Purpose::Joins | Purpose::Keeps => {}
        }
    }

    /// Does the one instruction on which a breakpoint stands.
    fn step_over(&mut self, id: TaskId, at: u64, byte: u8) -> Result<(), RunError> {
        if self.interpret_under(id, at, byte) {
            return Ok(());
        }
        let pid = self.task(id).pid;
        self.write_code(id, at, byte);
        self.open_for(id, Standing::Elsewhere)?;
        if ptrace::resume(pid, Until::Instruction, 0).is_err() {
            let _ = self.wait_for(id)?;
            return Ok(());
        }
        let stop = self.wait_for(id)?;
        self.write_code(id, at, BREAKPOINT);
        let Some(stop) = stop else { return Ok(()) };
        let Ok(registers) = Registers::of(pid) else { return Ok(()) };
        self.task_mut(id).registers = registers;
        match stop {
            // the instruction met closed memory: it is opened, and the breakpoint met again
            Stop::Signal(libc::SIGSEGV) => self.fault(id).map(drop),
            Stop::Signal(libc::SIGTRAP) => Ok(()),
            Stop::Signal(libc::SIGSTOP) if self.is_from_us(id) => Ok(()),
            Stop::Signal(signal) => {
                self.task_mut(id).deliver = signal;
                Ok(())
            }
            Stop::Call
            | Stop::CallEnd
            | Stop::Made(_)
            | Stop::VforkDone
            | Stop::Execute
            | Stop::Ending
            | Stop::Halted
            | Stop::Ended(_) => Ok(()),
        }
    }

    /// Does it here, if it is a common one: functions mostly start with the stack. What is inside of
    /// a function meets memory that is nobody's business. Returns whether it was done.
    fn interpret_under(&mut self, id: TaskId, at: u64, byte: u8) -> bool {
        let pid = self.task(id).pid;
        let mut registers = self.task(id).registers;
        if self.task(id).deliver != 0 || self.buffers.holds(id) {
            return false;
        }
        let mut code = [0; LONGEST];
        if !self.read_code(id, at, &mut code) {
            return false;
        }
        code[0] = byte;
        let mut memory = Inside { engine: self, id };
        if interpret(&code, &mut registers, &mut memory).is_none() || registers.set(pid).is_err() {
            return false;
        }
        self.task_mut(id).registers = registers;
        true
    }

    fn breakpoints_mut(&mut self, id: TaskId) -> Option<&mut Breakpoints> {
        let space = self.space_id(id);
        self.watching.get_mut(&space).map(|watching| &mut watching.breakpoints)
    }

    fn read_code(&self, id: TaskId, at: u64, into: &mut [u8]) -> bool {
        self.read_watched(id, at, into).is_some_and(|done| done.is_ok())
    }

    /// What really stands where there is a breakpoint.
    pub(crate) fn under_breakpoint(&self, id: TaskId, at: u64) -> Option<u8> {
        let breakpoints = &self.watching(id)?.breakpoints;
        let entry = breakpoints.entries.get(&at).map(|(byte, _)| *byte);
        entry.or_else(|| breakpoints.backs.get(&at).map(|(byte, _)| *byte))
    }

    pub(crate) fn write_code(&mut self, id: TaskId, at: u64, byte: u8) -> bool {
        let space = self.space_id(id);
        self.watching.get_mut(&space).is_some_and(|watching| watching.write_code(at, byte).is_ok())
    }
}

/// What there is of libraries in a process.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    Function(u64, Purpose),
    Allocator(Range<u64>),
}

fn functions(pid: Pid) -> Vec<Found> {
    let Ok(maps) = procfs::process::Process::new(pid.as_raw()).and_then(|process| process.maps()) else {
        return Vec::new();
    };
    let maps: Vec<_> = maps.into_iter().collect();
    let mut files: Vec<(PathBuf, u64)> = Vec::new();
    for map in &maps {
        let MMapPath::Path(path) = &map.pathname else { continue };
        let has_code =
            maps.iter().any(|other| other.pathname == map.pathname && other.perms.contains(MMPermissions::EXECUTE));
        if has_code && !files.iter().any(|(known, _)| known == path) {
            files.push((path.clone(), map.address.0));
        }
    }
    files
        .into_iter()
        .flat_map(|(path, start)| {
            let symbols = symbols(pid, &path);
            let placed = |address: u64| start.wrapping_sub(symbols.base).wrapping_add(address);
            symbols
                .found
                .iter()
                .map(|found| match found {
                    Found::Function(address, purpose) => Found::Function(placed(*address), *purpose),
                    Found::Allocator(range) => Found::Allocator(placed(range.start)..placed(range.end)),
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What there is in a file, by its own addresses.
#[derive(Debug, Default)]
struct Symbols {
    base: u64,
    found: Vec<Found>,
}

/// Read once for each file, as long as it does not change.
fn symbols(pid: Pid, path: &Path) -> Arc<Symbols> {
    type Key = (PathBuf, Option<std::time::SystemTime>);
    static KNOWN: Mutex<Option<HashMap<Key, Arc<Symbols>>>> = Mutex::new(None);
    let changed = std::fs::metadata(path).and_then(|data| data.modified()).ok();
    let key = (path.to_path_buf(), changed);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(symbols) = known.get(&key) {
        return Arc::clone(symbols);
    }
    let data = std::fs::read(path).or_else(|_| std::fs::read(format!("/proc/{pid}/exe"))).unwrap_or_default();
    let symbols = Arc::new(read_symbols(&data));
    known.insert(key, Arc::clone(&symbols));
    symbols
}

fn read_symbols(data: &[u8]) -> Symbols {
    let Ok(file) = object::File::parse(data) else { return Symbols::default() };
    let base = file.segments().map(|segment| segment.address()).min().unwrap_or(0) & !0xfff;
    let mut functions: Vec<(u64, u64, &str)> = file
        .dynamic_symbols()
        .chain(file.symbols())
        .filter(|symbol| symbol.is_definition() && symbol.kind() == SymbolKind::Text)
        .filter_map(|symbol| Some((symbol.address(), symbol.size(), symbol.name().ok()?)))
        .collect();
    functions.sort_unstable();
    let mut found: Vec<Found> =
        functions.iter().filter_map(|(address, _, name)| Some(Found::Function(*address, purpose(name)?))).collect();
    let own: Vec<_> = functions.iter().filter(|(_, size, name)| *size > 0 && is_allocators(name)).collect();
    if let (Some(first), Some(last)) = (own.first(), own.last()) {
        // up to the function of somebody else's before the first
        let before = functions.iter().filter(|(address, _, name)| *address < first.0 && !is_allocators(name));
        let start = before.map(|(address, size, _)| address + size).max().unwrap_or(first.0).min(first.0);
        // what lies further apart than that is not one and the same allocator
        const LARGEST: u64 = 64 << 10;
        if last.0 + last.1 - start <= LARGEST {
            found.push(Found::Allocator(start..last.0 + last.1));
        }
    }
    Symbols { base, found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_known_by_their_names_in_both_languages() {
        assert_eq!(purpose("calloc"), Some(Purpose::Allocates(Amount::Product(0, 1))));
        assert_eq!(purpose("pthread_join"), Some(Purpose::Joins));
        let rust = "_RNvNtNtNtNtNtCsjrHSEGnQ3l9_3std3sys3pal4unix14stack_overflow3imp12make_handler";
        assert_eq!(purpose(rust), Some(Purpose::Keeps));
        assert_eq!(purpose("pthread_mutex_lock"), None);
    }
}
