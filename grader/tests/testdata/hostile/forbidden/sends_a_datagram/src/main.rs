//! Talks to this machine without a connection.

use std::net::UdpSocket;

fn main() {
    println!("{:?}", UdpSocket::bind("127.0.0.1:0"));
}
