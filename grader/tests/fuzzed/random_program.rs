//! Makes system calls and runs instructions at random: `spawn calls|code SEED COUNT`.

use nix::libc;

/// Small and known: the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

const LEN: usize = 1 << 16;

fn map(protection: i32, flags: i32) -> *mut u8 {
    // SAFETY: new memory.
    let at = unsafe { libc::mmap(std::ptr::null_mut(), LEN, protection, flags | libc::MAP_ANONYMOUS, -1, 0) };
    at.cast()
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, what, seed, count] = &args[..] else { std::process::exit(2) };
    let mut random = Random(seed.parse::<u64>().unwrap_or(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let count: u64 = count.parse().unwrap_or(10);
    let shared = map(3, libc::MAP_SHARED);
    let private = map(7, libc::MAP_PRIVATE);
    for _ in 0..4 {
        // SAFETY: one thread.
        if unsafe { libc::fork() } == 0 {
            match what.as_str() {
                "calls" => calls(&mut random, count, shared, private),
                _ => code(&mut random, count, shared, private),
            }
            // SAFETY: ends the child.
            unsafe { libc::_exit(0) };
        }
        random.next();
    }
    // SAFETY: no status is wanted.
    while unsafe { libc::wait(std::ptr::null_mut()) } > 0 {}
    println!("done");
}

fn argument(random: &mut Random, shared: *mut u8, private: *mut u8) -> u64 {
    match random.below(12) {
        0 => 0,
        1..=4 => random.below(8),
        5 => random.below(4096),
        6 => u64::MAX - random.below(3),
        7 | 8 => shared as u64 + random.below(LEN as u64),
        9 | 10 => private as u64 + random.below(LEN as u64),
        _ => random.next(),
    }
}

fn calls(random: &mut Random, count: u64, shared: *mut u8, private: *mut u8) {
    const WORDS: u64 = 64;
    for _ in 0..count {
        // memory that calls read is random too
        for _ in 0..8 {
            let (word, value) = (random.below(WORDS) as usize, argument(random, shared, private));
            // SAFETY: within the mapping.
            unsafe { private.cast::<u64>().add(word).write_volatile(value) };
        }
        let call = random.below(470) as i64;
        let mut next = || argument(random, shared, private);
        let (a, b, c, d, e, f) = (next(), next(), next(), next(), next(), next());
        // SAFETY: whatever it does is done to this program.
        unsafe { libc::syscall(call, a, b, c, d, e, f) };
    }
}

fn code(random: &mut Random, count: u64, shared: *mut u8, private: *mut u8) {
    for _ in 0..count {
        // SAFETY: one thread.
        let child = unsafe { libc::fork() };
        let bytes: [u64; 2] = [random.next(), random.next()];
        let at = shared as u64 + random.below(LEN as u64 - 64);
        if child == 0 {
            // SAFETY: whatever it does is done to this child.
            unsafe {
                private.cast::<[u64; 2]>().write_volatile(bytes);
                private.add(16).write_volatile(0xc3);
                std::arch::asm!(
                    "call {code}",
                    code = in(reg) private,
                    inout("rax") at => _, inout("rcx") 3u64 => _, inout("rdx") at => _, inout("rsi") at => _,
                    inout("rdi") at => _, clobber_abi("C"),
                );
                libc::_exit(0);
            }
        }
        // SAFETY: no status is wanted.
        unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    }
}
