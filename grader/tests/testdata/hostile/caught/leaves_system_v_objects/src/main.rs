//! Objects that outlive every process.

use nix::libc;

fn main() {
    // SAFETY: no pointers.
    unsafe {
        libc::shmget(0x31337, 31337, libc::IPC_CREAT | 0o666);
        libc::semget(0x31337, 13, libc::IPC_CREAT | 0o666);
        libc::msgget(0x31337, libc::IPC_CREAT | 0o666);
    }
}
