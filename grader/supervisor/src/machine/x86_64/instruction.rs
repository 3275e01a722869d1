//! Instructions that touch protected memory: what they do to it, and doing it in their place.
//!
//! The common ones are done on the registers (`interpret`). Every other
//! instruction is done by the processor, on a slot of private memory that stands for the shared
//! bytes: a copy of the instruction with its address operand changed runs there. So no uncommon
//! instruction's meaning is ours to get wrong.

use iced_x86::{
    Code, Decoder, DecoderOptions, Encoder, FlowControl, Instruction as Decoded, InstructionInfoFactory, MemorySize,
    Mnemonic, OpAccess, OpKind, Register,
};

use super::Registers;
use super::interpret::{Memory, interpret_decoded};
use super::scratch;

/// What an instruction does to the memory that it met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Reads it.
    Load,
    /// Writes it.
    Store,
    /// Reads and writes it as one.
    Update,
    /// The same, and the program drops what it reads: a store that is to be seen at once.
    Exchange,
    /// Reads it, then writes it: somebody may come between.
    Split,
    /// `movs`: copies from one place to another, here a few bytes at a time.
    Copy,
    /// `stos`: fills a place, here a few bytes at a time.
    Fill,
}

/// How an instruction is done in the program's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// On the registers, or on the slot.
    Apart,
    /// Where it stands, with the memory opened for it alone: it moves the stack or the flow of
    /// control, or touches more than one place.
    InPlace,
}

/// An instruction at a protected address.
#[derive(Clone, Debug)]
pub(crate) struct Instruction {
    pub(super) decoded: Decoded,
    /// How it is done.
    pub(crate) way: Way,
    /// The first byte that it touches.
    pub(crate) address: u64,
    /// How many bytes it touches.
    pub(crate) size: u32,
    /// What it does there.
    pub(crate) effect: Effect,
}

/// Why an instruction cannot be done in the program's place: its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) String);

/// The largest access that is followed, in bytes.
const LARGEST: u32 = 64;

/// Whether `code` starts with a reading of the time stamp counter, and how long that is.
pub(crate) fn is_timestamp_read(code: &[u8]) -> Option<u64> {
    let decoded = Decoder::with_ip(64, code, 0, DecoderOptions::NONE).decode();
    matches!(decoded.code(), Code::Rdtsc | Code::Rdtscp).then(|| decoded.len() as u64)
}

/// Whether the instruction at the start of `code` waits until all stores before it are in
/// memory, or may do so: what is unknown does.
pub(crate) fn is_fence(code: &[u8]) -> bool {
    let decoded = Decoder::with_ip(64, code, 0, DecoderOptions::NONE).decode();
    let exchange = decoded.mnemonic() == Mnemonic::Xchg
        && (0..decoded.op_count()).any(|operand| decoded.op_kind(operand) == OpKind::Memory);
    let flow = match decoded.flow_control() {
        FlowControl::Next
        | FlowControl::UnconditionalBranch
        | FlowControl::IndirectBranch
        | FlowControl::ConditionalBranch
        | FlowControl::Return
        | FlowControl::Call
        | FlowControl::IndirectCall => false,
        FlowControl::Interrupt | FlowControl::XbeginXabortXend | FlowControl::Exception => true,
    };
    decoded.is_invalid()
        || decoded.has_lock_prefix()
        || exchange
        || flow
        || decoded.is_privileged()
        || matches!(
            decoded.mnemonic(),
            Mnemonic::Mfence
                | Mnemonic::Cpuid
                | Mnemonic::Serialize
                | Mnemonic::Iret
                | Mnemonic::Iretd
                | Mnemonic::Iretq
                | Mnemonic::Syscall
                | Mnemonic::Sysenter
                | Mnemonic::Clflush
                | Mnemonic::Clflushopt
                | Mnemonic::Clwb
                | Mnemonic::Rdtscp
                // the flags show that a task goes on by single steps
                | Mnemonic::Pushf
                | Mnemonic::Pushfd
                | Mnemonic::Pushfq
                | Mnemonic::Popf
                | Mnemonic::Popfd
                | Mnemonic::Popfq
        )
}

/// Reads the instruction that faulted at `fault`.
pub(crate) fn decode(code: &[u8], registers: &Registers, fault: u64) -> Result<Instruction, Unreadable> {
    let decoded = Decoder::with_ip(64, code, registers.code(), DecoderOptions::NONE).decode();
    let name = || Unreadable(format!("instruction `{:?}` on shared memory", decoded.mnemonic()).to_lowercase());
    if decoded.is_invalid() {
        return Err(Unreadable("an unknown instruction on shared memory".into()));
    }
    let string = match decoded.mnemonic() {
        Mnemonic::Movsb | Mnemonic::Movsw | Mnemonic::Movsd | Mnemonic::Movsq if decoded.is_string_instruction() => {
            Some(Effect::Copy)
        }
        Mnemonic::Stosb | Mnemonic::Stosw | Mnemonic::Stosd | Mnemonic::Stosq => Some(Effect::Fill),
        _ => None,
    };
    if let Some(effect) = string {
        return Ok(Instruction { decoded, way: Way::Apart, address: fault, size: element(&decoded), effect });
    }
    let in_place = decoded.flow_control() != FlowControl::Next
        || decoded.is_stack_instruction()
        || decoded.is_string_instruction();
    let mut way = if in_place { Way::InPlace } else { Way::Apart };
    let mut factory = InstructionInfoFactory::new();
    let info = factory.info(&decoded);
    for used in info.used_memory() {
        #[expect(clippy::cast_possible_truncation, reason = "sizes are below a few hundred bytes")]
        let size = used.memory_size().size() as u32;
        let Some(address) = used.virtual_address(0, |register, _, _| registers.get(register)) else { continue };
        let unsized_or_large = size == 0 || size > LARGEST || used.memory_size() == MemorySize::Unknown;
        // the state of the processor is saved to more than one page, perhaps
        const MOST: u64 = 16 << 10;
        let reach = if unsized_or_large { MOST } else { u64::from(size) };
        if fault < address || fault >= address.saturating_add(reach) {
            continue;
        }
        let (address, size) = if unsized_or_large { (fault, 1) } else { (address, size) };
        if unsized_or_large {
            way = Way::InPlace;
        }
        let effect = match used.access() {
            OpAccess::Read | OpAccess::CondRead => Effect::Load,
            OpAccess::Write | OpAccess::CondWrite => Effect::Store,
            OpAccess::ReadWrite | OpAccess::ReadCondWrite if decoded.mnemonic() == Mnemonic::Xchg => Effect::Exchange,
            OpAccess::ReadWrite | OpAccess::ReadCondWrite if decoded.has_lock_prefix() => Effect::Update,
            OpAccess::ReadWrite | OpAccess::ReadCondWrite => Effect::Split,
            OpAccess::None | OpAccess::NoMemAccess => continue,
        };
        return Ok(Instruction { decoded, way, address, size, effect });
    }
    Err(name())
}

fn element(decoded: &Decoded) -> u32 {
    match decoded.mnemonic() {
        Mnemonic::Movsb | Mnemonic::Stosb => 1,
        Mnemonic::Movsw | Mnemonic::Stosw => 2,
        Mnemonic::Movsd | Mnemonic::Stosd => 4,
        _ => 8,
    }
}

/// The part of a string instruction that is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Where bytes come from, for a copy.
    pub(crate) from: u64,
    /// Where they go.
    pub(crate) to: u64,
    /// How many.
    pub(crate) len: u32,
    /// What a fill writes.
    pub(crate) fill: u64,
}

/// The copy of an instruction that runs on the slot.
#[derive(Clone, Debug)]
pub(crate) struct Stand {
    /// Where the shared bytes' stand-in is.
    pub(crate) slot: u64,
    /// Where the code goes.
    pub(crate) code: u64,
    /// The code, ended by a breakpoint.
    pub(crate) bytes: Vec<u8>,
    borrowed: Register,
}

/// The one place in memory that an instruction meets.
struct Place {
    address: u64,
    bytes: Vec<u8>,
}

impl Memory for Place {
    fn read(&mut self, address: u64, into: &mut [u8]) -> Option<()> {
        (address == self.address && into.len() == self.bytes.len()).then(|| into.copy_from_slice(&self.bytes))
    }

    fn write(&mut self, address: u64, from: &[u8]) -> Option<()> {
        (address == self.address && from.len() == self.bytes.len()).then(|| self.bytes.copy_from_slice(from))
    }
}

impl Instruction {
    /// Does the instruction on the registers, with `before` as what the memory that it met holds.
    /// Returns what it holds afterwards; `None` if the instruction is not among the common ones,
    /// or meets other memory as well.
    pub(crate) fn alone(&self, registers: &mut Registers, before: &[u8]) -> Option<Vec<u8>> {
        let mut place = Place { address: self.address, bytes: before.to_vec() };
        interpret_decoded(&self.decoded, registers, &mut place)?;
        Some(place.bytes)
    }

    /// Whether a copying instruction reads what lies at `fault`, rather than writing it.
    pub(crate) fn reads_from(&self, registers: &Registers, fault: u64) -> bool {
        let from = registers.get(Register::RSI).unwrap_or(0);
        (from..from.saturating_add(u64::from(self.size))).contains(&fault)
    }

    /// Prepares running a copy of the instruction on the slot: changes `registers` for it.
    pub(crate) fn stand(&self, registers: &mut Registers) -> Result<Stand, Unreadable> {
        let mut copy = self.decoded;
        let mut factory = InstructionInfoFactory::new();
        let info = factory.info(&self.decoded);
        // Registers that need no REX prefix, so that high byte registers stay encodable.
        let borrowed =
            [Register::RBX, Register::RSI, Register::RDI, Register::RDX, Register::RCX, Register::RAX, Register::RBP]
                .into_iter()
                .find(|candidate| {
                    info.used_registers().iter().all(|used| {
                        used.register().full_register() != *candidate || self.is_address_only(used.register())
                    })
                })
                .ok_or_else(|| {
                    Unreadable(format!("instruction `{:?}` on shared memory", self.decoded.mnemonic()).to_lowercase())
                })?;
        // the same place within a cache line, so that instructions that ask for alignment get it
        let slot = scratch::slot() + (self.address & 63);
        copy.set_segment_prefix(Register::None);
        copy.set_memory_base(borrowed);
        copy.set_memory_index(Register::None);
        copy.set_memory_index_scale(1);
        copy.set_memory_displacement64(0);
        copy.set_memory_displ_size(0);
        let mut encoder = Encoder::new(64);
        encoder
            .encode(&copy, scratch::code())
            .map_err(|error| Unreadable(format!("an instruction on shared memory ({error})")))?;
        let mut bytes = encoder.take_buffer();
        bytes.push(0xcc);
        registers.put(borrowed, slot);
        registers.set_code(scratch::code());
        Ok(Stand { slot, code: scratch::code(), bytes, borrowed })
    }

    /// Whether the instruction needs `register` for nothing but its address.
    fn is_address_only(&self, register: Register) -> bool {
        let decoded = &self.decoded;
        let full = register.full_register();
        let in_address =
            decoded.memory_base().full_register() == full || decoded.memory_index().full_register() == full;
        let explicit = (0..decoded.op_count()).any(|operand| {
            decoded.op_kind(operand) == OpKind::Register && decoded.op_register(operand).full_register() == full
        });
        // implicit operands of the instructions that have them: never lend those
        let implicit = matches!(full, Register::RAX | Register::RDX | Register::RCX | Register::RBX)
            && decoded.op_count() < 2
            || matches!(decoded.mnemonic(), Mnemonic::Cmpxchg | Mnemonic::Cmpxchg8b | Mnemonic::Cmpxchg16b);
        in_address && !explicit && !implicit
    }

    /// Puts the registers to where the program expects them after the copy has run.
    pub(crate) fn settle(&self, stand: &Stand, before: &Registers, registers: &mut Registers) {
        if let Some(value) = before.get(stand.borrowed) {
            registers.put(stand.borrowed, value);
        }
        registers.set_code(self.decoded.next_ip());
    }

    /// The part of a string instruction to do next: never over an 8-byte boundary of `at`, the
    /// address that is shared.
    pub(crate) fn chunk(&self, registers: &Registers) -> Chunk {
        let get = |register| registers.get(register).unwrap_or(0);
        let (from, to) = (get(Register::RSI), get(Register::RDI));
        let repeated = self.decoded.has_rep_prefix() || self.decoded.has_repne_prefix();
        let left = if repeated { get(Register::RCX) } else { 1 };
        let backwards = registers.backwards();
        let room = |address: u64| (8 - address % 8) / u64::from(self.size);
        let count = if backwards { 1 } else { left.min(room(to).min(room(from)).max(1)) };
        let value = get(Register::RAX);
        let fill = match self.size {
            1 => u64::from_le_bytes([value as u8; 8]),
            2 => (value & 0xffff) * 0x0001_0001_0001_0001,
            4 => (value & 0xffff_ffff) * 0x1_0000_0001,
            _ => value,
        };
        #[expect(clippy::cast_possible_truncation, reason = "at most 8")]
        Chunk { from, to, len: count as u32 * self.size, fill }
    }

    /// Moves the registers past a chunk.
    pub(crate) fn advance(&self, chunk: &Chunk, registers: &mut Registers) {
        let get = |registers: &Registers, register| registers.get(register).unwrap_or(0);
        let repeated = self.decoded.has_rep_prefix() || self.decoded.has_repne_prefix();
        let len = u64::from(chunk.len);
        let moved = |value: u64| if registers.backwards() { value.wrapping_sub(len) } else { value.wrapping_add(len) };
        let (from, to) = (moved(chunk.from), moved(chunk.to));
        registers.put(Register::RDI, to);
        if self.effect == Effect::Copy {
            registers.put(Register::RSI, from);
        }
        let left = if repeated {
            let left = get(registers, Register::RCX).wrapping_sub(u64::from(chunk.len / self.size));
            registers.put(Register::RCX, left);
            left
        } else {
            0
        };
        if left == 0 {
            registers.set_code(self.decoded.next_ip());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Registers, decode};

    /// What `code` does to the memory at `rdi` = 0x5000.
    fn check(code: &[u8], expected: Result<(u64, u32, Effect), &str>) {
        let registers = Registers::for_tests(0x1000, 0x5000);
        let found = decode(code, &registers, 0x5000);
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!((found.address, found.size, found.effect), expected),
            (Err(found), Err(expected)) => assert_eq!(found.0, expected),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn a_plain_move_from_memory_is_a_load() {
        check(&[0x48, 0x8b, 0x07], Ok((0x5000, 8, Effect::Load)));
    }

    #[test]
    fn a_plain_move_to_memory_is_a_store() {
        check(&[0x89, 0x07], Ok((0x5000, 4, Effect::Store)));
    }

    #[test]
    fn adding_to_memory_reads_and_then_writes() {
        // add qword [rdi], 1
        check(&[0x48, 0x83, 0x07, 0x01], Ok((0x5000, 8, Effect::Split)));
    }

    #[test]
    fn adding_to_memory_under_lock_is_one_step() {
        // lock add qword [rdi], 1
        check(&[0xf0, 0x48, 0x83, 0x07, 0x01], Ok((0x5000, 8, Effect::Update)));
    }

    #[test]
    fn an_exchange_is_one_step_without_saying_so() {
        // xchg [rdi], eax
        check(&[0x87, 0x07], Ok((0x5000, 4, Effect::Exchange)));
    }

    #[test]
    fn a_wide_move_is_one_load_of_its_size() {
        // vmovdqu ymm0, [rdi]
        check(&[0xc5, 0xfe, 0x6f, 0x07], Ok((0x5000, 32, Effect::Load)));
    }

    #[test]
    fn a_jump_through_memory_is_a_load_that_is_done_where_it_stands() {
        // jmp [rdi]
        check(&[0xff, 0x27], Ok((0x5000, 8, Effect::Load)));
        let registers = Registers::for_tests(0x1000, 0x5000);
        let jump = decode(&[0xff, 0x27], &registers, 0x5000).expect("a load");
        assert_eq!(jump.way, super::Way::InPlace);
    }

    #[test]
    fn the_stack_moves_as_the_processor_moves_it() {
        use iced_x86::Register::{RBP, RSP};
        let at = |code: &[u8]| {
            let mut registers = Registers::for_tests(0x1000, 0);
            registers.set_stack(0x5008);
            registers.put(RBP, 0x5000);
            (decode(code, &registers, 0x5000).expect("an access"), registers)
        };
        // push rbp
        let (push, mut registers) = at(&[0x55]);
        assert_eq!(push.alone(&mut registers, &[0; 8]), Some(0x5000u64.to_le_bytes().to_vec()));
        assert_eq!((registers.get(RSP), registers.code()), (Some(0x5000), 0x1001));
        // call +16
        let (call, mut registers) = at(&[0xe8, 0x10, 0, 0, 0]);
        assert_eq!(call.alone(&mut registers, &[0; 8]), Some(0x1005u64.to_le_bytes().to_vec()));
        assert_eq!((registers.get(RSP), registers.code()), (Some(0x5000), 0x1015));
        // leave
        let (leave, mut registers) = at(&[0xc9]);
        assert!(leave.alone(&mut registers, &7u64.to_le_bytes()).is_some());
        assert_eq!((registers.get(RSP), registers.get(RBP)), (Some(0x5008), Some(7)));
    }

    #[test]
    fn stores_are_in_memory_before_a_fence_and_whatever_may_be_one() {
        let check = |code: &[u8], expected: bool| assert_eq!(super::is_fence(code), expected, "{code:x?}");
        // mfence; lock or dword [rsp], 0; xchg [rdi], eax; syscall; cpuid; int3; an unknown one
        check(&[0x0f, 0xae, 0xf0], true);
        check(&[0xf0, 0x83, 0x0c, 0x24, 0x00], true);
        check(&[0x87, 0x07], true);
        check(&[0x0f, 0x05], true);
        check(&[0x0f, 0xa2], true);
        check(&[0xcc], true);
        check(&[0x06], true);
        check(&[], true);
        // sfence; lfence; xchg eax, ebx; mov [rdi], eax; call; ret
        check(&[0x0f, 0xae, 0xf8], false);
        check(&[0x0f, 0xae, 0xe8], false);
        check(&[0x87, 0xd8], false);
        check(&[0x89, 0x07], false);
        check(&[0xe8, 0, 0, 0, 0], false);
        check(&[0xc3], false);
    }

    #[test]
    fn bytes_that_are_no_instruction_are_said_to_be_unknown() {
        check(&[0x06], Err("an unknown instruction on shared memory"));
    }

    #[test]
    fn a_sign_extending_load_fills_the_register() {
        // movsx rax, byte [rdi]
        let mut registers = Registers::for_tests(0x1000, 0x5000);
        let found = decode(&[0x48, 0x0f, 0xbe, 0x07], &registers, 0x5000).expect("a load");
        assert!(found.alone(&mut registers, &[0x80]).is_some());
        assert_eq!(registers.get(iced_x86::Register::RAX), Some(0xffff_ffff_ffff_ff80));
        assert_eq!(registers.code(), 0x1004);
    }

    #[test]
    fn a_copy_that_runs_on_the_slot_lends_a_register_that_the_instruction_does_not_use() {
        // lock cmpxchg [rdi], rbx: rax and rbx are taken
        let mut registers = Registers::for_tests(0x1000, 0x5000);
        let found = decode(&[0xf0, 0x48, 0x0f, 0xb1, 0x1f], &registers, 0x5000).expect("an update");
        let stand = found.stand(&mut registers).expect("a copy");
        assert!(!matches!(stand.borrowed, iced_x86::Register::RAX | iced_x86::Register::RBX));
        assert_eq!(stand.bytes.last(), Some(&0xcc));
    }
}
