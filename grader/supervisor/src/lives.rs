//! How tasks come to be, change their program, and end.

use explorer::{Action, Call, Location, ObjectId, TaskEnd, TaskId, TaskKind, Touch};
use nix::sys::ptrace as requests;
use nix::unistd::Pid;

use crate::engine::{Engine, digest};
use crate::error::system;
use crate::futex::Key;
use crate::launch::BIND_NOW;
use crate::machine::{Auxiliary, Registers, scratch};
use crate::mapping::AddressSpace;
use crate::private::PAGE;
use crate::ptrace::{self, Hang, Stop, Until, Waited};
use crate::task::{News, Op, Process, ProcessId, SEEN_PARENT, Signalled, SpaceId, State, Task, seen_pid};
use crate::timers::Goal;
use crate::{RunError, memory};

/// `syscall; int3`
pub(crate) const SYSCALL_TRAP: [u8; 3] = [0x0f, 0x05, 0xcc];

/// The part of a `clone`'s flags that says which signal tells of the end (clone(2)).
const END_SIGNAL: u64 = 0xff;

impl Engine<'_> {
    /// `id` runs a new program: it has a fresh address space.
    pub(crate) fn executed(&mut self, id: TaskId) -> Result<(), RunError> {
        // Whichever thread did it, it is the leader now and alone.
        let process = self.task(id).process;
        let space = SpaceId(self.spaces.len());
        self.spaces.push(AddressSpace::default());
        let siblings: Vec<TaskId> = self
            .tasks
            .iter()
            .filter(|task| task.process == process && task.id != id && !matches!(task.state, State::Ended))
            .map(|task| task.id)
            .collect();
        for sibling in siblings {
            self.gone_for_good(sibling);
        }
        let list = &mut self.processes[process.0];
        let before = std::mem::replace(&mut list.space, space);
        // the maker of a child by `vfork` goes on there
        if !self.processes.iter().any(|other| other.space == before && other.ended.is_none()) {
            self.watching.remove(&before);
        }
        let list = &mut self.processes[process.0];
        (list.grown, list.heap, list.end) = (0, 0, 0);
        list.end_signal = libc::SIGCHLD;
        list.actions.retain(|_, action| action.ignores());
        self.timers.remove(|timer| timer.owner == process && matches!(timer.goal, Goal::Signal { .. } | Goal::Nothing));
        let list = &mut self.processes[process.0];
        let leader = list.pid;
        if self.task(id).pid != leader {
            let old = self.task(id).pid;
            self.by_pid.remove(&old);
            self.by_pid.insert(leader, id);
            self.task_mut(id).pid = leader;
        }
        let task = self.task_mut(id);
        task.clear_on_end = 0;
        task.robust_list = None;
        self.set_up(id)?;
        self.release_vfork(id)
    }

    /// Prepares a fresh address space: our scratch pages, no vdso (it reads clocks without a
    /// call), the same random bytes in every execution.
    pub(crate) fn set_up(&mut self, id: TaskId) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        // behind `execve`: until then the kernel still writes the call's result
        loop {
            let _ = ptrace::resume(pid, Until::CallEnd, 0);
            match self.wait_for(id)? {
                None => return Ok(()),
                Some(Stop::CallEnd) => break,
                Some(_) => {}
            }
        }
        let registers = Registers::of(pid).map_err(system("reading registers"))?;
        self.task_mut(id).registers = registers;
        prepare_auxiliary(pid, registers.stack()).map_err(system("preparing a program's start"))?;
        let at = registers.code();
        let before = poke_code(pid, at, &SYSCALL_TRAP).map_err(system("writing into a program"))?;
        let args = [
            scratch::start(),
            scratch::LEN,
            (libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC) as u64,
            (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE) as u64,
            u64::MAX,
            0,
        ];
        let result = self.inject_at(id, at, libc::SYS_mmap, args)?;
        poke_code(pid, at, &before).map_err(system("writing into a program"))?;
        registers.set(pid).map_err(system("setting registers"))?;
        if result != Some(scratch::start().cast_signed()) {
            return Err(RunError::Unsupported("no room for the supervisor's pages in the program's memory".into()));
        }
        memory::write(pid, scratch::protect(), &scratch::PROTECT_CODE)
            .map_err(system("writing the supervisor's pages"))?;
        memory::write(pid, scratch::inject(), &SYSCALL_TRAP).map_err(system("writing the supervisor's pages"))
    }

    /// `id` makes another task (fork, vfork, clone): takes both through the call.
    pub(crate) fn make_task(&mut self, id: TaskId, call: i64, flags: u64) -> Result<(), RunError> {
        let shares_memory = flags & libc::CLONE_VM as u64 != 0;
        if !shares_memory {
            self.protect_open_mappings(id)?;
        }
        let pid = self.task(id).pid;
        let before = self.task(id).registers;
        let thread = flags & libc::CLONE_THREAD as u64 != 0;
        let vfork = flags & libc::CLONE_VFORK as u64 != 0;
        let mut registers = before;
        if let Some(stack) = if thread { self.lowered_stack(id, before.args()[1]) } else { None } {
            registers.set_arg(1, stack);
        }
        if !vfork {
            ask_for_tracing(&mut registers);
        }
        let _ = registers.set(pid);
        let mut made = None;
        loop {
            if ptrace::resume(pid, Until::CallEnd, 0).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(());
            }
            match self.wait_for(id)? {
                None => return Ok(()),
                // a vfork's maker sleeps in the kernel from here on
                Some(Stop::Made(child)) => {
                    made = Some(child);
                    break;
                }
                Some(Stop::CallEnd) => break,
                Some(_) => {}
            }
        }
        let mut after = None;
        if made.is_none() {
            let Ok(mut registers) = Registers::of(pid) else { return self.advance(id) };
            made = i32::try_from(registers.result()).ok().filter(|made| *made > 0).map(Pid::from_raw);
            registers.restore_call(&before);
            after = Some(registers);
        }
        let Some(child) = made else {
            // the system refused
            if let Some(after) = after {
                self.set_registers(id, after)?;
            }
            return self.advance(id);
        };
        let child_id = self.new_task(id, child, flags)?;
        let kind = self.task(child_id).kind;
        self.record_call(id, Call::Start { child: child_id, kind }, &[]);
        if !shares_memory {
            self.copied_space(id, child_id);
        } else if flags & libc::CLONE_VFORK as u64 == 0 || self.is_watched(id) {
            let block = (flags & libc::CLONE_SETTLS as u64 != 0).then(|| before.args()[4]);
            let end = (flags & libc::CLONE_CHILD_CLEARTID as u64 != 0).then(|| child_word(call, &before));
            self.watch_thread(id, child_id, block, end)?;
        }
        let seen = seen_pid(child_id);
        if flags & libc::CLONE_PARENT_SETTID as u64 != 0 {
            let _ = self.poke(id, parent_word(call, &before), &seen.to_le_bytes());
        }
        if flags & libc::CLONE_CHILD_SETTID as u64 != 0 {
            let _ = self.poke(child_id, child_word(call, &before), &seen.to_le_bytes());
        }
        let Some(mut after) = after else {
            let task = self.task_mut(id);
            task.vfork_child = Some(child_id);
            task.vfork_done = false;
            task.state = State::InVfork;
            // into the kernel's wait
            let _ = ptrace::resume(pid, Until::CallEnd, 0);
            return Ok(());
        };
        after.set_result(i64::from(seen));
        self.set_registers(id, after)?;
        self.advance(id)
    }

    fn set_registers(&mut self, id: TaskId, registers: Registers) -> Result<(), RunError> {
        registers.set(self.task(id).pid).map_err(system("setting registers"))?;
        self.task_mut(id).registers = registers;
        Ok(())
    }

    /// The maker by `vfork` stands at the end of its call: what that returns is the number it may
    /// see.
    fn finish_making(&mut self, id: TaskId, seen: i32) -> Result<(), RunError> {
        let Ok(mut registers) = Registers::of(self.task(id).pid) else { return Ok(()) };
        registers.set_result(i64::from(seen));
        self.set_registers(id, registers)
    }

    fn new_task(&mut self, maker: TaskId, child: Pid, flags: u64) -> Result<TaskId, RunError> {
        // its first stop can come before or after its maker's
        while !self.newborn.remove(&child) {
            match ptrace::wait(None, Hang::Yes).map_err(system("waiting for a new task"))? {
                Waited::Stopped(pid, Stop::Halted) if pid == child => break,
                Waited::Stopped(pid, stop) if pid != child => self.note(pid, stop)?,
                Waited::Stopped(_, Stop::Ended(_)) | Waited::Nobody => break,
                Waited::Stopped(..) | Waited::Interrupted => {}
            }
        }
        let id = TaskId(u32::try_from(self.tasks.len()).unwrap_or(u32::MAX));
        let thread = flags & libc::CLONE_THREAD as u64 != 0;
        let maker_process = self.task(maker).process;
        let process = if thread {
            maker_process
        } else {
            let process = ProcessId(self.processes.len());
            let space = if flags & libc::CLONE_VM as u64 != 0 {
                self.space_id(maker)
            } else {
                let space = SpaceId(self.spaces.len());
                self.spaces.push(self.space(maker).clone());
                space
            };
            let parent = &self.processes[maker_process.0];
            let (actions, group, session) = (parent.actions.clone(), parent.group, parent.session);
            let (heap, end) = (parent.heap, parent.end);
            self.processes.push(Process {
                id: process,
                leader: id,
                pid: child,
                handle: None,
                parent: if flags & libc::CLONE_PARENT as u64 != 0 {
                    self.processes[maker_process.0].parent
                } else {
                    Some(maker_process)
                },
                space,
                ended: None,
                end_signal: (flags & END_SIGNAL) as i32,
                reaped: false,
                dying: false,
                grown: 0,
                heap,
                end,
                stopped: false,
                news: News::None,
                signalled: Signalled::No,
                actions,
                group,
                session,
            });
            process
        };
        let maker_task = self.task_mut(maker);
        maker_task.made += 1;
        let history = digest(&("task", maker_task.history, maker_task.made));
        let before = self.task(maker).registers;
        let mut registers = Registers::of(child).map_err(system("reading registers"))?;
        registers.restore_call(&before);
        registers.set(child).map_err(system("setting registers"))?;
        let clear = if flags & libc::CLONE_CHILD_CLEARTID as u64 != 0 { child_word(before.call(), &before) } else { 0 };
        self.tasks.push(Task {
            id,
            pid: child,
            process,
            kind: if thread { TaskKind::Thread } else { TaskKind::Process },
            history,
            made: 0,
            state: State::At(Op::Begin),
            registers,
            place: 0,
            clear_on_end: clear,
            robust_list: None,
            yielding: false,
            deliver: 0,
            withheld: Vec::new(),
            leaving: false,
            visit: None,
            operation: None,
            vfork_child: None,
            window: None,
            vfork_done: false,
        });
        self.by_pid.insert(child, id);
        self.living.push(id);
        Ok(id)
    }

    /// The child of a `vfork` has gone its own way: its maker goes on.
    fn release_vfork(&mut self, child: TaskId) -> Result<(), RunError> {
        let Some(maker) = self
            .tasks
            .iter()
            .find(|task| task.vfork_child == Some(child) && matches!(task.state, State::InVfork))
            .map(|task| task.id)
        else {
            return Ok(());
        };
        self.task_mut(maker).vfork_child = None;
        let pid = self.task(maker).pid;
        if !self.task(maker).vfork_done {
            match self.wait_for(maker)? {
                Some(Stop::VforkDone) => {}
                Some(_) | None => return Ok(()),
            }
        }
        let _ = ptrace::resume(pid, Until::CallEnd, 0);
        if self.wait_for(maker)?.is_none() {
            return Ok(());
        }
        self.joined(maker, child);
        self.finish_making(maker, seen_pid(child))?;
        self.task_mut(maker).state = State::At(Op::Continue);
        Ok(())
    }

    fn gone_for_good(&mut self, id: TaskId) {
        self.task_mut(id).state = State::Ended;
        self.living.retain(|living| *living != id);
    }

    /// A task stands at the call that ends it, and the scheduler lets it go on.
    pub(crate) fn end(&mut self, id: TaskId) -> Result<(), RunError> {
        self.task_mut(id).state = State::Running;
        self.task_mut(id).leaving = true;
        if !self.has_siblings(id) {
            self.let_go(id);
            self.process_of_mut(id).dying = self.task(id).registers.call() != libc::SYS_exit;
            let _ = ptrace::end_without_stop(self.task(id).pid);
        }
        self.advance(id)
    }

    /// A task is about to end; its memory can still be read.
    pub(crate) fn ending(&mut self, id: TaskId) -> Result<(), RunError> {
        if let Ok(registers) = Registers::of(self.task(id).pid) {
            self.task_mut(id).registers = registers;
        }
        self.let_go(id);
        let pid = self.task(id).pid;
        let _ = ptrace::resume(pid, Until::Stop, 0);
        if self.task(id).registers.call() != libc::SYS_exit {
            self.process_of_mut(id).dying = true;
            return Ok(());
        }
        // A leader whose threads go on is not reported until they are gone.
        let process = self.task(id).process;
        let leader = self.processes[process.0].leader == id;
        if leader && self.has_siblings(id) {
            self.gone_for_good(id);
        }
        Ok(())
    }

    /// Whether other threads of the same process live.
    pub(crate) fn has_siblings(&self, id: TaskId) -> bool {
        let process = self.task(id).process;
        self.tasks.iter().any(|task| task.process == process && task.id != id && !matches!(task.state, State::Ended))
    }

    /// What the kernel does to memory for a task that ends, and gives back.
    fn let_go(&mut self, id: TaskId) {
        self.drain(id);
        self.let_go_of_robust_locks(id);
        let clear = std::mem::take(&mut self.task_mut(id).clear_on_end);
        if clear != 0 {
            let _ = self.poke(id, clear, &0u32.to_le_bytes());
            let key = self.futex_key(id, clear, false);
            self.wake_sleepers(id, key, u64::MAX, u32::MAX);
        }
        self.futexes.forget(id);
        let used = if self.task(id).kind == TaskKind::Process { self.processor_time(id) } else { 0 };
        self.spent += used;
    }

    /// A task has ended.
    pub(crate) fn ended(&mut self, id: TaskId, end: TaskEnd) -> Result<(), RunError> {
        let process = self.task(id).process;
        let pid = self.task(id).pid;
        self.by_pid.remove(&pid);
        self.futexes.forget(id);
        self.drain(id);
        self.note_unmade(id);
        self.gone_for_good(id);
        let history = self.task(id).history;
        if self.processes[process.0].leader != id {
            if self.processes[process.0].dying {
                // threads that end with their process do so in no order
                return Ok(());
            }
            let place = thread_place(history);
            self.record(id, Action::Call(Call::End(end)), vec![Touch::Write(place)]);
            return Ok(());
        }
        self.processes[process.0].ended = Some(end);
        let mut touched = vec![Touch::Write(end_place(history))];
        let parent = self.processes[process.0].parent;
        if let Some(parent) = parent {
            let leader = self.processes[parent.0].leader;
            // which of those that have ended is found first does not hang on who ended first
            touched.push(Touch::Read(children_place(self.task(leader).history)));
            touched.extend(self.told_by_signal(parent).map(Touch::Write));
        }
        self.objects.at_end(process, &mut touched);
        self.record(id, Action::Call(Call::End(end)), touched);
        if let Some(parent) = parent {
            let noticed = self.is_noticed(self.processes[parent.0].leader, self.processes[process.0].end_signal);
            let signalled = &mut self.processes[parent.0].signalled;
            *signalled = match signalled {
                Signalled::No | Signalled::Unnoticed if !noticed => Signalled::Unnoticed,
                Signalled::No | Signalled::Unnoticed | Signalled::Perhaps => Signalled::Perhaps,
            };
            let action = self.processes[parent.0].actions.get(&libc::SIGCHLD).copied();
            let not_kept =
                action.is_some_and(|action| action.ignores() || action.flags & libc::SA_NOCLDWAIT as u64 != 0);
            if not_kept && self.processes[parent.0].ended.is_none() {
                self.processes[process.0].reaped = true;
                let leader = self.processes[parent.0].leader;
                self.record(leader, Action::Call(Call::Reap { child: id }), vec![]);
            }
        }
        // whom it leaves behind
        for other in &mut self.processes {
            if other.parent == Some(process) {
                other.parent = None;
            }
        }
        self.release_vfork(id)
    }

    /// The place that stands for the signals of a process, if it has a handler for the ends of its
    /// children.
    pub(crate) fn told_by_signal(&self, parent: ProcessId) -> Option<Location> {
        let process = &self.processes[parent.0];
        let catches = process.actions.get(&libc::SIGCHLD).is_some_and(|action| action.catches());
        catches.then(|| self.signal_place(process.leader))
    }

    /// The number by which `id` knows its process's parent.
    pub(crate) fn seen_parent(&self, id: TaskId) -> i32 {
        match self.process_of(id).parent {
            Some(parent) => seen_pid(self.processes[parent.0].leader),
            None if self.task(id).process == ProcessId(0) => SEEN_PARENT,
            None => 1,
        }
    }

    /// The kernel's part of robust locks (`set_robust_list`): the locks that a task holds when
    /// it ends are marked, and somebody who waits for one is woken. The kernel itself cannot
    /// do it, since it meets protected memory and another task number: it only keeps the list.
    fn let_go_of_robust_locks(&mut self, id: TaskId) {
        const LONGEST: usize = 2048;
        let kept = std::mem::take(&mut self.task_mut(id).robust_list);
        let Some(head) = robust_list(self.task(id).pid).or(kept) else { return };
        // the first entry, where a lock's word lies from its entry, the entry that is being made;
        // the lowest bit of an entry says that its lock hands over priorities
        let mut list = [0u8; 24];
        if self.peek(id, head, &mut list).is_err() {
            return;
        }
        let [mut entry, offset, pending] =
            std::array::from_fn(|index| u64::from_le_bytes(std::array::from_fn(|byte| list[index * 8 + byte])));
        let mut entries = Vec::new();
        while entry & !1 != head && entry & !1 != 0 && entries.len() < LONGEST {
            entries.push(entry);
            entry = self.peek_u64(id, entry & !1).unwrap_or(head);
        }
        if pending & !1 != 0 && !entries.contains(&pending) {
            entries.push(pending);
        }
        let own = seen_pid(id).cast_unsigned();
        for (entry, hands_over) in entries.into_iter().map(|entry| (entry & !1, entry & 1 != 0)) {
            let word = entry.wrapping_add(offset);
            let Ok(value) = self.peek_u32(id, word) else { continue };
            if value & libc::FUTEX_TID_MASK != own {
                continue;
            }
            let marked = value & libc::FUTEX_WAITERS | libc::FUTEX_OWNER_DIED;
            let _ = self.poke(id, word, &marked.to_le_bytes());
            if let Some(location) = self.location(id, word) {
                self.record(id, Action::Call(Call::Other { name: "robust_list" }), vec![Touch::Write(location)]);
                self.progress.memory_changed();
            }
            if value & libc::FUTEX_WAITERS != 0 {
                for private in [false, true] {
                    let key = self.futex_key(id, word, private);
                    if hands_over && self.futexes.first(key).is_some() {
                        self.hand_over(id, word, key, libc::FUTEX_OWNER_DIED);
                    } else {
                        self.wake_sleepers(id, key, 1, u32::MAX);
                    }
                }
            }
        }
    }

    /// What is known of a futex word: by object if it is shared memory, else by address.
    pub(crate) fn futex_key(&self, id: TaskId, address: u64, private: bool) -> Key {
        match self.space(id).at(address) {
            Some(mapping) if !private => Key::Shared(mapping.object, mapping.byte(address)),
            Some(_) | None => Key::Private(self.space_id(id), address),
        }
    }
}

/// The place that stands for the end of a process, by the history of its leader.
pub(crate) fn end_place(history: u64) -> Location {
    Location { object: ObjectId(digest(&("end", history))), word: 0 }
}

/// The place that stands for which of a process's children have ended.
pub(crate) fn children_place(history: u64) -> Location {
    Location { object: ObjectId(digest(&("children", history))), word: 0 }
}

fn thread_place(history: u64) -> Location {
    Location { object: ObjectId(digest(&("thread", history))), word: 0 }
}

fn parent_word(call: i64, before: &Registers) -> u64 {
    if call == libc::SYS_clone { before.args()[2] } else { 0 }
}

fn child_word(call: i64, before: &Registers) -> u64 {
    if call == libc::SYS_clone { before.args()[3] } else { 0 }
}

/// Makes a call that makes a task (not `vfork`) have it traced from its first instruction.
fn ask_for_tracing(registers: &mut Registers) {
    if registers.call() == libc::SYS_fork {
        registers.set_call(libc::SYS_clone);
        for (index, arg) in [libc::SIGCHLD as u64, 0, 0, 0, 0].into_iter().enumerate() {
            registers.set_arg(index, arg);
        }
    }
    registers.set_arg(0, registers.args()[0] | libc::CLONE_PTRACE as u64);
}

/// The head of a task's list of robust locks.
pub(crate) fn robust_list(pid: Pid) -> Option<u64> {
    let (mut head, mut len) = (0u64, 0usize);
    // SAFETY: the call writes these two.
    let result = unsafe { libc::syscall(libc::SYS_get_robust_list, pid.as_raw(), &raw mut head, &raw mut len) };
    (result == 0 && head != 0).then_some(head)
}

/// Writes code, which the task itself may not; returns what stood there.
pub(crate) fn poke_code(pid: Pid, at: u64, code: &[u8; 3]) -> nix::Result<[u8; 3]> {
    let address = at as requests::AddressType;
    let word = requests::read(pid, address)?;
    let mut bytes = word.to_le_bytes();
    let before = [bytes[0], bytes[1], bytes[2]];
    bytes[..3].copy_from_slice(code);
    requests::write(pid, address, i64::from_le_bytes(bytes))?;
    Ok(before)
}

/// Moves what a program finds on its stack at its first instruction (its arguments' and its
/// environment's addresses) to where a page starts, so that its first thread's own frames have
/// pages of their own: all threads look at the environment. Leaves out what was meant for the
/// loader alone. Returns the stack pointer.
pub(crate) fn settle_stack(pid: Pid, stack: u64) -> nix::Result<u64> {
    let mut words = vec![memory::read_u64(pid, stack)?];
    let mut at = stack + 8;
    // arguments and a zero
    for _ in 0..=words[0] {
        words.push(memory::read_u64(pid, at)?);
        at += 8;
    }
    loop {
        let entry = memory::read_u64(pid, at)?;
        at += 8;
        let text = if entry == 0 { None } else { memory::read_string(entry, |at, into| memory::read(pid, at, into)) };
        if text.as_deref() != Some(BIND_NOW.as_bytes()) {
            words.push(entry);
        }
        if entry == 0 {
            break;
        }
    }
    loop {
        let (kind, value) = (memory::read_u64(pid, at)?, memory::read_u64(pid, at + 8)?);
        words.extend([kind, value]);
        at += 16;
        if kind == Auxiliary::NULL {
            break;
        }
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let settled = (stack - bytes.len() as u64) / PAGE * PAGE;
    memory::write(pid, settled, &bytes)?;
    Ok(settled)
}

/// The program's first own instruction, behind its loader's work.
pub(crate) fn entry(pid: Pid, stack: u64) -> nix::Result<u64> {
    let mut at = auxiliary(pid, stack)?;
    loop {
        match memory::read_u64(pid, at)? {
            Auxiliary::ENTRY => return memory::read_u64(pid, at + 8),
            Auxiliary::NULL => return Err(nix::Error::ENOENT),
            _ => at += 16,
        }
    }
}

/// Where the auxiliary vector of a program starts that has not taken a step yet.
fn auxiliary(pid: Pid, stack: u64) -> nix::Result<u64> {
    // count, arguments, a zero, the environment, a zero, then the vector
    let count = memory::read_u64(pid, stack)?;
    let mut at = stack + 8 * (count + 2);
    while memory::read_u64(pid, at)? != 0 {
        at += 8;
    }
    Ok(at + 8)
}

fn prepare_auxiliary(pid: Pid, stack: u64) -> nix::Result<()> {
    let mut at = auxiliary(pid, stack)?;
    loop {
        let kind = memory::read_u64(pid, at)?;
        if kind == Auxiliary::VDSO {
            memory::write(pid, at, &Auxiliary::IGNORE.to_le_bytes())?;
        } else if kind == Auxiliary::RANDOM {
            let bytes = memory::read_u64(pid, at + 8)?;
            memory::write(pid, bytes, b"one and the same")?;
        } else if kind == Auxiliary::NULL {
            return Ok(());
        }
        at += 16;
    }
}
