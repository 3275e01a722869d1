//! Right: nothing but `libc`: fork, write, kill, _exit, waitpid and its macros; one write for each line.
use nix::libc;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

fn put(pieces: &[&[u8]]) {
    let line = pieces.concat();
    let mut done = 0;
    while done < line.len() {
        let n = unsafe { libc::write(1, line[done..].as_ptr().cast(), line.len() - done) };
        if n < 0 {
            unsafe { libc::_exit(1) }
        }
        done += n as usize;
    }
}

fn main() {
    let mut names: Vec<Vec<u8>> = vec![];
    let mut ends: Vec<i32> = vec![]; // -1 stands for kill
    for arg in std::env::args_os().skip(1) {
        let bytes = OsString::into_vec(arg);
        let cut = bytes.iter().position(|b| *b == b'=').unwrap_or(bytes.len());
        let end = match bytes.get(cut + 1..) {
            None => 0,
            Some(b"kill") => -1,
            Some(code) => match std::str::from_utf8(code).ok().and_then(|c| c.parse::<u8>().ok()) {
                Some(code) => code as i32,
                None => -2,
            },
        };
        if cut == 0 || cut > 200 || end == -2 {
            names.clear();
            break;
        }
        names.push(bytes[..cut].to_vec());
        ends.push(end);
    }
    if names.len() < 1 || names.len() > 64 {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        std::process::exit(2);
    }
    unsafe {
        let mut pids = [0 as libc::pid_t; 64];
        for i in 0..names.len() {
            let pid = libc::fork();
            if pid == 0 {
                put(&[b"hello from ", &names[i], b"\n"]);
                if ends[i] < 0 {
                    libc::kill(libc::getpid(), libc::SIGKILL);
                }
                libc::_exit(ends[i]);
            }
            if pid < 0 {
                libc::perror(c"fork".as_ptr());
            }
            pids[i] = pid;
        }
        let mut joined = 0;
        for i in 0..names.len() {
            let mut status = 0;
            if pids[i] < 0 || libc::waitpid(pids[i], &mut status, 0) != pids[i] {
                continue;
            }
            joined += 1;
            if libc::WIFEXITED(status) {
                put(&[&names[i], b": exit ", libc::WEXITSTATUS(status).to_string().as_bytes(), b"\n"]);
            } else if libc::WIFSIGNALED(status) {
                put(&[&names[i], b": signal ", libc::WTERMSIG(status).to_string().as_bytes(), b"\n"]);
            }
        }
        put(&[format!("joined {joined}\n").as_bytes()]);
        libc::_exit((joined != names.len()) as i32)
    }
}
