//! Wrong: both sides take whatever one `read` gives for a whole message. A pipe passes on what it
//! has, at most 64 KiB at once, so long lines come in parts.

use nix::libc::{self, c_void};
use std::io::BufRead;

const ROOM: usize = 1 << 20;

unsafe fn read(fd: i32, room: &mut Vec<u8>) -> bool {
    room.resize(ROOM, 0);
    let n = unsafe { libc::read(fd, room.as_mut_ptr() as *mut c_void, ROOM) };
    room.truncate(n.max(0) as usize);
    n > 0
}

unsafe fn write(fd: i32, bytes: &[u8]) {
    let mut done = 0;
    while done < bytes.len() {
        let n = unsafe { libc::write(fd, bytes[done..].as_ptr() as *const c_void, bytes.len() - done) };
        if n < 0 {
            return; // the other side has gone
        }
        done += n as usize;
    }
}

unsafe fn run(producers: u64, consumers: u64, items: u64) {
    unsafe {
        let mut to = [0; 2];
        let mut back = [0; 2];
        libc::pipe(to.as_mut_ptr());
        libc::pipe(back.as_mut_ptr());
        let mut room = Vec::new();
        if libc::fork() == 0 {
            libc::close(to[1]);
            libc::close(back[0]);
            while read(to[0], &mut room) {
                let answer = String::from_utf8_lossy(&room).to_uppercase();
                write(back[1], answer.as_bytes());
            }
            libc::_exit(0);
        }
        libc::close(to[0]);
        libc::close(back[1]);
        let mut messages = 0;
        for line in std::io::stdin().lock().lines() {
            // with its line feed, so that an empty line is a message too
            write(to[1], (line.unwrap() + "\n").as_bytes());
            read(back[0], &mut room);
            println!("pipe: {}", String::from_utf8_lossy(&room).trim_end_matches('\n'));
            messages += 1;
        }
        libc::close(to[1]);
        libc::close(back[0]);
        libc::wait(std::ptr::null_mut());
        println!("pipe: closed after {messages} messages");

        let mut queue = [0; 2];
        let mut report = [0; 2];
        libc::pipe(queue.as_mut_ptr());
        libc::pipe(report.as_mut_ptr());
        for p in 0..producers {
            if libc::fork() == 0 {
                for i in 0..items {
                    write(queue[1], &(p * items + i).to_ne_bytes());
                }
                libc::_exit(0);
            }
        }
        libc::close(queue[1]);
        for _ in 0..consumers {
            if libc::fork() == 0 {
                let mut totals = [0u64; 2];
                let mut item = 0u64;
                while libc::read(queue[0], &raw mut item as *mut c_void, 8) == 8 {
                    totals[0] += 1;
                    totals[1] += item;
                }
                libc::write(report[1], totals.as_ptr() as *const c_void, 16);
                libc::_exit(0);
            }
        }
        libc::close(queue[0]);
        libc::close(report[1]);
        let mut all = [0u64; 2];
        let mut totals = [0u64; 2];
        while libc::read(report[0], totals.as_mut_ptr() as *mut c_void, 16) == 16 {
            all[0] += totals[0];
            all[1] += totals[1];
        }
        while libc::wait(std::ptr::null_mut()) > 0 {}
        println!("queue: {} items, sum {}", all[0], all[1]);
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    match args[..] {
        [p, c, n] if p > 0 && p <= 64 && c > 0 && c <= 64 && n <= 1_000_000 => unsafe { run(p, c, n) },
        _ => {
            eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
            std::process::exit(2)
        }
    }
}
