//! What an exchange is for. Its result is looked at where it takes a lock, say, and dropped where
//! it is a store that is to be seen at once: the code behind it tells.

use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Instruction as Decoded, InstructionInfoFactory, Mnemonic, OpAccess, OpKind,
    Register,
};

use super::{Instruction, Registers};

impl Instruction {
    /// Whether the program looks at what an exchange got: a store that is to be seen at once is
    /// an exchange, too, and its result is dropped. `read` gives the bytes at an address. Where it
    /// cannot be told, it looks.
    pub(crate) fn looks_at_result(&self, registers: &Registers, read: impl Fn(u64) -> Vec<u8>) -> bool {
        const MOST: u32 = 80;
        let result = self.decoded.op1_register().full_register();
        let mut factory = InstructionInfoFactory::new();
        // both ways of a branch are gone
        let mut ways = vec![(self.decoded.next_ip(), Some(registers.stack()))];
        for _ in 0..MOST {
            let Some((at, stack)) = ways.pop() else { return false };
            let next = Decoder::with_ip(64, &read(at), at, DecoderOptions::NONE).decode();
            if next.is_invalid() {
                return true;
            }
            let uses = factory.info(&next).used_registers();
            let of_result = || uses.iter().filter(|used| used.register().full_register() == result);
            let reads = |access| !matches!(access, OpAccess::None | OpAccess::NoMemAccess | OpAccess::Write);
            if of_result().any(|used| reads(used.access())) {
                return true;
            }
            if of_result().any(|used| used.access() == OpAccess::Write && used.register().size() >= 4) {
                continue;
            }
            let behind = stack.and_then(|stack| stack_behind(&next, stack, registers));
            match next.flow_control() {
                FlowControl::Next => ways.push((next.next_ip(), behind)),
                FlowControl::UnconditionalBranch => ways.push((next.near_branch_target(), behind)),
                FlowControl::ConditionalBranch => {
                    ways.extend([(next.next_ip(), behind), (next.near_branch_target(), behind)]);
                }
                FlowControl::Return if result != Register::RAX => {}
                // whoever called the function may look
                FlowControl::Return => {
                    let word = stack.map(&read).and_then(|bytes| bytes.get(..8)?.try_into().ok());
                    let Some(word) = word else { return true };
                    ways.push((u64::from_le_bytes(word), behind));
                }
                // these a function neither gets nor keeps
                FlowControl::Call | FlowControl::IndirectCall
                    if matches!(result, Register::RAX | Register::R10 | Register::R11) => {}
                // these it may get, and does not keep either
                FlowControl::Call if is_argument(result) => ways.push((next.near_branch_target(), None)),
                // by way of the linker's table
                FlowControl::IndirectCall | FlowControl::IndirectBranch
                    if is_argument(result) && next.is_ip_rel_memory_operand() =>
                {
                    let word = read(next.ip_rel_memory_address()).get(..8).and_then(|bytes| bytes.try_into().ok());
                    let Some(word) = word else { return true };
                    ways.push((u64::from_le_bytes(word), None));
                }
                FlowControl::Call
                | FlowControl::IndirectCall
                | FlowControl::IndirectBranch
                | FlowControl::Interrupt
                | FlowControl::XbeginXabortXend
                | FlowControl::Exception => return true,
            }
        }
        true
    }
}

/// Whether a function finds an argument there.
fn is_argument(register: Register) -> bool {
    matches!(register, Register::RDI | Register::RSI | Register::RDX | Register::RCX | Register::R8 | Register::R9)
}

/// Where the stack is after an instruction, as far as that is plain. The frame's register is as
/// it was in `registers`.
fn stack_behind(decoded: &Decoded, stack: u64, registers: &Registers) -> Option<u64> {
    let immediate = || match decoded.op1_kind() {
        OpKind::Register | OpKind::Memory => None,
        _ => Some(decoded.immediate(1)),
    };
    let onto_stack = decoded.op0_kind() == OpKind::Register && decoded.op0_register() == Register::RSP;
    match decoded.mnemonic() {
        Mnemonic::Leave => Some(registers.frame().wrapping_add(8)),
        Mnemonic::Add if onto_stack => Some(stack.wrapping_add(immediate()?)),
        Mnemonic::Sub if onto_stack => Some(stack.wrapping_sub(immediate()?)),
        Mnemonic::Cmp | Mnemonic::Test => Some(stack),
        _ if onto_stack => None,
        _ => Some(stack.wrapping_add(i64::from(decoded.stack_pointer_increment()).cast_unsigned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::Registers;

    #[test]
    fn an_exchange_whose_result_is_dropped_is_a_store() {
        let check = |behind: &[u8], expected: bool| {
            let mut registers = Registers::for_tests(0x1000, 0x5000);
            registers.set_stack(0x7000);
            let exchange = decode(&[0x87, 0x07], &registers, 0x5000).expect("an exchange");
            let read = |at: u64| match at {
                // the caller: mov [rsi], eax, or mov eax, ebx
                0x3000 => vec![0x89, 0x06],
                0x4000 => vec![0x89, 0xd8],
                0x7000 => 0x3000u64.to_le_bytes().to_vec(),
                0x7008 => 0x4000u64.to_le_bytes().to_vec(),
                _ => behind[usize::try_from(at - 0x1002).expect("behind it")..].to_vec(),
            };
            assert_eq!(exchange.looks_at_result(&registers, read), expected, "{behind:x?}");
        };
        // xchg [rdi], eax; then: test eax, eax; mov eax, ebx; mov ecx, ebx and xor eax, eax
        check(&[0x85, 0xc0], true);
        check(&[0x89, 0xd8], false);
        check(&[0x89, 0xd9, 0x31, 0xc0], false);
        // ret; jmp +1, nop, ret; pop rbx, ret; call
        check(&[0xc3], true);
        check(&[0xeb, 0x01, 0x90, 0xc3], true);
        check(&[0x5b, 0xc3], false);
        check(&[0xe8, 0, 0, 0, 0], false);
        // jnz: who knows
        check(&[0x75, 0x00], true);
    }

    #[test]
    fn a_function_that_is_called_may_look_at_an_argument() {
        // xchg [rdi], with edx and with ebx
        let check = |exchange: [u8; 2], called: &[u8], expected: bool| {
            let registers = Registers::for_tests(0x1000, 0x5000);
            let exchange = decode(&exchange, &registers, 0x5000).expect("an exchange");
            let read = |at: u64| match at {
                // call 0x2000; there: jmp [rip + 0xffa], by the table at 0x3000
                0x1002 => vec![0xe8, 0xf9, 0x0f, 0, 0],
                0x2000 => vec![0xff, 0x25, 0xfa, 0x0f, 0, 0],
                0x3000 => 0x4000u64.to_le_bytes().to_vec(),
                _ => called[usize::try_from(at - 0x4000).expect("within it")..].to_vec(),
            };
            assert_eq!(exchange.looks_at_result(&registers, read), expected, "{called:x?}");
        };
        // mov edx, 60; mov eax, edx; ret
        check([0x87, 0x17], &[0xba, 0x3c, 0, 0, 0], false);
        check([0x87, 0x17], &[0x89, 0xd0], true);
        check([0x87, 0x17], &[0xc3], false);
        // what a function leaves alone, its caller finds again
        check([0x87, 0x1f], &[0xc3], true);
    }
}
