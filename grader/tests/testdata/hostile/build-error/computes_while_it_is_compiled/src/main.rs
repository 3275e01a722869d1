//! Constant evaluation without end.

#![allow(long_running_const_eval)]

const fn forever() -> u32 {
    let mut n: u32 = 0;
    loop {
        n = n.wrapping_add(1);
        if n == u32::MAX && n == 0 {
            return n;
        }
    }
}

const N: u32 = forever();

fn main() {
    println!("{N}");
}
