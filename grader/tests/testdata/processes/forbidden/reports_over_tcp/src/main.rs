//! Wrong: the children report to the parent over TCP; a submission has no business on the network, not even on this machine's own.
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::exit;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

static COUNTER: AtomicU64 = AtomicU64::new(0);

fn count(n: u64) {
    for _ in 0..n {
        COUNTER.fetch_add(1, SeqCst);
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    if args.len() != 2 || args[0] == 0 || args[0] > 64 || args[1] > 1_000_000 {
        eprintln!("usage: processes WORKERS INCREMENTS");
        exit(2);
    }
    let (w, n) = (args[0], args[1]);
    let threads: Vec<_> = (0..w).map(|_| std::thread::spawn(move || count(n))).collect();
    for t in threads {
        t.join().unwrap();
    }
    println!("threads: counter {}", COUNTER.swap(0, SeqCst));

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut children = vec![];
    for k in 0..w {
        match unsafe { fork() }.unwrap() {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                count(n);
                println!("child {k}: counter {}", COUNTER.load(SeqCst));
                let mut stream = TcpStream::connect(address).unwrap();
                stream.write_all(&COUNTER.load(SeqCst).to_be_bytes()).unwrap();
                exit(0)
            }
        }
    }
    let mut sum = 0;
    for child in children {
        let mut bytes = [0; 8];
        listener.accept().unwrap().0.read_exact(&mut bytes).unwrap();
        sum += u64::from_be_bytes(bytes);
        waitpid(child, None).unwrap();
    }
    eprintln!("together they counted to {sum}");
    println!("parent: counter {}", COUNTER.load(SeqCst));
}
