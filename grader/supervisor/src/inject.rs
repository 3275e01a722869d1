//! System calls that a task makes for us, and memory of a task by its own addresses.

use crate::engine::Engine;
use crate::error::system;
use crate::filter::{OWN, secret};
use crate::lives::SYSCALL_TRAP;
use crate::machine::{Registers, scratch};
use crate::ptrace::{self, Stop, Until};
use crate::threads::Standing;
use crate::{RunError, memory};
use explorer::TaskId;
use nix::sys::ptrace as requests;
use nix::unistd::Pid;

impl Engine<'_> {
    /// Makes `id`, stopped anywhere, do a system call, and puts its registers back. `None` if
    /// the task ended meanwhile.
    ///
    /// A task stopped at the entry of a call of its own stands before that call afterwards.
    pub(crate) fn inject(&mut self, id: TaskId, call: i64, args: [u64; 6]) -> Result<Option<i64>, RunError> {
        // the program can write there too, and must not have us run what is its own
        let _ = memory::write(self.task(id).pid, scratch::inject(), &SYSCALL_TRAP);
        self.inject_at(id, scratch::inject(), call, args)
    }

    /// The same with the instruction pair `syscall; int3` at `address`.
    pub(crate) fn inject_at(
        &mut self,
        id: TaskId,
        address: u64,
        call: i64,
        mut args: [u64; 6],
    ) -> Result<Option<i64>, RunError> {
        if OWN.contains(&call) {
            args[5] = secret();
        }
        let pid = self.task(id).pid;
        if self.is_watched(id) {
            let standing = if self.at_entry(id) { Standing::BeforeCall } else { Standing::Elsewhere };
            self.lend_arguments(id, call, args, standing)?;
        }
        let Ok(before) = Registers::of(pid) else { return Ok(None) };
        let mut registers = before;
        registers.prepare_call(address, call, args);
        if registers.set(pid).is_err() {
            return Ok(None);
        }
        let mut kept = 0;
        let result = loop {
            if ptrace::resume(pid, Until::Stop, 0).is_err() {
                return Ok(None);
            }
            match self.wait_for(id)? {
                None => return Ok(None),
                // most of our own calls are traced like any other
                Some(Stop::Call) => {}
                Some(Stop::Signal(libc::SIGTRAP)) => {
                    let Ok(now) = Registers::of(pid) else { return Ok(None) };
                    break now.result();
                }
                Some(Stop::Signal(signal)) if signal != libc::SIGSTOP || !self.is_from_us(id) => {
                    kept = self.withhold(id, signal);
                }
                Some(_) => {}
            }
        };
        let mut after = before;
        after.outside_call();
        after.set(pid).map_err(system("setting registers"))?;
        self.take_back(id);
        if kept == libc::SIGSTOP {
            self.process_of_mut(id).stopped = true;
        } else if kept != 0 {
            send_again(self.process_of(id).pid, pid, kept);
        }
        Ok(Some(result))
    }

    /// `id` is stopped by a signal that has to wait: what it says of itself, by whom it was sent,
    /// say, is kept until it comes again. Returns its number.
    pub(crate) fn withhold(&mut self, id: TaskId, signal: i32) -> i32 {
        // a stop says nothing of itself
        if signal == libc::SIGSTOP {
            return signal;
        }
        let Ok(information) = requests::getsiginfo(self.task(id).pid) else { return signal };
        let again = self.is_from_us(id);
        let withheld = &mut self.task_mut(id).withheld;
        if !again || !withheld.iter().any(|known| known.si_signo == signal) {
            withheld.push(information);
        }
        signal
    }

    /// `id` is stopped by a signal: if it comes again, it says of itself what it did at first.
    pub(crate) fn say_as_before(&mut self, id: TaskId, signal: i32) {
        if self.task(id).withheld.is_empty() || !self.is_from_us_or_kernel(id) {
            return;
        }
        let task = self.task_mut(id);
        if let Some(index) = task.withheld.iter().position(|known| known.si_signo == signal) {
            let information = task.withheld.remove(index);
            let _ = requests::setsiginfo(task.pid, &information);
        }
    }

    /// Reads memory of `id` by its own addresses, protected or not.
    pub(crate) fn peek(&self, id: TaskId, address: u64, into: &mut [u8]) -> nix::Result<()> {
        let (pid, space) = (self.task(id).pid, self.space(id));
        let mut done = 0;
        while done < into.len() {
            let (real, left) = space.reach(address + done as u64);
            let len = usize::try_from(left).unwrap_or(usize::MAX).min(into.len() - done);
            let part = &mut into[done..done + len];
            let aliased = real != address + done as u64;
            match if aliased { None } else { self.read_watched(id, real, part) } {
                Some(read) => read?,
                None => memory::read(pid, real, part)?,
            }
            done += len;
        }
        Ok(())
    }

    pub(crate) fn peek_u64(&self, id: TaskId, address: u64) -> nix::Result<u64> {
        let mut bytes = [0; 8];
        self.peek(id, address, &mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    pub(crate) fn peek_u32(&self, id: TaskId, address: u64) -> nix::Result<u32> {
        let mut bytes = [0; 4];
        self.peek(id, address, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Writes memory of `id` by its own addresses, protected or not.
    pub(crate) fn poke(&self, id: TaskId, address: u64, from: &[u8]) -> nix::Result<()> {
        let (pid, space) = (self.task(id).pid, self.space(id));
        let mut done = 0;
        while done < from.len() {
            let (real, left) = space.reach(address + done as u64);
            let len = usize::try_from(left).unwrap_or(usize::MAX).min(from.len() - done);
            let part = &from[done..done + len];
            if real != address + done as u64 {
                memory::write(pid, real, part)?;
            } else if let Some(written) = self.write_watched(id, real, part) {
                written?;
            } else if self.releases.contains_key(&self.space_id(id)) {
                memory::write_protected(pid, real, part)?;
            } else {
                memory::write(pid, real, part)?;
            }
            done += len;
        }
        Ok(())
    }
}

/// A signal that came while a task worked for us comes again when it goes on.
pub(crate) fn send_again(process: Pid, task: Pid, signal: i32) {
    // SAFETY: a signal by number, to a task that is stopped and ours.
    unsafe { libc::syscall(libc::SYS_tgkill, process.as_raw(), task.as_raw(), signal) };
}
