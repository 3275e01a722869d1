//! Right: plain pipes by libc. An item is eight bytes, written at once, so that the kernel
//! never mixes two of them, and read at once, so that no consumer takes half of one.

use nix::libc;
use std::ffi::CString;
use std::io::BufRead;

fn make_pipe() -> (i32, i32) {
    let mut ends = [0; 2];
    if unsafe { libc::pipe(ends.as_mut_ptr()) } != 0 {
        panic!("no pipe: {}", std::io::Error::last_os_error());
    }
    (ends[0], ends[1])
}

fn close(fd: i32) {
    unsafe { libc::close(fd) };
}

fn write_all(fd: i32, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let n = unsafe { libc::write(fd, bytes.as_ptr() as *const libc::c_void, bytes.len()) };
        if n <= 0 {
            unsafe { libc::_exit(1) }
        }
        bytes = &bytes[n as usize..];
    }
}

/// false at the end
fn read_all(fd: i32, bytes: &mut [u8]) -> bool {
    let mut have = 0;
    while have < bytes.len() {
        let n = unsafe { libc::read(fd, bytes[have..].as_mut_ptr() as *mut libc::c_void, bytes.len() - have) };
        if n <= 0 {
            return false;
        }
        have += n as usize;
    }
    true
}

fn send(fd: i32, text: &str) {
    let mut message = (text.len() as u64).to_le_bytes().to_vec();
    message.extend_from_slice(text.as_bytes());
    write_all(fd, &message);
}

fn receive(fd: i32) -> Option<String> {
    let mut length = [0u8; 8];
    if !read_all(fd, &mut length) {
        return None;
    }
    let mut text = vec![0; u64::from_le_bytes(length) as usize];
    if !read_all(fd, &mut text) {
        return None;
    }
    String::from_utf8(text).ok()
}

fn usage() -> ! {
    let text = CString::new("usage: pipes PRODUCERS CONSUMERS ITEMS\n").unwrap();
    unsafe {
        libc::write(2, text.as_ptr() as *const libc::c_void, text.as_bytes().len());
        libc::_exit(2)
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args.len() != 4 {
        usage();
    }
    let number = |text: &String, low: u64, high: u64| match text.parse::<u64>() {
        Ok(n) if n >= low && n <= high => n,
        _ => usage(),
    };
    let producers = number(&args[1], 1, 64);
    let consumers = number(&args[2], 1, 64);
    let items = number(&args[3], 0, 1_000_000);

    // the pipe
    let (down_read, down_write) = make_pipe();
    let (up_read, up_write) = make_pipe();
    if unsafe { libc::fork() } == 0 {
        close(down_write);
        close(up_read);
        while let Some(line) = receive(down_read) {
            send(up_write, &line.to_uppercase());
        }
        unsafe { libc::_exit(0) }
    }
    close(down_read);
    close(up_write);
    let mut messages = 0;
    for line in std::io::stdin().lock().lines() {
        send(down_write, &line.unwrap());
        println!("pipe: {}", receive(up_read).unwrap());
        messages += 1;
    }
    close(down_write);
    unsafe { libc::wait(std::ptr::null_mut()) };
    println!("pipe: closed after {messages} messages");
    close(up_read);

    // the queue
    let (take, put) = make_pipe();
    let (report_read, report_write) = make_pipe();
    for p in 0..producers {
        if unsafe { libc::fork() } == 0 {
            close(take);
            for i in p * items..(p + 1) * items {
                write_all(put, &i.to_le_bytes());
            }
            unsafe { libc::_exit(0) }
        }
    }
    for _ in 0..consumers {
        if unsafe { libc::fork() } == 0 {
            close(put);
            let mut item = [0; 8];
            let (mut n, mut sum) = (0u64, 0u64);
            while read_all(take, &mut item) {
                n += 1;
                sum += u64::from_le_bytes(item);
            }
            let mut report = n.to_le_bytes().to_vec();
            report.extend(sum.to_le_bytes());
            write_all(report_write, &report);
            unsafe { libc::_exit(0) }
        }
    }
    close(put);
    close(take);
    close(report_write);
    let (mut n, mut sum) = (0u64, 0u64);
    let mut report = [0; 16];
    while read_all(report_read, &mut report) {
        n += u64::from_le_bytes(report[..8].try_into().unwrap());
        sum += u64::from_le_bytes(report[8..].try_into().unwrap());
    }
    while unsafe { libc::wait(std::ptr::null_mut()) } > 0 {}
    println!("queue: {n} items, sum {sum}");
}
