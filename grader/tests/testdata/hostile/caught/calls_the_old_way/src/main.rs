//! The system calls of 32 bits.

fn main() {
    let result: i32;
    // SAFETY: socketcall with no arguments in memory of ours; the kernel looks at them.
    unsafe { std::arch::asm!("push rbx", "mov ebx, 1", "int 0x80", "pop rbx", inout("eax") 102 => result, in("ecx") 0) };
    println!("{result}");
}
