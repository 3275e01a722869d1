//! Descriptors until there are no more.

use nix::libc;

fn main() {
    // SAFETY: duplicates a descriptor.
    while unsafe { libc::dup(1) } >= 0 {}
}
