//! Right: children by `clone`, each on a stack of its own and with a copy of the memory; what the function returns is the exit code.
use nix::libc;
use nix::sched::{CloneFlags, clone};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::getpid;

fn read(arg: &str) -> Option<(String, Option<u8>)> {
    let (name, end) = match arg.split_once('=') {
        Some((name, "kill")) => (name, None),
        Some((name, code)) => (name, Some(code.parse().ok()?)),
        None => (arg, Some(0)),
    };
    if name.is_empty() || name.len() > 200 {
        return None;
    }
    Some((name.to_owned(), end))
}

fn main() {
    let jobs: Vec<_> = std::env::args().skip(1).map(|a| read(&a)).collect();
    if jobs.is_empty() || jobs.len() > 64 || jobs.contains(&None) {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        std::process::exit(2)
    }
    let jobs: Vec<_> = jobs.into_iter().flatten().collect();
    let mut stack = vec![0u8; 128 * 1024];
    let mut children = vec![];
    for (name, end) in &jobs {
        // One stack will do: each child has its own copy of it.
        let life = Box::new(|| {
            println!("hello from {name}");
            match end {
                Some(code) => isize::from(*code),
                None => {
                    kill(getpid(), Signal::SIGKILL).ok();
                    1
                }
            }
        });
        children.push(unsafe { clone(life, &mut stack, CloneFlags::empty(), Some(libc::SIGCHLD)) }.expect("clone"));
    }
    for (child, (name, _)) in children.iter().zip(&jobs) {
        match waitpid(*child, None) {
            Ok(WaitStatus::Exited(_, code)) => println!("{name}: exit {code}"),
            Ok(WaitStatus::Signaled(_, signal, _)) => println!("{name}: signal {}", signal as i32),
            other => panic!("{other:?}"),
        }
    }
    println!("joined {}", children.len());
}
