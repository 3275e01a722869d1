//! The assembler takes in a file.

std::arch::global_asm!(".globl secret\nsecret:\n.incbin \"@SECRET@\"\n.byte 0");

unsafe extern "C" {
    static secret: u8;
}

fn main() {
    // SAFETY: bytes up to a zero.
    let text = unsafe { std::ffi::CStr::from_ptr((&raw const secret).cast()) };
    println!("{}", text.to_string_lossy());
}
