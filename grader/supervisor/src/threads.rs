//! Following what the threads of a process share. Nothing of a process's own memory faults by
//! itself; so as soon as there is a second thread, all of it is closed, and opened page by
//! page to the thread that comes there. `private` says what is whose; here it is done: the
//! protections are changed by the task that is about to run, many at one stop.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::rc::Rc;

use explorer::{Action, Call, Location, ObjectId, TaskId, Threads};
use nix::sys::ptrace as requests;
use procfs::process::{MMPermissions, MMapPath};

use crate::calls::pointers;
use crate::engine::{Engine, digest};
use crate::error::system;
use crate::inject::send_again;
use crate::machine::{Effect, Instruction, Registers, scratch};
use crate::opaque::Breakpoints;
use crate::private::{Change, Growth, Manner, Met, PAGE, Private};
use crate::ptrace::{self, Stop, Until};
use crate::task::State;
use crate::{RunError, memory};

/// The followed private memory of one address space, and the way to it.
pub(crate) struct Watching {
    pub(crate) private: Private,
    pub(crate) breakpoints: Breakpoints,
    /// Pages of code that were read, until mappings change.
    pub(crate) code: HashMap<u64, Rc<[u8; PAGE as usize]>>,
    /// Reads and writes whatever the protection.
    memory: File,
}

impl Watching {
    pub(crate) fn read(&self, address: u64, into: &mut [u8]) -> std::io::Result<()> {
        self.memory.read_exact_at(into, address)
    }

    /// Changes a byte of code.
    pub(crate) fn write_code(&mut self, address: u64, byte: u8) -> std::io::Result<()> {
        if let Some(page) = self.code.get_mut(&(address / PAGE)) {
            Rc::make_mut(page)[(address % PAGE) as usize] = byte;
        }
        self.memory.write_all_at(&[byte], address)
    }

    pub(crate) fn write(&self, address: u64, bytes: &[u8]) -> std::io::Result<()> {
        self.memory.write_all_at(bytes, address)
    }
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Before a system call.
    BeforeCall,
    /// Anywhere else.
    Elsewhere,
}

/// What a fault on private memory was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrivateFault {
    /// The program's own.
    Its,
    /// It is dealt with: the task goes on.
    Done,
    /// The task stands before something that others can notice.
    Visible,
}

impl Engine<'_> {
    pub(crate) fn watching(&self, id: TaskId) -> Option<&Watching> {
        if self.watching.is_empty() {
            return None;
        }
        self.watching.get(&self.space_id(id))
    }

    fn private_mut(&mut self, id: TaskId) -> Option<&mut Private> {
        if self.watching.is_empty() {
            return None;
        }
        let space = self.space_id(id);
        self.watching.get_mut(&space).map(|watching| &mut watching.private)
    }

    /// Whether the threads of `id`'s process have their memory followed.
    pub(crate) fn is_watched(&self, id: TaskId) -> bool {
        self.watching(id).is_some()
    }

    /// The place that a word of `len` bytes at `address` stands for, if it is one that threads
    /// are known to share.
    pub(crate) fn private_place(&self, id: TaskId, address: u64, len: u64) -> Option<Location> {
        let private = &self.watching(id)?.private;
        let words = address / 8..=address.saturating_add(len.max(1) - 1) / 8;
        let word = words.into_iter().find(|word| self.shared.words.contains(&(private.name(), *word)))?;
        Some(Location { object: self.private_object(id), word })
    }

    /// What the private memory of `id`'s process is called: by a child of `vfork`, as by its maker.
    pub(crate) fn private_object(&self, id: TaskId) -> ObjectId {
        let leader = || self.task(self.process_of(id).leader).history;
        let name = self.watching(id).map_or_else(leader, |watching| watching.private.name());
        ObjectId(digest(&("private memory", name)))
    }

    /// Room below what a new thread finds on its stack, so that its own frames have pages of
    /// their own: the C library keeps what threads know of each other above. Returns the
    /// stack's start that the thread is given.
    pub(crate) fn lowered_stack(&self, id: TaskId, stack: u64) -> Option<u64> {
        // what the C library puts there for the thread's first instructions
        const FOUND: usize = 64;
        let page = stack / PAGE * PAGE;
        let lowered = page - 4 * FOUND as u64 + stack % FOUND as u64;
        let mut found = [0; FOUND];
        self.peek(id, stack, &mut found).ok()?;
        self.poke(id, lowered, &found).ok()?;
        Some(lowered)
    }

    /// `maker` has made `child`, which shares its memory.
    pub(crate) fn watch_thread(
        &mut self,
        maker: TaskId,
        child: TaskId,
        block: Option<u64>,
        end: Option<u64>,
    ) -> Result<(), RunError> {
        if self.shared.threads == Threads::NotFollowed {
            return Ok(());
        }
        let space = self.space_id(maker);
        if !self.watching.contains_key(&space) {
            let watching = self.start_watching(maker)?;
            self.watching.insert(space, watching);
            self.set_breakpoints(maker);
        }
        if let Some(watching) = self.watching.get_mut(&space) {
            // where joins are known by their calls, the word that tells an end need not be watched
            let end = end.filter(|_| !watching.breakpoints.know_joins());
            watching.private.start(maker, child, block, end);
        }
        Ok(())
    }

    fn start_watching(&self, id: TaskId) -> Result<Watching, RunError> {
        let pid = self.task(id).pid;
        let leader = self.process_of(id).leader;
        let memory = File::options().read(true).write(true).open(format!("/proc/{pid}/mem"));
        let memory = memory.map_err(system("opening a program's memory"))?;
        let mut private = Private::new(self.task(leader).history, id, self.task(id).registers.control_block());
        for (start, len, protection, _) in writable(pid)? {
            private.add(id, start, len, protection);
        }
        Ok(Watching { private, breakpoints: Breakpoints::default(), code: HashMap::new(), memory })
    }

    /// A process was made as a copy of `maker`'s: what was closed there is closed here, and
    /// nobody is there to share it with.
    pub(crate) fn copied_space(&mut self, maker: TaskId, child: TaskId) {
        let Some(watching) = self.watching(maker) else { return };
        let changes = watching.private.release();
        let pid = self.task(child).pid;
        for (at, byte) in watching.breakpoints.all() {
            // where that fails it has ended
            let _ = memory::write_protected(pid, at, &[byte]);
        }
        let space = self.space_id(child);
        self.releases.insert(space, changes);
    }

    /// `id` learned that the thread `ended` has ended.
    pub(crate) fn joined(&mut self, id: TaskId, ended: TaskId) {
        if let Some(private) = self.private_mut(id) {
            private.join(id, ended);
        }
    }

    /// `id` joined the thread whose control block is at `block`.
    pub(crate) fn joined_block(&mut self, id: TaskId, block: u64) {
        let Some(ended) = self.watching(id).and_then(|watching| watching.private.task_of_block(block)) else { return };
        self.joined(id, ended);
        self.record(id, Action::Call(Call::Reap { child: ended }), Vec::new());
    }

    /// `id` got memory from the allocator.
    pub(crate) fn renewed(&mut self, id: TaskId, address: u64, len: u64) {
        if let Some(private) = self.private_mut(id) {
            private.renew(id, address, len);
        }
    }

    /// Sees to it that `id` finds its own pages open, and no others. It stands anywhere but
    /// before a system call, unless `standing` says so.
    pub(crate) fn open_for(&mut self, id: TaskId, standing: Standing) -> Result<(), RunError> {
        if self.watching.is_empty() && self.releases.is_empty() {
            return Ok(());
        }
        let space = self.space_id(id);
        if let Some(changes) = self.releases.remove(&space) {
            self.protect(id, &changes, standing)?;
        }
        let Some(watching) = self.watching.get_mut(&space) else { return Ok(()) };
        if watching.private.is_alone(id) || self.shared.threads == Threads::NotFollowed {
            let changes = watching.private.release();
            // from here on it meets its memory unseen
            self.drain(id);
            self.remove_breakpoints(id);
            self.watching.remove(&space);
            return self.protect(id, &changes, standing);
        }
        if watching.private.is_open_for(id) {
            return Ok(());
        }
        let changes = watching.private.changes_for(id);
        self.protect(id, &changes, standing)
    }

    /// Changes protections, all at one stop.
    fn protect(&mut self, id: TaskId, changes: &[Change], standing: Standing) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        for changes in changes.chunks(scratch::TABLE_ENTRIES) {
            let table: Vec<u8> = changes
                .iter()
                .flat_map(|change| {
                    [change.start, change.len, change.protection.cast_unsigned().into()].map(u64::to_le_bytes)
                })
                .flatten()
                .collect();
            // the program may have written to where our code stands
            if memory::write(pid, scratch::protect(), &scratch::PROTECT_CODE).is_err()
                || memory::write(pid, scratch::table(), &table).is_err()
            {
                // it was killed meanwhile: its end comes by itself
                return Ok(());
            }
            self.run_protect(id, changes.len(), standing)?;
        }
        Ok(())
    }

    fn run_protect(&mut self, id: TaskId, count: usize, standing: Standing) -> Result<(), RunError> {
        let pid = self.task(id).pid;
        let Ok(before) = Registers::of(pid) else { return Ok(()) };
        // a signal that is about to be handed over keeps what it says of itself
        let deliver = self.task(id).deliver;
        let information =
            if deliver == 0 { None } else { requests::getsiginfo(pid).ok().filter(|info| info.si_signo == deliver) };
        let mut registers = before;
        registers.prepare_protect(count, crate::filter::secret());
        if registers.set(pid).is_err() {
            return Ok(());
        }
        let end = scratch::protect() + scratch::PROTECT_CODE.len() as u64;
        let mut kept = 0;
        loop {
            if ptrace::resume(pid, Until::Stop, 0).is_err() {
                let _ = self.wait_for(id)?;
                return Ok(());
            }
            let Some(stop) = self.wait_for(id)? else { return Ok(()) };
            match stop {
                Stop::Signal(libc::SIGTRAP) => {
                    let Ok(now) = Registers::of(pid) else { return Ok(()) };
                    if now.code() == end {
                        if now.protect_result() != 0 {
                            self.shared.threads = Threads::NotFollowed;
                            self.rehearsal = true;
                        }
                        break;
                    }
                }
                Stop::Signal(signal) if signal != libc::SIGSTOP || !self.is_from_us(id) => {
                    kept = self.withhold(id, signal)
                }
                Stop::Signal(_)
                | Stop::Call
                | Stop::CallEnd
                | Stop::Made(_)
                | Stop::VforkDone
                | Stop::Execute
                | Stop::Ending
                | Stop::Halted
                | Stop::Ended(_) => {}
            }
        }
        match standing {
            Standing::BeforeCall => self.back_before(id, before)?,
            Standing::Elsewhere => {
                let mut after = before;
                after.settle_restart();
                after.outside_call();
                after.set(pid).map_err(system("setting registers"))?;
                self.task_mut(id).registers = after;
            }
        }
        if let Some(information) = information {
            let _ = requests::setsiginfo(pid, &information);
        }
        if kept != 0 {
            send_again(self.process_of(id).pid, pid, kept);
        }
        Ok(())
    }

    /// A fault that is on no shared mapping.
    pub(crate) fn private_fault(
        &mut self,
        id: TaskId,
        address: u64,
        registers: &Registers,
    ) -> Result<PrivateFault, RunError> {
        if !self.is_watched(id) || (!self.holds(id, address) && !self.stack_grew(id, address)?) {
            return Ok(PrivateFault::Its);
        }
        let protection = self.watching(id).and_then(|watching| watching.private.region(address)).map(|r| r.protection);
        let protection = protection.unwrap_or(libc::PROT_NONE);
        if registers.code() == address && protection & libc::PROT_EXEC != 0 {
            return self.fetch(id, address);
        }
        let instruction = match self.instruction_at(id, registers, address) {
            Ok(instruction) => instruction,
            Err(unreadable) => {
                self.stop_at_unmodelled(id, unreadable.0);
                self.task_mut(id).state = State::At(crate::task::Op::Continue);
                return Ok(PrivateFault::Visible);
            }
        };
        let manner = manner_of(&instruction, address, registers);
        let wanted = if manner == Manner::Writes { libc::PROT_WRITE } else { libc::PROT_READ };
        if protection & wanted == 0 {
            return Ok(PrivateFault::Its);
        }
        if self.is_inside(id) {
            self.drain(id);
            self.lend_in_place(id, address, 1);
            if let Some(watching) = self.watching(id) {
                let name = watching.private.name();
                self.habits.note(name, address / PAGE * PAGE, id);
            }
            // elsewhere nothing tells when it comes out
            if self.task(id).visit.is_some() {
                self.lend_known(id);
            }
            return Ok(PrivateFault::Done);
        }
        match self.meet(id, instruction.address, instruction.size.into(), manner) {
            Met::Own => {
                if let Some(private) = self.private_mut(id) {
                    private.reopen(address / PAGE * PAGE);
                }
                Ok(PrivateFault::Done)
            }
            Met::Quiet => {
                self.stopped_in_vain(id);
                let told = match manner {
                    Manner::Reads => self.end_told(id, instruction.address),
                    Manner::Writes => None,
                };
                self.quietly(id, &instruction)?;
                if !matches!(self.task(id).state, State::Running) {
                    return Ok(PrivateFault::Visible);
                }
                if let Some(ended) = told {
                    self.joined(id, ended);
                    self.record(id, Action::Call(Call::Reap { child: ended }), Vec::new());
                }
                Ok(if self.go_along(id) { PrivateFault::Visible } else { PrivateFault::Done })
            }
            Met::Shared => {
                self.stand_at_private_access(id, instruction, registers);
                Ok(PrivateFault::Visible)
            }
        }
    }

    /// The thread whose end a look at `address` tells.
    fn end_told(&self, id: TaskId, address: u64) -> Option<TaskId> {
        let ended = self.watching(id)?.private.end_told_by(address)?;
        (self.peek_u32(id, address) == Ok(0)).then_some(ended)
    }

    /// `id` meets memory: what is to become of it.
    pub(crate) fn meet(&mut self, id: TaskId, address: u64, len: u64, manner: Manner) -> Met {
        let space = self.space_id(id);
        let Some(watching) = self.watching.get_mut(&space) else { return Met::Own };
        let (met, growth) = watching.private.meet(id, address, len, manner, self.shared);
        if growth == Growth::Some {
            self.rehearsal = true;
        }
        met
    }

    /// Notes how far a thread was taken along.
    pub(crate) fn walked(&mut self, id: TaskId, instructions: u32) {
        if let Some(private) = self.private_mut(id) {
            private.walked(instructions);
        }
    }

    /// Counts words of private memory among what threads share.
    pub(crate) fn share(&mut self, id: TaskId, words: &[u64]) {
        let Some(watching) = self.watching(id) else { return };
        let name = watching.private.name();
        for word in words {
            if self.shared.words.insert((name, *word)) {
                self.rehearsal = true;
            }
        }
    }

    fn stopped_in_vain(&mut self, id: TaskId) {
        let space = self.space_id(id);
        let Some(watching) = self.watching.get_mut(&space) else { return };
        if !watching.private.stopped_in_vain() {
            return;
        }
        if self.rehearsal {
            // with what was learned it may be another matter; this one shows nothing
            self.sliced = true;
            self.limit.get_or_insert(explorer::Limit::Steps(self.limits.steps));
        } else {
            self.shared.threads = Threads::NotFollowed;
            self.rehearsal = true;
        }
    }

    fn holds(&self, id: TaskId, address: u64) -> bool {
        self.watching(id).is_some_and(|watching| watching.private.holds(address))
    }

    /// Whether `address` belongs to a stack that has grown since it was looked at.
    fn stack_grew(&mut self, id: TaskId, address: u64) -> Result<bool, RunError> {
        let pid = self.task(id).pid;
        let grown = all_private(pid)?
            .into_iter()
            .find(|(start, len, _, path)| *path == MMapPath::Stack && (*start..*start + *len).contains(&address));
        let Some((start, len, ..)) = grown else { return Ok(false) };
        let Some(private) = self.private_mut(id) else { return Ok(false) };
        Ok(private.grow_down(id, start, start + len))
    }

    /// Code on a page that is closed: memory that is read.
    fn fetch(&mut self, id: TaskId, address: u64) -> Result<PrivateFault, RunError> {
        if self.meet(id, address, 1, Manner::Reads) != Met::Own
            && let Some(private) = self.private_mut(id)
        {
            private.lend(id, address, 16);
        }
        if let Some(private) = self.private_mut(id) {
            private.touch();
        }
        Ok(PrivateFault::Done)
    }

    /// Opens what is likely to be met inside of what is taken for granted.
    pub(crate) fn lend_known(&mut self, id: TaskId) {
        let space = self.space_id(id);
        let Some(watching) = self.watching.get_mut(&space) else { return };
        for page in self.habits.pages(watching.private.name(), id) {
            watching.private.lend(id, page, 1);
        }
        watching.private.touch();
    }

    /// Opens private memory for one instruction. Returns whether it is memory that is followed.
    pub(crate) fn lend_in_place(&mut self, id: TaskId, address: u64, len: u64) -> bool {
        let Some(private) = self.private_mut(id) else { return false };
        if !private.holds(address) {
            return false;
        }
        private.lend(id, address, len);
        for page in address / PAGE..=address.saturating_add(len.max(1) - 1) / PAGE {
            private.reopen(page * PAGE);
        }
        true
    }

    /// Whether a word of private memory is known to be shared.
    pub(crate) fn shares(&self, id: TaskId, word: u64) -> bool {
        self.watching(id).is_some_and(|watching| self.shared.words.contains(&(watching.private.name(), word)))
    }

    /// Lets the kernel reach what the arguments of a call point to. Returns whether anything
    /// was opened that has to be closed again.
    pub(crate) fn lend_arguments(
        &mut self,
        id: TaskId,
        call: i64,
        args: [u64; 6],
        standing: Standing,
    ) -> Result<(), RunError> {
        let space = self.space_id(id);
        if !self.watching.contains_key(&space) {
            return self.open_for(id, standing);
        }
        let (ranges, all) = pointers(call, args, self.task(id).registers.stack());
        let Some(private) = self.private_mut(id) else { return Ok(()) };
        if all {
            private.lend_all(id);
        }
        for (address, len) in ranges {
            let last = address.saturating_add(len.max(1) - 1);
            for page in (address / PAGE..=last / PAGE).map(|page| page * PAGE) {
                if private.holds(page) && !private.is_free(id, page, Manner::Writes) {
                    private.lend(id, page, 1);
                }
            }
        }
        if private.lends() {
            private.touch();
        }
        self.open_for(id, standing)
    }

    /// What was lent is closed again before the task goes on.
    pub(crate) fn take_back(&mut self, id: TaskId) {
        // a function that is taken for granted keeps it until it is left
        if self.task(id).visit.is_some() {
            return;
        }
        if let Some(private) = self.private_mut(id)
            && private.lends()
        {
            private.take_back();
            private.touch();
        }
    }

    /// The kernel has read or written memory of `id` for a call. Returns the places among it
    /// that threads share.
    pub(crate) fn kernel_met(&mut self, id: TaskId, address: u64, len: u64, manner: Manner) -> Vec<Location> {
        if !self.holds(id, address) {
            return Vec::new();
        }
        self.meet(id, address, len, manner);
        let object = self.private_object(id);
        let words = address / 8..=address.saturating_add(len.max(1) - 1) / 8;
        words.filter(|word| self.shares(id, *word)).map(|word| Location { object, word }).collect()
    }

    /// A handler's frame is about to be put on the stack of `id`, or on the one that it has for
    /// handlers.
    pub(crate) fn lend_stack(&mut self, id: TaskId) -> Result<(), RunError> {
        const FRAME: u64 = 4 * PAGE;
        let apart = self
            .action(id, self.task(id).deliver)
            .is_some_and(|action| action.flags & libc::SA_ONSTACK.cast_unsigned() as u64 != 0);
        let other = if apart { self.alternate_stack(id)? } else { None };
        let stack = other.unwrap_or(self.task(id).registers.stack());
        if let Some(private) = self.private_mut(id) {
            private.lend(id, stack.saturating_sub(FRAME), FRAME + 1);
            private.touch();
        }
        Ok(())
    }

    /// The top of the stack for handlers that `id` has, if it has one and is not on it.
    fn alternate_stack(&mut self, id: TaskId) -> Result<Option<u64>, RunError> {
        const SIZE: usize = size_of::<libc::stack_t>();
        let pid = self.task(id).pid;
        // a signal that is about to be handed over keeps what it says of itself
        let information = requests::getsiginfo(pid).ok();
        let told = self.inject(id, libc::SYS_sigaltstack, [0, scratch::strings(), 0, 0, 0, 0])?;
        if let Some(information) = information {
            let _ = requests::setsiginfo(pid, &information);
        }
        let mut bytes = [0; SIZE];
        if told != Some(0) || memory::read(pid, scratch::strings(), &mut bytes).is_err() {
            return Ok(None);
        }
        let number = |at: usize| bytes[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
        let flags = number(std::mem::offset_of!(libc::stack_t, ss_flags)) as i32;
        let (start, len) =
            (number(std::mem::offset_of!(libc::stack_t, ss_sp)), number(std::mem::offset_of!(libc::stack_t, ss_size)));
        let is_on_it = self.task(id).registers.stack().wrapping_sub(start) < len;
        Ok((flags & libc::SS_DISABLE == 0 && !is_on_it).then_some(start + len))
    }

    /// `id` puts private memory in the place of what is there, or gets new memory.
    pub(crate) fn private_mapped(&mut self, id: TaskId, start: u64, len: u64, protection: i32) {
        let space = self.space_id(id);
        let Some(watching) = self.watching.get_mut(&space) else { return };
        watching.code.clear();
        let private = &mut watching.private;
        if protection & libc::PROT_WRITE != 0 {
            private.add(id, start, len, protection);
        } else {
            private.remove(start, len);
        }
    }

    /// Reads followed memory.
    pub(crate) fn read_watched(&self, id: TaskId, address: u64, into: &mut [u8]) -> Option<nix::Result<()>> {
        let watching = self.watching(id)?;
        Some(watching.memory.read_exact_at(into, address).map_err(|_| nix::Error::EFAULT))
    }

    /// Writes followed memory.
    pub(crate) fn write_watched(&self, id: TaskId, address: u64, from: &[u8]) -> Option<nix::Result<()>> {
        let watching = self.watching(id)?;
        if !watching.private.holds(address) {
            return None;
        }
        Some(watching.memory.write_all_at(from, address).map_err(|_| nix::Error::EFAULT))
    }
}

/// How an instruction meets the memory at `fault`.
fn manner_of(instruction: &Instruction, fault: u64, registers: &Registers) -> Manner {
    match instruction.effect {
        Effect::Load => Manner::Reads,
        Effect::Copy if instruction.reads_from(registers, fault) => Manner::Reads,
        Effect::Store | Effect::Update | Effect::Exchange | Effect::Split | Effect::Copy | Effect::Fill => {
            Manner::Writes
        }
    }
}

type Map = (u64, u64, i32, MMapPath);

fn all_private(pid: nix::unistd::Pid) -> Result<Vec<Map>, RunError> {
    let failed = |error: procfs::ProcError| RunError::System {
        what: "looking at a program's memory",
        source: std::io::Error::other(error),
    };
    let maps = procfs::process::Process::new(pid.as_raw()).and_then(|process| process.maps()).map_err(failed)?;
    Ok(maps
        .into_iter()
        .filter(|map| map.perms.contains(MMPermissions::PRIVATE) && map.address.0 != scratch::start())
        .map(|map| {
            let mut protection = libc::PROT_NONE;
            for (permission, bit) in [
                (MMPermissions::READ, libc::PROT_READ),
                (MMPermissions::WRITE, libc::PROT_WRITE),
                (MMPermissions::EXECUTE, libc::PROT_EXEC),
            ] {
                if map.perms.contains(permission) {
                    protection |= bit;
                }
            }
            (map.address.0, map.address.1 - map.address.0, protection, map.pathname)
        })
        .collect())
}

/// The writable private memory of a process, but for the C library's own variables.
fn writable(pid: nix::unistd::Pid) -> Result<Vec<Map>, RunError> {
    let mut found = Vec::new();
    // what has no name behind a library's variables belongs to them: those that start as zeros
    let mut library_until = 0;
    for map in all_private(pid)? {
        let (start, len, protection, path) = &map;
        let of_library = match path {
            MMapPath::Path(path) => is_c_library(path),
            MMapPath::Anonymous => *start == library_until,
            _ => false,
        };
        if of_library {
            library_until = start + len;
        } else if protection & libc::PROT_WRITE != 0 {
            found.push(map);
        }
    }
    Ok(found)
}

/// Whether a file is the C library, or the loader that belongs to it.
fn is_c_library(path: &std::path::Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ["libc.so", "libc-", "ld-", "libpthread", "ld64.so"].iter().any(|start| name.starts_with(start))
}
