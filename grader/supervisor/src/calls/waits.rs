//! Making tasks, ending them, and waiting for their end.

use explorer::{Action, Call, TaskId, Touch};

use crate::RunError;
use crate::engine::Engine;
use crate::inject::send_again;
use crate::lives::{children_place, end_place};
use crate::machine::{Registers, STRINGS};
use crate::ptrace::{self, Stop, Until};
use crate::task::{ProcessId, Site, seen_pid};
use crate::threads::Standing;

use super::arrive::Plan;
use super::{Children, Condition, Deed};

/// Where a signal's information has the number of the process that it is about (sigaction(2)).
const SENDER: u64 = 16;

impl Engine<'_> {
    pub(super) fn plan_make(&mut self, flags: u64) -> Plan {
        let spaces = (libc::CLONE_NEWNS
            | libc::CLONE_NEWUSER
            | libc::CLONE_NEWPID
            | libc::CLONE_NEWNET
            | libc::CLONE_NEWIPC
            | libc::CLONE_NEWUTS
            | libc::CLONE_NEWCGROUP
            | libc::CLONE_UNTRACED
            | libc::CLONE_PTRACE) as u32;
        if flags & u64::from(spaces) != 0 {
            return Plan::Forbidden { what: "asked for namespaces or to be left untraced".into(), errno: libc::EPERM };
        }
        if flags & libc::CLONE_PARENT as u64 != 0 {
            return Plan::Unmodelled;
        }
        if self.living.len() >= self.limits.tasks as usize {
            self.forbid(format!("had more than {} tasks at once", self.limits.tasks));
            self.limit = Some(explorer::Limit::Tasks(self.limits.tasks));
            return Plan::fail(libc::EAGAIN);
        }
        Plan::visible(Deed::Make { flags }, Vec::new(), Condition::Always)
    }

    /// The end of a process touches all that it has open.
    pub(super) fn plan_exit(&mut self, id: TaskId) -> Plan {
        let process = self.task(id).process;
        let pid = self.process_of(id).pid;
        let mut places = self.objects.look_at_held(process, pid);
        let leader = self.process_of(id).leader;
        places.push(end_place(self.task(leader).history));
        if let Some(parent) = self.process_of(id).parent {
            let parent = self.processes[parent.0].leader;
            places.push(children_place(self.task(parent).history));
        }
        Plan::visible(Deed::End, places, Condition::Always)
    }

    fn children_of(&self, id: TaskId, seen: i32) -> Children {
        if seen == -1 {
            return Children::Any;
        }
        if seen <= 0 {
            return Children::Some;
        }
        match self.process_seen_as(seen) {
            Some(process)
                if self.processes[process.0].parent == Some(self.task(id).process)
                    && !self.processes[process.0].reaped =>
            {
                Children::Process(process)
            }
            Some(_) | None => Children::Nobody,
        }
    }

    fn plan_for_children(&mut self, id: TaskId, children: Children, hangs: bool) -> Plan {
        let places = match children {
            Children::Process(process) => vec![end_place(self.task(self.processes[process.0].leader).history)],
            Children::Any | Children::Some | Children::Nobody => {
                vec![children_place(self.task(self.process_of(id).leader).history)]
            }
        };
        let ready = if hangs { Condition::Child(children) } else { Condition::Always };
        Plan::visible(Deed::Wait(children), places, ready)
    }

    pub(super) fn plan_wait4(&mut self, id: TaskId, seen: i32) -> Plan {
        let children = self.children_of(id, seen);
        let flags = self.task(id).registers.args()[2];
        self.plan_for_children(id, children, flags & libc::WNOHANG as u64 == 0)
    }

    pub(super) fn plan_waitid(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (kind, number) = (args[0] as u32, args[1] as i32);
        let children = match kind {
            libc::P_ALL => Children::Any,
            libc::P_PID => self.children_of(id, number),
            libc::P_PIDFD => self.process_of_descriptor(id, number).map_or(Children::Some, Children::Process),
            _ => Children::Some,
        };
        self.plan_for_children(id, children, args[3] & libc::WNOHANG as u64 == 0)
    }

    /// The process that a descriptor of `id` stands for.
    fn process_of_descriptor(&self, id: TaskId, descriptor: i32) -> Option<ProcessId> {
        let text = std::fs::read_to_string(format!("/proc/{}/fdinfo/{descriptor}", self.task(id).pid)).ok()?;
        let pid: i32 = text.lines().find_map(|line| line.strip_prefix("Pid:"))?.trim().parse().ok()?;
        self.processes.iter().find(|process| process.pid.as_raw() == pid).map(|process| process.id)
    }

    /// A task that arrives at a wait for which nobody has ended yet is told as waiting.
    pub(super) fn note_arrival(&mut self, id: TaskId, site: &Site) {
        if let Condition::Child(children) = site.ready
            && !self.child_is_ready(id, children)
        {
            self.record(id, Action::Call(Call::WaitForChild), vec![]);
        }
    }

    pub(super) fn wait_for_child(&mut self, id: TaskId, site: Box<Site>) -> Result<(), RunError> {
        let mut args = site.args;
        let registers_args = self.alias_arguments(id, &[0]).unwrap_or(args);
        args.copy_from_slice(&registers_args);
        let Deed::Wait(children) = site.deed else { return self.advance(id) };
        let real =
            |engine: &Self, process: ProcessId| i64::from(engine.processes[process.0].pid.as_raw()).cast_unsigned();
        let waitid = site.call == libc::SYS_waitid;
        match (children, waitid) {
            (Children::Process(process), false) => args[0] = real(self, process),
            (Children::Process(process), true) => {
                args[0] = u64::from(libc::P_PID);
                args[1] = real(self, process);
            }
            (Children::Nobody, _) => {
                self.give(id, -i64::from(libc::ECHILD))?;
                return self.advance(id);
            }
            (Children::Any | Children::Some, _) => {}
        }
        args[if waitid { 3 } else { 2 }] |= libc::WNOHANG as u64;
        // waitid tells who in a structure that the program need not ask for
        let own_information = waitid && site.args[2] == 0;
        if own_information {
            args[2] = STRINGS;
        }
        let information = if own_information { STRINGS } else { site.args[2] };
        if waitid {
            let _ = self.poke(id, information, &[0; 128]);
        }
        let Some(result) = self.kernel(id, Some(args))? else { return Ok(()) };
        let found = if waitid && result == 0 {
            self.peek_u32(id, information + SENDER).unwrap_or(0).cast_signed()
        } else {
            #[expect(clippy::cast_possible_truncation, reason = "a process id")]
            if waitid { 0 } else { result.max(0) as i32 }
        };
        let process =
            self.processes.iter().find(|process| process.pid.as_raw() == found && found > 0).map(|process| process.id);
        let Some(process) = process else {
            if result >= 0 && matches!(site.ready, Condition::Child(_)) {
                return self.try_again_later(id, site);
            }
            self.task_mut(id).yielding = result >= 0;
            let touched = site.places.iter().copied().map(Touch::Read).collect();
            self.record(id, Action::Call(Call::Other { name: "wait" }), touched);
            return self.advance(id);
        };
        let child = self.processes[process.0].leader;
        let keeps = waitid && site.args[3] & libc::WNOWAIT as u64 != 0;
        let mut places = site.places.clone();
        places.push(end_place(self.task(child).history));
        if keeps {
            self.record_call(id, Call::Other { name: "wait" }, &places);
        } else {
            self.processes[process.0].reaped = true;
            self.record_call(id, Call::Reap { child }, &places);
        }
        if waitid {
            let _ = self.poke(id, information + SENDER, &seen_pid(child).to_le_bytes());
        } else {
            self.set_result(id, i64::from(seen_pid(child)))?;
        }
        self.advance(id)
    }

    pub(super) fn execute(&mut self, id: TaskId, site: &Site) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        self.lend_arguments(id, site.call, site.args, Standing::BeforeCall)?;
        let standing = self.task(id).registers;
        let place = if site.call == libc::SYS_execve { 0 } else { 1 };
        let name = self.peek_path(id, site.args[place]).unwrap_or_default();
        let args = self.placed_arguments(id, site, standing.args())?;
        if let Some(args) = args {
            let mut registers = standing;
            for (index, arg) in args.into_iter().enumerate() {
                registers.set_arg(index, arg);
            }
            if registers.set(pid).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(());
            }
        }
        loop {
            if ptrace::resume(pid, Until::CallEnd, 0).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(());
            }
            match self.wait_for(id)? {
                None => return Ok(()),
                Some(Stop::Execute) => {
                    let name = std::path::Path::new(std::ffi::OsStr::new(&*String::from_utf8_lossy(&name)))
                        .file_name()
                        .map(|name| name.to_string_lossy().into_owned())
                        .unwrap_or_default();
                    self.record_call(id, Call::Execute { program: name }, &[]);
                    self.executed(id)?;
                    return self.advance(id);
                }
                Some(Stop::CallEnd) => {
                    if let Ok(mut registers) = Registers::of(pid) {
                        for (index, arg) in standing.args().into_iter().enumerate() {
                            registers.set_arg(index, arg);
                        }
                        let _ = registers.set(pid);
                        self.task_mut(id).registers = registers;
                    }
                    return self.advance(id);
                }
                Some(Stop::Signal(signal)) if signal != libc::SIGSTOP || !self.is_from_us(id) => {
                    send_again(self.process_of(id).pid, pid, signal);
                }
                Some(_) => {}
            }
        }
    }

    /// The process that the program knows by a number.
    pub(super) fn process_seen_as(&self, seen: i32) -> Option<ProcessId> {
        self.processes.iter().find(|process| seen_pid(process.leader) == seen).map(|process| process.id)
    }

    /// The task that the program knows by a number.
    pub(super) fn task_seen_as(&self, seen: i32) -> Option<TaskId> {
        self.tasks.iter().find(|task| seen_pid(task.id) == seen).map(|task| task.id)
    }
}
