//! Making tasks, ending them, and waiting for their end.

use explorer::{Action, Call, TaskId};

use crate::RunError;
use crate::engine::Engine;
use crate::error::system;
use crate::inject::send_again;
use crate::lives::{children_place, end_place};
use crate::machine::Registers;
use crate::objects::Kind;
use crate::ptrace::{self, Stop, Until};
use crate::task::{News, Op, ProcessId, SignalAction, Site, State, seen_pid};
use crate::threads::Standing;

use super::arrive::Plan;
use super::ready::ChildNews;
use super::{Children, Condition, Deed, Wanted};

/// Where a signal's information has the number of the process that it is about (sigaction(2)).
const SENDER: u64 = 16;

impl Engine<'_> {
    pub(super) fn plan_make(&mut self, id: TaskId, flags: u64) -> Plan {
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
        if flags & libc::CLONE_PARENT as u64 != 0 && self.process_of(id).parent.is_none() {
            return Plan::Forbidden { what: "asked for a child of its parent, the grader".into(), errno: libc::EINVAL };
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
            let leader = self.processes[parent.0].leader;
            places.push(children_place(self.task(leader).history));
            places.extend(self.told_by_signal(parent));
        }
        Plan::visible(Deed::End, places, Condition::Always)
    }

    fn children_of(&self, id: TaskId, seen: i32) -> Children {
        match seen {
            -1 => return Children::Any,
            0 => return Children::Group(self.process_of(id).group),
            group if group < 0 => return Children::Group(-group),
            _ => {}
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

    fn plan_for_children(&mut self, id: TaskId, children: Children, wanted: Wanted, hangs: bool) -> Plan {
        let places = match children {
            Children::Process(process) => vec![end_place(self.task(self.processes[process.0].leader).history)],
            Children::Any | Children::Group(_) | Children::Nobody => {
                vec![children_place(self.task(self.process_of(id).leader).history)]
            }
        };
        let ready = if hangs { Condition::Child(children, wanted) } else { Condition::Always };
        Plan::visible(Deed::Wait(children, wanted), places, ready)
    }

    pub(super) fn plan_wait4(&mut self, id: TaskId, seen: i32) -> Plan {
        let children = self.children_of(id, seen);
        let flags = self.task(id).registers.args()[2];
        let has = |flag: i32| flags & u64::from(flag.unsigned_abs()) != 0;
        let wanted = Wanted { ended: true, stopped: has(libc::WUNTRACED), continued: has(libc::WCONTINUED) };
        self.plan_for_children(id, children, wanted, !has(libc::WNOHANG))
    }

    pub(super) fn plan_waitid(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        #[expect(clippy::cast_possible_truncation, reason = "int arguments")]
        let (kind, number) = (args[0] as u32, args[1] as i32);
        let children = match kind {
            libc::P_ALL => Children::Any,
            libc::P_PID => self.children_of(id, number),
            libc::P_PGID if number == 0 => Children::Group(self.process_of(id).group),
            libc::P_PGID => Children::Group(number),
            libc::P_PIDFD => match self.process_of_descriptor(id, number) {
                Some(process) => self.children_of(id, seen_pid(self.processes[process.0].leader)),
                None => return Plan::fail(libc::EBADF),
            },
            _ => return Plan::fail(libc::EINVAL),
        };
        let has = |flag: i32| args[3] & u64::from(flag.unsigned_abs()) != 0;
        let wanted =
            Wanted { ended: has(libc::WEXITED), stopped: has(libc::WSTOPPED), continued: has(libc::WCONTINUED) };
        if !wanted.ended && !wanted.stopped && !wanted.continued {
            return Plan::fail(libc::EINVAL);
        }
        self.plan_for_children(id, children, wanted, !has(libc::WNOHANG))
    }

    /// The process that a descriptor of `id` stands for.
    pub(super) fn process_of_descriptor(&self, id: TaskId, descriptor: i32) -> Option<ProcessId> {
        let text = std::fs::read_to_string(format!("/proc/{}/fdinfo/{descriptor}", self.task(id).pid)).ok()?;
        let pid: i32 = text.lines().find_map(|line| line.strip_prefix("Pid:"))?.trim().parse().ok()?;
        self.processes.iter().find(|process| process.pid.as_raw() == pid).map(|process| process.id)
    }

    /// A task that arrives at a wait for which nobody has ended yet is told as waiting.
    pub(super) fn note_arrival(&mut self, id: TaskId, site: &Site) {
        if let Condition::Child(children, wanted) = site.ready
            && !self.child_is_ready(id, children, wanted)
        {
            self.record(id, Action::Call(Call::WaitForChild), vec![]);
        }
    }

    pub(super) fn wait_for_child(&mut self, id: TaskId, site: Box<Site>) -> Result<(), RunError> {
        let Deed::Wait(children, wanted) = site.deed else { return self.advance(id) };
        let found = self.children_among(id, children).find_map(|child| Some((child.id, self.news_of(child, wanted)?)));
        let waitid = site.call == libc::SYS_waitid;
        let Some((process, news)) = found else {
            if self.children_among(id, children).next().is_none() {
                self.give(id, -i64::from(libc::ECHILD))?;
                return self.advance(id);
            }
            if matches!(site.ready, Condition::Child(..)) {
                self.task_mut(id).state = State::At(Op::Call(site));
                return Ok(());
            }
            if waitid {
                let _ = self.poke(id, site.args[2], &[0; 128]);
            }
            self.task_mut(id).yielding = true;
            // as writes: to whoever ends this call matters
            self.record_call(id, Call::Other { name: "wait" }, &site.places);
            self.give(id, 0)?;
            return self.advance(id);
        };
        match news {
            ChildNews::Ended => self.clear_away(id, &site, process),
            ChildNews::Stopped(signal) => self.tell_of_child(id, &site, process, signal << 8 | 0x7f),
            ChildNews::Continued => self.tell_of_child(id, &site, process, 0xffff),
        }
    }

    /// A child has stopped, or goes on: the parent is told with this status.
    fn tell_of_child(&mut self, id: TaskId, site: &Site, process: ProcessId, status: i32) -> Result<(), RunError> {
        const CLD_STOPPED: i32 = 5;
        const CLD_CONTINUED: i32 = 6;
        let leader = self.processes[process.0].leader;
        let seen = seen_pid(leader);
        let mut places = site.places.clone();
        places.push(end_place(self.task(leader).history));
        self.record_call(id, Call::Other { name: "wait" }, &places);
        self.progress.memory_changed();
        if site.call != libc::SYS_waitid {
            self.processes[process.0].news = News::None;
            if site.args[1] != 0 {
                let _ = self.poke(id, site.args[1], &status.to_le_bytes());
            }
            if site.args[3] != 0 {
                let _ = self.poke(id, site.args[3], &[0; 144]);
            }
            self.give(id, seen.into())?;
            return self.advance(id);
        }
        if site.args[3] & libc::WNOWAIT as u64 == 0 {
            self.processes[process.0].news = News::None;
        }
        let (code, signal) = if status == 0xffff { (CLD_CONTINUED, libc::SIGCONT) } else { (CLD_STOPPED, status >> 8) };
        let mut information = [0u8; 128];
        for (at, value) in [(0, libc::SIGCHLD), (8, code), (16, seen), (24, signal)] {
            information[at..at + 4].copy_from_slice(&value.to_le_bytes());
        }
        if site.args[2] != 0 {
            let _ = self.poke(id, site.args[2], &information);
        }
        self.give(id, 0)?;
        self.advance(id)
    }

    /// A child has ended: the kernel tells the parent so, and clears it away.
    fn clear_away(&mut self, id: TaskId, site: &Site, process: ProcessId) -> Result<(), RunError> {
        let waitid = site.call == libc::SYS_waitid;
        let mut args = self.alias_arguments(id, &[0]).unwrap_or(site.args);
        let real = i64::from(self.processes[process.0].pid.as_raw()).cast_unsigned();
        if waitid {
            args[0] = u64::from(libc::P_PID);
            args[1] = real;
            args[3] |= libc::WNOHANG as u64;
        } else {
            args[0] = real;
            args[2] |= libc::WNOHANG as u64;
        }
        // its end is told by a signal, too: where nobody minds that one, its stop does for both
        let until = if !self.has_siblings(id)
            && self.action(id, libc::SIGCHLD).is_none_or(SignalAction::is_default)
            && ptrace::is_about_to_get(self.task(id).pid, libc::SIGCHLD)
        {
            Until::Stop
        } else {
            Until::CallEnd
        };
        let Some(mut after) = self.let_through(id, Some(args), until)? else { return Ok(()) };
        let result = after.result();
        let child = self.processes[process.0].leader;
        if result >= 0 && !waitid {
            after.set_result(i64::from(seen_pid(child)));
        }
        after.set(self.task(id).pid).map_err(system("setting registers"))?;
        self.task_mut(id).registers = after;
        if result < 0 {
            // as writes: to whoever ends this call matters
            self.record_call(id, Call::Other { name: "wait" }, &site.places);
            return self.advance(id);
        }
        let keeps = waitid && site.args[3] & libc::WNOWAIT as u64 != 0;
        let mut places = site.places.clone();
        places.push(end_place(self.task(child).history));
        if keeps {
            self.record_call(id, Call::Other { name: "wait" }, &places);
        } else {
            self.processes[process.0].reaped = true;
            self.record_call(id, Call::Reap { child }, &places);
        }
        if waitid && site.args[2] != 0 {
            let _ = self.poke(id, site.args[2] + SENDER, &seen_pid(child).to_le_bytes());
        }
        self.advance(id)
    }

    /// Running another program closes what is marked for that: others may notice.
    pub(super) fn plan_execute(&mut self, id: TaskId) -> Plan {
        let pid = self.task(id).pid;
        let mut places = Vec::new();
        for (number, _) in crate::objects::descriptors(pid) {
            if let Some(thing) = self.thing(id, number)
                && matches!(thing.kind, Kind::Pipe | Kind::Socket)
                && crate::objects::position(pid, number).is_some_and(|(_, flags)| flags & libc::O_CLOEXEC != 0)
                && !places.contains(&thing.place())
            {
                places.push(thing.place());
            }
        }
        Plan::visible(Deed::Execute, places, Condition::Always)
    }

    pub(super) fn execute(&mut self, id: TaskId, site: &Site) -> Result<(), RunError> {
        /// What running another program costs, in steps: loading it takes as long.
        const COST: u64 = 100;
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
                    self.record_call(id, Call::Execute { program: name }, &site.places);
                    self.taken += COST;
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
                    send_again(self.process_of(id).pid, pid, self.withhold(id, signal));
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
