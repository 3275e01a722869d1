//! A stopped task's registers.

use iced_x86::Register;
use nix::sys::ptrace;
use nix::unistd::Pid;

use super::scratch;

/// The general registers of a task.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registers(libc::user_regs_struct);

/// Entries of the auxiliary vector that matter here (`getauxval`'s manual page).
pub(crate) struct Auxiliary;

impl Auxiliary {
    /// Ends the vector.
    pub(crate) const NULL: u64 = 0;
    /// To be skipped.
    pub(crate) const IGNORE: u64 = 1;
    /// The program's first instruction.
    pub(crate) const ENTRY: u64 = 9;
    /// Where sixteen random bytes are.
    pub(crate) const RANDOM: u64 = 25;
    /// Where the kernel's own code in the process is, which reads clocks without a call.
    pub(crate) const VDSO: u64 = 33;
}

impl Registers {
    pub(crate) fn of(pid: Pid) -> nix::Result<Registers> {
        ptrace::getregs(pid).map(Registers)
    }

    pub(crate) fn set(&self, pid: Pid) -> nix::Result<()> {
        ptrace::setregs(pid, self.0)
    }

    /// A task at `code` with `rdi` set and everything else zero.
    #[cfg(test)]
    pub(super) fn for_tests(code: u64, rdi: u64) -> Registers {
        // SAFETY: a structure of plain numbers; all zeros is one.
        let mut registers: libc::user_regs_struct = unsafe { std::mem::zeroed() };
        (registers.rip, registers.rdi) = (code, rdi);
        Registers(registers)
    }

    /// The next instruction's address.
    pub(crate) fn code(&self) -> u64 {
        self.0.rip
    }

    pub(crate) fn set_code(&mut self, address: u64) {
        self.0.rip = address;
    }

    pub(crate) fn stack(&self) -> u64 {
        self.0.rsp
    }

    pub(crate) fn set_stack(&mut self, address: u64) {
        self.0.rsp = address;
    }

    pub(crate) fn frame(&self) -> u64 {
        self.0.rbp
    }

    /// The number of the system call that the task is at.
    pub(crate) fn call(&self) -> i64 {
        self.0.orig_rax.cast_signed()
    }

    /// The arguments of the system call that the task is at.
    pub(crate) fn args(&self) -> [u64; 6] {
        [self.0.rdi, self.0.rsi, self.0.rdx, self.0.r10, self.0.r8, self.0.r9]
    }

    /// The arguments of the function that the task has just been called into.
    pub(crate) fn call_arguments(&self) -> [u64; 6] {
        [self.0.rdi, self.0.rsi, self.0.rdx, self.0.rcx, self.0.r8, self.0.r9]
    }

    pub(crate) fn set_arg(&mut self, index: usize, value: u64) {
        let register = match index {
            0 => &mut self.0.rdi,
            1 => &mut self.0.rsi,
            2 => &mut self.0.rdx,
            3 => &mut self.0.r10,
            4 => &mut self.0.r8,
            5 => &mut self.0.r9,
            _ => return,
        };
        *register = value;
    }

    /// What the system call returned.
    pub(crate) fn result(&self) -> i64 {
        self.0.rax.cast_signed()
    }

    pub(crate) fn set_result(&mut self, result: i64) {
        self.0.rax = result.cast_unsigned();
    }

    /// Makes the call that the task is about to enter another one.
    pub(crate) fn set_call(&mut self, call: i64) {
        self.0.orig_rax = call.cast_unsigned();
    }

    /// Gives the registers of a call's arguments, and its number, what they had in `before`.
    pub(crate) fn restore_call(&mut self, before: &Registers) {
        self.set_call(before.call());
        for (index, arg) in before.args().into_iter().enumerate() {
            self.set_arg(index, arg);
        }
    }

    /// Makes the kernel skip the system call that the task is about to enter; it sees `result`.
    pub(crate) fn skip_call(&mut self, result: i64) {
        self.0.orig_rax = u64::MAX;
        self.set_result(result);
    }

    /// Makes the task, standing behind its system call `call`, make it again.
    pub(crate) fn redo_call(&mut self, call: i64) {
        const SYSCALL_LEN: u64 = 2;
        self.0.rip -= SYSCALL_LEN;
        self.0.rax = call.cast_unsigned();
        self.0.orig_rax = u64::MAX;
    }

    /// Prepares the system call `call`, to be made by the instruction at `address`.
    pub(crate) fn prepare_call(&mut self, address: u64, call: i64, args: [u64; 6]) {
        self.0.rip = address;
        self.0.rax = call.cast_unsigned();
        self.0.orig_rax = u64::MAX;
        for (index, arg) in args.into_iter().enumerate() {
            self.set_arg(index, arg);
        }
    }

    /// Prepares running the code at [`scratch::protect()`] for `count` entries of the table, with what lets
    /// its calls past the filter.
    pub(crate) fn prepare_protect(&mut self, count: usize, secret: u64) {
        self.0.rip = scratch::protect();
        self.0.orig_rax = u64::MAX;
        self.0.rbx = scratch::table();
        self.0.rbp = count as u64;
        self.0.r9 = secret;
        self.0.r12 = 0;
    }

    /// A call that was interrupted, and that the kernel would make again by itself: it is made
    /// again where no handler could change that, and otherwise told so.
    pub(crate) fn settle_restart(&mut self) {
        // the kernel's own numbers: ERESTARTNOINTR, and ERESTARTSYS to ERESTART_RESTARTBLOCK
        const ALWAYS: i64 = -513;
        const RESTARTS: std::ops::RangeInclusive<i64> = -516..=-512;
        let call = self.call();
        if call < 0 {
            return;
        }
        if self.result() == ALWAYS {
            self.redo_call(call);
        } else if RESTARTS.contains(&self.result()) {
            self.set_result(-i64::from(libc::EINTR));
        }
    }

    /// What the code at [`scratch::protect()`] collected: 0 where every call did what it should.
    pub(crate) fn protect_result(&self) -> u64 {
        self.0.r12
    }

    /// Where the thread's control block is.
    pub(crate) fn control_block(&self) -> u64 {
        self.0.fs_base
    }

    /// No system call is to be restarted when this task goes on.
    pub(crate) fn outside_call(&mut self) {
        self.0.orig_rax = u64::MAX;
    }

    /// Puts the time stamp counter's value where `rdtsc` puts it.
    pub(crate) fn set_timestamp(&mut self, value: u64) {
        self.0.rax = value & 0xffff_ffff;
        self.0.rdx = value >> 32;
    }

    /// Everything that decides how the task goes on, for comparing states.
    pub(crate) fn words(&self) -> [u64; 18] {
        let r = &self.0;
        [
            r.rax, r.rbx, r.rcx, r.rdx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14,
            r.r15, r.rip, r.eflags,
        ]
    }

    pub(super) fn flags(&self) -> u64 {
        self.0.eflags
    }

    pub(super) fn set_flags(&mut self, flags: u64) {
        self.0.eflags = flags;
    }

    /// Whether string instructions go downwards.
    pub(super) fn backwards(&self) -> bool {
        const DIRECTION: u64 = 1 << 10;
        self.0.eflags & DIRECTION != 0
    }

    fn full(&mut self, register: Register) -> Option<&mut u64> {
        let r = &mut self.0;
        Some(match register {
            Register::RAX => &mut r.rax,
            Register::RBX => &mut r.rbx,
            Register::RCX => &mut r.rcx,
            Register::RDX => &mut r.rdx,
            Register::RSI => &mut r.rsi,
            Register::RDI => &mut r.rdi,
            Register::RBP => &mut r.rbp,
            Register::RSP => &mut r.rsp,
            Register::R8 => &mut r.r8,
            Register::R9 => &mut r.r9,
            Register::R10 => &mut r.r10,
            Register::R11 => &mut r.r11,
            Register::R12 => &mut r.r12,
            Register::R13 => &mut r.r13,
            Register::R14 => &mut r.r14,
            Register::R15 => &mut r.r15,
            Register::FS => &mut r.fs_base,
            Register::GS => &mut r.gs_base,
            _ => return None,
        })
    }

    /// The value of a general register, or the base of a segment.
    pub(super) fn get(&self, register: Register) -> Option<u64> {
        if matches!(register, Register::CS | Register::DS | Register::ES | Register::SS) {
            return Some(0);
        }
        if matches!(register, Register::FS | Register::GS) {
            let mut copy = *self;
            return copy.full(register).map(|value| *value);
        }
        let mut copy = *self;
        let full = *copy.full(register.full_register())?;
        Some(match register.size() {
            1 if is_high_byte(register) => full >> 8 & 0xff,
            1 => full & 0xff,
            2 => full & 0xffff,
            4 => full & 0xffff_ffff,
            _ => full,
        })
    }

    /// Writes a general register as an instruction would: 32 bits clear the upper half, 8 and
    /// 16 leave the rest. Returns whether `register` is one.
    pub(super) fn put(&mut self, register: Register, value: u64) -> bool {
        let Some(full) = self.full(register.full_register()) else { return false };
        *full = match register.size() {
            1 if is_high_byte(register) => *full & !0xff00 | (value & 0xff) << 8,
            1 => *full & !0xff | value & 0xff,
            2 => *full & !0xffff | value & 0xffff,
            4 => value & 0xffff_ffff,
            _ => value,
        };
        true
    }
}

fn is_high_byte(register: Register) -> bool {
    matches!(register, Register::AH | Register::BH | Register::CH | Register::DH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(result: i64, expected: (u64, i64)) {
        let mut registers = Registers::for_tests(0x1002, 0);
        registers.0.orig_rax = libc::SYS_clone.cast_unsigned();
        registers.set_result(result);
        registers.settle_restart();
        assert_eq!((registers.code(), registers.result()), expected);
    }

    #[test]
    fn a_fork_that_a_signal_came_to_is_made_again() {
        check(-513, (0x1000, libc::SYS_clone));
        check(-512, (0x1002, -i64::from(libc::EINTR)));
        check(77, (0x1002, 77));
    }
}
