//! Who a task is, to itself: numbers that are the same in every execution, and a machine that
//! looks the same everywhere.

use explorer::TaskId;

use crate::RunError;
use crate::engine::Engine;
use crate::lives::end_place;
use crate::objects::Kind;
use crate::task::{ProcessId, seen_pid};

use super::arrive::Plan;

/// So many processors every program finds, whatever the machine has: enough for pools to be
/// pools.
pub(super) const PROCESSORS: u32 = 4;

impl Engine<'_> {
    #[expect(clippy::too_many_lines, reason = "a table, one entry a call")]
    pub(super) fn plan_identity(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (first, second) = (args[0] as i32, args[1] as i32);
        let process_number = seen_pid(self.process_of(id).leader);
        match call {
            libc::SYS_getpid => Plan::Return(process_number.into()),
            libc::SYS_gettid => Plan::Return(seen_pid(id).into()),
            libc::SYS_getppid => Plan::Return(self.seen_parent(id).into()),
            libc::SYS_getpgrp => Plan::Return(self.process_of(id).group.into()),
            libc::SYS_getpgid | libc::SYS_getsid => {
                let process = if first == 0 { Some(self.task(id).process) } else { self.process_seen_as(first) };
                match process.map(|process| &self.processes[process.0]) {
                    Some(process) if call == libc::SYS_getpgid => Plan::Return(process.group.into()),
                    Some(process) => Plan::Return(process.session.into()),
                    None => Plan::fail(libc::ESRCH),
                }
            }
            libc::SYS_setpgid => {
                let process = if first == 0 { Some(self.task(id).process) } else { self.process_seen_as(first) };
                let Some(process) = process else { return Plan::fail(libc::ESRCH) };
                let own = seen_pid(self.processes[process.0].leader);
                self.processes[process.0].group = if second == 0 { own } else { second };
                Plan::Return(0)
            }
            libc::SYS_setsid => {
                if self.process_of(id).group == process_number {
                    return Plan::fail(libc::EPERM);
                }
                let process = self.process_of_mut(id);
                process.group = process_number;
                process.session = process_number;
                Plan::Return(process_number.into())
            }
            libc::SYS_set_tid_address => {
                self.task_mut(id).clear_on_end = args[0];
                Plan::Return(seen_pid(id).into())
            }
            libc::SYS_get_robust_list => Plan::fail(libc::EPERM),
            libc::SYS_sched_getaffinity => {
                let mask = (1u64 << PROCESSORS) - 1;
                if args[1] < 8 {
                    return Plan::fail(libc::EINVAL);
                }
                match self.poke(id, args[2], &mask.to_le_bytes()) {
                    Ok(()) => Plan::Return(8),
                    Err(_) => Plan::fail(libc::EFAULT),
                }
            }
            libc::SYS_sched_setaffinity | libc::SYS_sched_setparam | libc::SYS_sched_setscheduler => Plan::Return(0),
            libc::SYS_sched_getscheduler => Plan::Return(0),
            libc::SYS_sched_getparam => {
                Plan::Return(if self.poke(id, args[1], &[0; 4]).is_ok() { 0 } else { -i64::from(libc::EFAULT) })
            }
            libc::SYS_getcpu => {
                if args[0] != 0 {
                    let _ = self.poke(id, args[0], &[0; 4]);
                }
                if args[1] != 0 {
                    let _ = self.poke(id, args[1], &[0; 4]);
                }
                Plan::Return(0)
            }
            libc::SYS_prctl => match first {
                libc::PR_SET_NAME
                | libc::PR_GET_NAME
                | libc::PR_SET_PDEATHSIG
                | libc::PR_GET_PDEATHSIG
                | libc::PR_GET_DUMPABLE
                | libc::PR_SET_VMA
                | libc::PR_CAPBSET_READ
                | libc::PR_SET_CHILD_SUBREAPER => Plan::Through,
                // these would change what a supervisor may see, and are of no use to a program
                libc::PR_SET_DUMPABLE | libc::PR_SET_PTRACER | libc::PR_SET_TIMERSLACK | libc::PR_SET_THP_DISABLE => {
                    Plan::Return(0)
                }
                // as for a program that nobody follows
                libc::PR_GET_NO_NEW_PRIVS | libc::PR_SET_NO_NEW_PRIVS | libc::PR_GET_SECCOMP => Plan::Return(0),
                libc::PR_SET_TSC => Plan::Return(0),
                libc::PR_GET_TSC => {
                    let enabled = libc::PR_TSC_ENABLE.to_le_bytes();
                    if self.poke(id, args[1], &enabled).is_ok() { Plan::Return(0) } else { Plan::fail(libc::EFAULT) }
                }
                libc::PR_SET_SECCOMP => {
                    Plan::Forbidden { what: "asked for a seccomp filter".into(), errno: libc::EPERM }
                }
                _ => Plan::fail(libc::EINVAL),
            },
            libc::SYS_prlimit64 => {
                if first == 0 || first == process_number {
                    if args[2] != 0 && self.loosens(id, args[1], args[2]) {
                        return Plan::fail(libc::EPERM);
                    }
                    return if first == 0 { Plan::Through } else { Plan::fail(libc::EPERM) };
                }
                Plan::fail(libc::ESRCH)
            }
            libc::SYS_pidfd_open => match self.process_seen_as(first) {
                Some(process) => match self.open_process(id, process, args[1]) {
                    Ok(plan) => plan,
                    Err(_) => Plan::fail(libc::ESRCH),
                },
                None => Plan::fail(libc::ESRCH),
            },
            // getrandom: the same numbers in every execution
            _ => {
                const MOST: u64 = 4096;
                let len = args[1].min(MOST);
                let mut bytes = Vec::new();
                while (bytes.len() as u64) < len {
                    self.random += 1;
                    bytes.extend(crate::engine::digest(&("random", self.task(id).history, self.random)).to_le_bytes());
                }
                bytes.truncate(usize::try_from(len).unwrap_or(0));
                if self.poke(id, args[0], &bytes).is_ok() {
                    Plan::Return(len.cast_signed())
                } else {
                    Plan::fail(libc::EFAULT)
                }
            }
        }
    }

    /// A descriptor that leads to a process.
    fn open_process(&mut self, id: TaskId, process: ProcessId, flags: u64) -> Result<Plan, RunError> {
        let target = &self.processes[process.0];
        if target.reaped {
            return Ok(Plan::fail(libc::ESRCH));
        }
        let (real, leader) = (target.pid.as_raw(), target.leader);
        let made = self.kernel(id, Some([i64::from(real).cast_unsigned(), flags, 0, 0, 0, 0]))?;
        let descriptor = made.and_then(|made| i32::try_from(made).ok()).filter(|made| *made >= 0);
        if let Some(copy) = descriptor.and_then(|descriptor| self.copy_of(id, descriptor)) {
            let object = end_place(self.task(leader).history).object;
            self.objects.made_anonymous(copy, Kind::Process, object);
        }
        Ok(Plan::Done)
    }

    /// Whether a new limit is wider than the execution's own.
    fn loosens(&self, id: TaskId, resource: u64, address: u64) -> bool {
        let wanted = self.peek_u64(id, address).unwrap_or(u64::MAX);
        let bound = match resource {
            number if number == u64::from(libc::RLIMIT_AS) => crate::launch::ADDRESS_SPACE,
            number if number == u64::from(libc::RLIMIT_FSIZE) => self.limits.files,
            _ => return false,
        };
        wanted > bound
    }
}
