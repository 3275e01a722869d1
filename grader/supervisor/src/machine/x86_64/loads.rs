//! What a function looks at first.

use iced_x86::{Decoder, DecoderOptions, FlowControl, InstructionInfoFactory, OpAccess, Register};

/// Where the loads stand with which a function begins, in front of its first branch and its first
/// locked instruction. Not those from the stack, from the thread's own data and from its library's.
pub(crate) fn first_loads(code: &[u8], at: u64) -> Vec<u64> {
    let mut factory = InstructionInfoFactory::new();
    let mut loads = Vec::new();
    for next in &mut Decoder::with_ip(64, code, at, DecoderOptions::NONE) {
        let goes_on = matches!(next.flow_control(), FlowControl::Next | FlowControl::Call | FlowControl::IndirectCall);
        if next.is_invalid() || !goes_on || next.has_lock_prefix() {
            break;
        }
        let is_elsewhere = |base| matches!(base, Register::RSP | Register::RBP | Register::RIP | Register::None);
        let memory = factory.info(&next).used_memory().iter();
        let mut others = memory.filter(|used| !is_elsewhere(used.base()) && used.segment() != Register::FS);
        match others.next().map(|used| used.access()) {
            None => {}
            Some(OpAccess::Read) => loads.push(next.ip()),
            Some(_) => break,
        }
    }
    loads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_up_to_the_first_branch_count() {
        // mov esi, [rdi+8]; mov rax, [rdi]; test eax, eax; je +2; mov rdx, [rdi]
        let code = [0x8b, 0x77, 8, 0x48, 0x8b, 7, 0x85, 0xc0, 0x74, 2, 0x48, 0x8b, 0x17];
        assert_eq!(first_loads(&code, 0x1000), [0x1000, 0x1003]);
    }

    #[test]
    fn what_a_function_writes_first_ends_them() {
        // push rbx; mov rax, fs:[0]; lock xadd [rdi], rax; mov rax, [rdi]
        let code = [0x53, 0x64, 0x48, 0x8b, 4, 0x25, 0, 0, 0, 0, 0xf0, 0x48, 0x0f, 0xc1, 7, 0x48, 0x8b, 7];
        assert!(first_loads(&code, 0).is_empty());
        // mov rax, [rdi]; mov [rdi+8], eax; mov rcx, [rdi]
        let code = [0x48, 0x8b, 7, 0x89, 0x47, 8, 0x48, 0x8b, 0x0f];
        assert_eq!(first_loads(&code, 0), [0]);
    }
}
