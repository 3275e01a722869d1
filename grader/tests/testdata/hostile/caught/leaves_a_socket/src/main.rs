//! A socket with an abstract name, held by a daemon.

use nix::libc;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

fn main() {
    let address = SocketAddr::from_abstract_name("escaped").unwrap();
    let _listener = UnixListener::bind_addr(&address);
    // SAFETY: one thread.
    if unsafe { libc::fork() } == 0 {
        std::thread::sleep(std::time::Duration::from_secs(1000));
    }
}
