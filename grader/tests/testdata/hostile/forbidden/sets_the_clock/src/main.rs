//! Another time for everybody.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::clock_settime(libc::CLOCK_REALTIME, &libc::timespec { tv_sec: 0, tv_nsec: 0 }) };
    println!("{result}");
}
