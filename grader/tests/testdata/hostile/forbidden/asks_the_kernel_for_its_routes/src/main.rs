//! A netlink socket.

use nix::libc;

fn main() {
    // SAFETY: the kernel looks at the arguments.
    let result = unsafe { libc::socket(libc::AF_NETLINK, libc::SOCK_RAW, 0) };
    println!("{result}");
}
