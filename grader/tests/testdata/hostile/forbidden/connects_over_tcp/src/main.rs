//! Talks to this machine.

use std::net::TcpStream;

fn main() {
    println!("{:?}", TcpStream::connect("127.0.0.1:9"));
}
