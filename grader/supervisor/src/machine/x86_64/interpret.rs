//! Common instructions, one at a time, on a copy of a task's registers and whatever stands for
//! its memory: moves, plain arithmetic, the stack, jumps. What is not among them is left to the
//! processor, and so is everything that others could notice.

use iced_x86::{Code, ConditionCode, Decoder, DecoderOptions, Instruction as Decoded, Mnemonic, OpKind, Register};

use super::Registers;
use super::arithmetic::{Flag, compute, has, is_plain};
use super::moves::is_move;
use super::vectors::Vectors;

/// A task's memory, as far as it can be had here.
pub(crate) trait Memory {
    /// Fills `into` from `address` on. `None` where the task has to meet it itself.
    fn read(&mut self, address: u64, into: &mut [u8]) -> Option<()>;
    /// Writes `from` at `address`. `None` where the task has to meet it itself.
    fn write(&mut self, address: u64, from: &[u8]) -> Option<()>;
    /// The task's vector registers. `None` where they are the processor's alone.
    fn vectors(&mut self) -> Option<&mut Vectors> {
        None
    }
}

/// Bytes of a word on the stack.
const WORD: u64 = 8;

/// Does the instruction at the start of `code`, at which the task stands. `None` where it is
/// left to the processor: then nothing has changed.
pub(crate) fn interpret(code: &[u8], registers: &mut Registers, memory: &mut impl Memory) -> Option<()> {
    let decoded = Decoder::with_ip(64, code, registers.code(), DecoderOptions::NONE).decode();
    interpret_decoded(&decoded, registers, memory)
}

pub(super) fn interpret_decoded(decoded: &Decoded, registers: &mut Registers, memory: &mut impl Memory) -> Option<()> {
    if decoded.is_invalid() {
        return None;
    }
    let mut step = Step { decoded, registers: *registers, memory };
    if is_move(decoded) && !decoded.is_string_instruction() {
        step.registers.set_code(decoded.next_ip());
        step.vector()?;
        *registers = step.registers;
        return Some(());
    }
    if decoded.op_count() > 2 && decoded.mnemonic() != Mnemonic::Imul {
        return None;
    }
    if decoded.is_string_instruction() {
        return step.string(registers);
    }
    if decoded.has_rep_prefix() || decoded.has_repne_prefix() {
        return None;
    }
    step.registers.set_code(decoded.next_ip());
    step.run()?;
    *registers = step.registers;
    Some(())
}

pub(super) struct Step<'a, M> {
    pub(super) decoded: &'a Decoded,
    pub(super) registers: Registers,
    pub(super) memory: &'a mut M,
}

impl<M: Memory> Step<'_, M> {
    fn run(&mut self) -> Option<()> {
        let decoded = self.decoded;
        match decoded.mnemonic() {
            Mnemonic::Nop | Mnemonic::Endbr64 | Mnemonic::Pause => Some(()),
            Mnemonic::Mov | Mnemonic::Movzx => {
                let value = self.get(1)?;
                self.put(0, value)
            }
            Mnemonic::Movsx | Mnemonic::Movsxd => {
                let value = extended(self.get(1)?, self.size(1)?);
                self.put(0, value)
            }
            Mnemonic::Lea => {
                let address = self.address(1)?;
                self.put(0, address)
            }
            Mnemonic::Cdqe => self.widen(Register::EAX, Register::RAX),
            Mnemonic::Cwde => self.widen(Register::AX, Register::EAX),
            Mnemonic::Cdq => self.spread(Register::EAX, Register::EDX),
            Mnemonic::Cqo => self.spread(Register::RAX, Register::RDX),
            Mnemonic::Imul if decoded.op_count() > 1 => self.multiply(),
            Mnemonic::Rol | Mnemonic::Ror => self.rotate(),
            Mnemonic::Div => self.divide(),
            Mnemonic::Xchg => self.exchange(),
            Mnemonic::Cmpxchg => self.compare_and_exchange(),
            Mnemonic::Push => self.push(),
            Mnemonic::Pop => self.pop(),
            Mnemonic::Leave if decoded.code() == Code::Leaveq => {
                let frame = self.registers.get(Register::RBP)?;
                let value = self.load(frame)?;
                self.registers.set_stack(frame.wrapping_add(WORD));
                self.registers.put(Register::RBP, value).then_some(())
            }
            Mnemonic::Call => {
                let target = self.target()?;
                let behind = decoded.next_ip();
                self.store_below(behind)?;
                self.registers.set_code(target);
                Some(())
            }
            Mnemonic::Ret if decoded.code() == Code::Retnq => {
                let stack = self.registers.stack();
                let target = self.load(stack)?;
                self.registers.set_stack(stack.wrapping_add(WORD));
                self.registers.set_code(target);
                Some(())
            }
            Mnemonic::Jmp => {
                let target = self.target()?;
                self.registers.set_code(target);
                Some(())
            }
            _ if decoded.is_jcc_short_or_near() => {
                if self.holds()? {
                    self.registers.set_code(decoded.near_branch_target());
                }
                Some(())
            }
            _ if decoded.condition_code() != ConditionCode::None => self.conditional(),
            _ => self.arithmetic(),
        }
    }

    /// `setcc` and `cmovcc`.
    fn conditional(&mut self) -> Option<()> {
        let holds = self.holds()?;
        match self.decoded.op_count() {
            1 if self.size(0)? == 1 => self.put(0, u64::from(holds)),
            2 => {
                let (old, new) = (self.get(0)?, self.get(1)?);
                self.put(0, if holds { new } else { old })
            }
            _ => None,
        }
    }

    fn arithmetic(&mut self) -> Option<()> {
        let mnemonic = self.decoded.mnemonic();
        if !is_plain(mnemonic) {
            return None;
        }
        let size = self.size(0)?;
        let left = self.get(0)?;
        let right = if self.decoded.op_count() == 2 { self.get(1)? } else { 0 };
        let computed = compute(mnemonic, size, left, right, self.registers.flags())?;
        if mnemonic == Mnemonic::Xadd {
            let value = computed.value?;
            // with both the same register, the sum is what stays
            self.put_both((0, value), (1, left))?;
            self.registers.set_flags(computed.flags);
            return Some(());
        }
        if let Some(value) = computed.value {
            self.put(0, value)?;
        }
        self.registers.set_flags(computed.flags);
        Some(())
    }

    /// Memory first: what comes second cannot fail.
    fn put_both(&mut self, first: (u32, u64), second: (u32, u64)) -> Option<()> {
        if self.decoded.op_kind(first.0) == OpKind::Memory {
            self.put(first.0, first.1)?;
            return self.put(second.0, second.1);
        }
        self.put(second.0, second.1)?;
        self.put(first.0, first.1)
    }

    /// The two flags that are defined afterwards say whether the product fits.
    fn multiply(&mut self) -> Option<()> {
        let size = self.size(0)?;
        let last = self.decoded.op_count() - 1;
        let (left, right) = (self.get(last - 1)?, self.get(last)?);
        let wide = |value| i128::from(extended(value, size).cast_signed());
        let product = wide(left) * wide(right);
        #[expect(clippy::cast_possible_truncation, reason = "the lower part")]
        let value = product as u64;
        let fits = wide(value) == product;
        self.put(0, value)?;
        let changed = Flag::Carry as u64 | Flag::Overflow as u64;
        let flags = self.registers.flags();
        self.registers.set_flags(if fits { flags & !changed } else { flags | changed });
        Some(())
    }

    /// The carry is the bit that came round; what a turn by more than one bit makes of the overflow
    /// is undefined.
    fn rotate(&mut self) -> Option<()> {
        let size = self.size(0)?;
        let bits = size * 8;
        if !matches!(size, 4 | 8) {
            return None;
        }
        let value = self.get(0)?;
        #[expect(clippy::cast_possible_truncation, reason = "the processor looks at the low bits")]
        let count = self.get(1)? as u32 % bits;
        let left = self.decoded.mnemonic() == Mnemonic::Rol;
        let turn = if left { count } else { (bits - count) % bits };
        let (low, high) = (value << turn, value.checked_shr(bits - turn).unwrap_or(0));
        let turned = if turn == 0 { value } else { (low | high) & (u64::MAX >> (64 - bits)) };
        self.put(0, turned)?;
        if count > 0 {
            let carry = if left { turned & 1 } else { turned >> (bits - 1) } == 1;
            let flags = self.registers.flags() & !(Flag::Carry as u64);
            self.registers.set_flags(if carry { flags | Flag::Carry as u64 } else { flags });
        }
        Some(())
    }

    /// What cannot be divided is left to the processor, which has a word to say about it.
    fn divide(&mut self) -> Option<()> {
        let (low, high) = match self.size(0)? {
            4 => (Register::EAX, Register::EDX),
            8 => (Register::RAX, Register::RDX),
            _ => return None,
        };
        let bits = size_of(low) * 8;
        let dividend = u128::from(self.registers.get(high)?) << bits | u128::from(self.registers.get(low)?);
        let divisor = u128::from(self.get(0)?);
        let quotient =
            u64::try_from(dividend.checked_div(divisor)?).ok().filter(|quotient| quotient >> (bits - 1) >> 1 == 0)?;
        #[expect(clippy::cast_possible_truncation, reason = "less than the divisor")]
        let rest = (dividend % divisor) as u64;
        self.registers.put(low, quotient);
        self.registers.put(high, rest);
        Some(())
    }

    fn exchange(&mut self) -> Option<()> {
        let (first, second) = (self.get(0)?, self.get(1)?);
        self.put_both((0, second), (1, first))
    }

    fn compare_and_exchange(&mut self) -> Option<()> {
        let size = self.size(0)?;
        let accumulator = [Register::AL, Register::AX, Register::EAX, Register::RAX][size.ilog2() as usize];
        let (there, new) = (self.get(0)?, self.get(1)?);
        let expected = self.registers.get(accumulator)?;
        let compared = compute(Mnemonic::Cmp, size, expected, there, self.registers.flags())?;
        // it writes in any case
        self.put(0, if expected == there { new } else { there })?;
        if expected != there {
            self.registers.put(accumulator, there);
        }
        self.registers.set_flags(compared.flags);
        Some(())
    }

    /// Copies or fills as far as it goes: the rest is met at the same instruction.
    fn string(&mut self, registers: &mut Registers) -> Option<()> {
        let (size, copies) = match self.decoded.mnemonic() {
            Mnemonic::Movsb => (1, true),
            Mnemonic::Movsw => (2, true),
            Mnemonic::Movsd => (4, true),
            Mnemonic::Movsq => (8, true),
            Mnemonic::Stosb => (1, false),
            Mnemonic::Stosw => (2, false),
            Mnemonic::Stosd => (4, false),
            Mnemonic::Stosq => (8, false),
            _ => return None,
        };
        // by whole registers, and from where everything else lies
        let plain = self.decoded.op0_kind() == OpKind::MemoryESRDI
            && (!copies || self.decoded.op1_kind() == OpKind::MemorySegRSI)
            && self.decoded.segment_prefix() == Register::None
            && !self.decoded.has_repne_prefix();
        if !plain {
            return None;
        }
        let repeated = self.decoded.has_rep_prefix();
        let step = if registers.backwards() { (size as u64).wrapping_neg() } else { size as u64 };
        let mut done = false;
        loop {
            let left = if repeated { registers.get(Register::RCX)? } else { 1 };
            if left > 0 {
                let (from, to) = (registers.get(Register::RSI)?, registers.get(Register::RDI)?);
                let mut bytes = registers.get(Register::RAX)?.to_le_bytes();
                let moved = if copies { self.memory.read(from, &mut bytes[..size]) } else { Some(()) }
                    .and_then(|()| self.memory.write(to, &bytes[..size]));
                if moved.is_none() {
                    return done.then_some(());
                }
                done = true;
                registers.put(Register::RDI, to.wrapping_add(step));
                if copies {
                    registers.put(Register::RSI, from.wrapping_add(step));
                }
                if repeated {
                    registers.put(Register::RCX, left - 1);
                }
            }
            if left <= 1 {
                registers.set_code(self.decoded.next_ip());
                return Some(());
            }
        }
    }

    fn push(&mut self) -> Option<()> {
        let value = match self.decoded.code() {
            Code::Push_r64 | Code::Push_rm64 => self.get(0)?,
            Code::Pushq_imm8 => self.decoded.immediate8to64().cast_unsigned(),
            Code::Pushq_imm32 => self.decoded.immediate32to64().cast_unsigned(),
            _ => return None,
        };
        self.store_below(value)
    }

    fn pop(&mut self) -> Option<()> {
        if !matches!(self.decoded.code(), Code::Pop_r64 | Code::Pop_rm64) || self.decoded.op0_kind() != OpKind::Register
        {
            return None;
        }
        let stack = self.registers.stack();
        let value = self.load(stack)?;
        self.registers.set_stack(stack.wrapping_add(WORD));
        self.put(0, value)
    }

    fn store_below(&mut self, value: u64) -> Option<()> {
        let stack = self.registers.stack().wrapping_sub(WORD);
        self.memory.write(stack, &value.to_le_bytes())?;
        self.registers.set_stack(stack);
        Some(())
    }

    fn load(&mut self, address: u64) -> Option<u64> {
        let mut bytes = [0; 8];
        self.memory.read(address, &mut bytes)?;
        Some(u64::from_le_bytes(bytes))
    }

    /// Where a jump or call goes.
    fn target(&mut self) -> Option<u64> {
        match self.decoded.op0_kind() {
            OpKind::NearBranch64 => Some(self.decoded.near_branch_target()),
            OpKind::Register | OpKind::Memory if self.size(0)? == 8 => self.get(0),
            _ => None,
        }
    }

    fn widen(&mut self, from: Register, into: Register) -> Option<()> {
        let value = extended(self.registers.get(from)?, size_of(from));
        self.registers.put(into, value).then_some(())
    }

    /// Fills `into` with the sign of `from`.
    fn spread(&mut self, from: Register, into: Register) -> Option<()> {
        let value = extended(self.registers.get(from)?, size_of(from)).cast_signed() >> 63;
        self.registers.put(into, value.cast_unsigned()).then_some(())
    }

    pub(super) fn address(&self, operand: u32) -> Option<u64> {
        self.decoded.virtual_address(operand, 0, |register, _, _| self.registers.get(register))
    }

    /// Bytes of an operand: 8 at most.
    fn size(&self, operand: u32) -> Option<u32> {
        let size = match self.decoded.op_kind(operand) {
            OpKind::Register => size_of(self.decoded.op_register(operand)),
            #[expect(clippy::cast_possible_truncation, reason = "sizes are below a few hundred bytes")]
            OpKind::Memory => self.decoded.memory_size().size() as u32,
            _ => return None,
        };
        matches!(size, 1 | 2 | 4 | 8).then_some(size)
    }

    fn get(&mut self, operand: u32) -> Option<u64> {
        match self.decoded.op_kind(operand) {
            OpKind::Register => {
                let register = self.decoded.op_register(operand);
                if register.is_gpr() { self.registers.get(register) } else { None }
            }
            OpKind::Memory => {
                let (address, size) = (self.address(operand)?, self.size(operand)? as usize);
                let mut bytes = [0; 8];
                self.memory.read(address, &mut bytes[..size])?;
                Some(u64::from_le_bytes(bytes))
            }
            OpKind::Immediate8
            | OpKind::Immediate16
            | OpKind::Immediate32
            | OpKind::Immediate64
            | OpKind::Immediate8to16
            | OpKind::Immediate8to32
            | OpKind::Immediate8to64
            | OpKind::Immediate32to64 => Some(self.decoded.immediate(operand)),
            _ => None,
        }
    }

    fn put(&mut self, operand: u32, value: u64) -> Option<()> {
        match self.decoded.op_kind(operand) {
            OpKind::Register => {
                let register = self.decoded.op_register(operand);
                (register.is_gpr() && self.registers.put(register, value)).then_some(())
            }
            OpKind::Memory => {
                let (address, size) = (self.address(operand)?, self.size(operand)? as usize);
                self.memory.write(address, &value.to_le_bytes()[..size])
            }
            _ => None,
        }
    }

    /// Whether the instruction's condition holds.
    fn holds(&self) -> Option<bool> {
        let flags = self.registers.flags();
        let has = |flag| has(flags, flag);
        let less = has(Flag::Sign) != has(Flag::Overflow);
        Some(match self.decoded.condition_code() {
            ConditionCode::o => has(Flag::Overflow),
            ConditionCode::no => !has(Flag::Overflow),
            ConditionCode::b => has(Flag::Carry),
            ConditionCode::ae => !has(Flag::Carry),
            ConditionCode::e => has(Flag::Zero),
            ConditionCode::ne => !has(Flag::Zero),
            ConditionCode::be => has(Flag::Carry) || has(Flag::Zero),
            ConditionCode::a => !has(Flag::Carry) && !has(Flag::Zero),
            ConditionCode::s => has(Flag::Sign),
            ConditionCode::ns => !has(Flag::Sign),
            ConditionCode::p => has(Flag::Parity),
            ConditionCode::np => !has(Flag::Parity),
            ConditionCode::l => less,
            ConditionCode::ge => !less,
            ConditionCode::le => less || has(Flag::Zero),
            ConditionCode::g => !less && !has(Flag::Zero),
            ConditionCode::None => return None,
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "64 at most")]
fn size_of(register: Register) -> u32 {
    register.size() as u32
}

/// The `size` lowest bytes of `value`, with their sign.
fn extended(value: u64, size: u32) -> u64 {
    let unused = 64 - size * 8;
    ((value << unused).cast_signed() >> unused).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::sys::{ptrace, signal};
    use nix::unistd::Pid;
    use std::os::unix::process::CommandExt;

    /// A stopped process's memory and vector registers; what is written is kept apart.
    struct Apart {
        pid: Pid,
        written: Vec<(u64, Vec<u8>)>,
        vectors: Option<Vectors>,
    }

    impl Memory for Apart {
        fn read(&mut self, address: u64, into: &mut [u8]) -> Option<()> {
            crate::memory::read(self.pid, address, into).ok()
        }

        fn write(&mut self, address: u64, from: &[u8]) -> Option<()> {
            self.written.push((address, from.to_vec()));
            Some(())
        }

        fn vectors(&mut self) -> Option<&mut Vectors> {
            if self.vectors.is_none() {
                self.vectors = Vectors::of(self.pid).ok();
            }
            self.vectors.as_mut()
        }
    }

    fn all_of(vectors: &Vectors) -> Vec<[u8; 64]> {
        let first = if is_x86_feature_detected!("avx512f") {
            Register::ZMM0
        } else if is_x86_feature_detected!("avx") {
            Register::YMM0
        } else {
            Register::XMM0
        };
        let count = if first == Register::ZMM0 { 32 } else { 16 };
        (0..count)
            .map(|number| {
                let mut bytes = [0; 64];
                vectors.get(first + number, &mut bytes[..first.size()]).expect("a vector register");
                bytes
            })
            .collect()
    }

    /// Takes a stopped process on step by step; each step is foretold, and compared with what the
    /// processor makes of it. Returns how many were, and of which kinds.
    fn foretell(pid: Pid, steps: u32) -> (u32, Vec<Mnemonic>) {
        let (mut foretold, mut moves) = (0, Vec::new());
        for _ in 0..steps {
            let before = Registers::of(pid).expect("registers");
            let code = crate::memory::read_some(pid, before.code(), 15);
            let decoded = Decoder::with_ip(64, &code, 0, DecoderOptions::NONE).decode();
            let mut after = before;
            let mut memory = Apart { pid, written: Vec::new(), vectors: None };
            let done = interpret(&code, &mut after, &mut memory).is_some();
            // a repeated instruction is a step for each element
            let mut ended = false;
            loop {
                ptrace::step(pid, None).expect("a step");
                ended |= !matches!(waitpid(pid, None), Ok(WaitStatus::Stopped(_, signal::Signal::SIGTRAP)));
                if ended || !done || Registers::of(pid).expect("registers").code() != before.code() {
                    break;
                }
            }
            if ended {
                break;
            }
            if !done {
                assert!(memory.written.is_empty(), "{code:x?}");
                continue;
            }
            foretold += 1;
            let real = Registers::of(pid).expect("registers");
            // what arithmetic does not change is the processor's own, and some of it is undefined
            let defined = match decoded.mnemonic() {
                Mnemonic::Shl | Mnemonic::Shr | Mnemonic::Sar => 0xc5,
                Mnemonic::Imul => 0x801,
                Mnemonic::Rol | Mnemonic::Ror => 0xd5,
                Mnemonic::Div => 0,
                _ => 0x8d5,
            };
            let flags = |registers: &Registers| registers.flags() & defined;
            let all = |registers: &Registers| (registers.words()[..17].to_vec(), flags(registers));
            assert_eq!(all(&after), all(&real), "{code:x?}");
            for (address, bytes) in memory.written {
                assert_eq!(crate::memory::read_some(pid, address, bytes.len()), bytes, "{code:x?}");
            }
            if let Some(vectors) = memory.vectors {
                let real = Vectors::of(pid).expect("vector registers");
                assert_eq!(all_of(&vectors), all_of(&real), "{:?} {code:x?}", decoded.code());
                moves.push(decoded.mnemonic());
            }
        }
        let _ = ptrace::kill(pid);
        let _ = waitpid(pid, None);
        (foretold, moves)
    }

    /// A program is taken through its start.
    #[test]
    fn every_step_is_what_the_processor_makes_of_it() {
        const STEPS: u32 = 60_000;
        let mut command = std::process::Command::new(std::env::current_exe().expect("this program"));
        command.arg("--list").stdout(std::process::Stdio::null());
        // SAFETY: one call that is safe between `fork` and `exec`.
        unsafe { command.pre_exec(|| ptrace::traceme().map_err(Into::into)) };
        #[expect(clippy::zombie_processes, reason = "it is waited for by its number")]
        let child = command.spawn().expect("a process");
        let pid = Pid::from_raw(i32::try_from(child.id()).expect("a number"));
        assert!(matches!(waitpid(pid, None), Ok(WaitStatus::Stopped(..))));
        let (foretold, _) = foretell(pid, STEPS);
        assert!(foretold > STEPS / 2, "{foretold}");
    }

    /// Each kind of move, from and to memory that holds no two equal bytes; turns and divisions.
    #[target_feature(enable = "sse2")]
    fn older_moves(bytes: &mut Lines) {
        // SAFETY: stays within `bytes`, and its alignment is that of the widest move.
        unsafe {
            std::arch::asm!(
                "movups xmm0, [{b} + 1]", "movaps xmm1, [{b} + 16]", "movdqu xmm2, [{b} + 3]", "movdqa xmm3, xmm0",
                "movupd [{b} + 65], xmm1", "movapd [{b} + 80], xmm2", "movq xmm4, [{b} + 8]", "movq xmm5, xmm1",
                "movd xmm6, [{b} + 4]", "movq rax, xmm0", "movd ecx, xmm0", "movq xmm7, rax", "movd xmm8, ecx",
                "movss xmm9, [{b}]", "movsd xmm10, [{b}]", "movss [{b} + 100], xmm0", "movsd [{b} + 104], xmm1",
                "movlps xmm0, [{b} + 24]", "movhps xmm0, [{b} + 32]", "movlpd [{b} + 112], xmm3", "movhpd [{b} + 120], xmm3",
                "pxor xmm11, xmm0", "xorps xmm1, [{b} + 16]", "xorpd xmm2, xmm2", "punpcklqdq xmm3, xmm0",
                "movlhps xmm4, xmm1", "movss xmm0, xmm1", "movsd xmm1, xmm2",
                "mov rax, 0x123456789abcdef0", "rol rax, 17", "ror eax, 5", "ror rax, 1", "rol eax, 33",
                "xor edx, edx", "mov ecx, 977", "div rcx", "div ecx",
                b = in(reg) bytes, out("rax") _, out("rcx") _, out("rdx") _, out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
                out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _, out("xmm8") _, out("xmm9") _,
                out("xmm10") _, out("xmm11") _,
            );
        }
    }

    #[target_feature(enable = "avx")]
    fn newer_moves(bytes: &mut Lines) {
        // SAFETY: as above.
        unsafe {
            std::arch::asm!(
                "vmovups ymm0, [{b} + 1]", "vmovaps ymm1, [{b} + 32]", "vmovdqu ymm2, [{b} + 3]", "vmovdqa xmm3, xmm0",
                "movdqa xmm0, [{b}]", "vmovdqu [{b} + 65], ymm1", "vmovdqa [{b} + 96], ymm2", "vmovq xmm1, [{b}]",
                "vmovd xmm2, [{b}]", "vmovq rax, xmm0", "vxorps ymm4, ymm0, ymm2", "vpxor xmm5, xmm0, [{b} + 5]",
                "vxorpd xmm6, xmm6, xmm6", "vzeroupper", "vmovups xmm7, [{b} + 2]",
                b = in(reg) bytes, out("rax") _, out("xmm0") _, out("xmm1") _, out("xmm2") _, out("xmm3") _,
                out("xmm4") _, out("xmm5") _, out("xmm6") _, out("xmm7") _,
            );
        }
    }

    #[target_feature(enable = "avx512f,avx512vl,avx512bw")]
    fn newest_moves(bytes: &mut Lines) {
        // SAFETY: as above.
        unsafe {
            std::arch::asm!(
                "vmovdqu64 zmm0, [{b} + 1]", "vmovdqu64 ymm17, [{b} + 7]", "vmovdqa64 zmm18, [{b}]",
                "vmovdqu8 [{b} + 64], zmm0", "vmovdqu64 [{b} + 70], ymm17", "vmovdqu32 zmm1, zmm18", "vmovups xmm18, [{b}]",
                "vmovdqa32 ymm0, ymm1", "movups xmm1, [{b} + 9]", "vmovdqu16 [{b} + 3], xmm17", "vzeroupper",
                b = in(reg) bytes, out("xmm0") _, out("xmm1") _, out("xmm17") _, out("xmm18") _,
            );
        }
    }

    #[repr(align(64))]
    struct Lines(#[expect(dead_code, reason = "only the moves look at it")] [u8; 160]);

    #[test]
    fn vector_moves_are_what_the_processor_makes_of_them() {
        const KINDS: usize = 24;
        let newer = is_x86_feature_detected!("avx");
        let newest = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw");
        // SAFETY: the child makes system calls only, and computes.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let mut bytes = Lines(std::array::from_fn(|index| index as u8));
            let _ = ptrace::traceme();
            let _ = signal::raise(signal::Signal::SIGSTOP);
            // SAFETY: what the processor does not have was left out.
            unsafe {
                older_moves(&mut bytes);
                if newer {
                    newer_moves(&mut bytes);
                }
                if newest {
                    newest_moves(&mut bytes);
                }
                libc::_exit(0);
            }
        }
        let pid = Pid::from_raw(child);
        assert!(matches!(waitpid(pid, None), Ok(WaitStatus::Stopped(..))));
        let (_, moves) = foretell(pid, 5_000);
        let kinds: std::collections::HashSet<Mnemonic> = moves.into_iter().collect();
        assert!(kinds.len() >= KINDS, "{kinds:?}");
    }
}
