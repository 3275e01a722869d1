//! Wrong: it needs no lock, because each child is waited for before the next one starts.

use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use shared_memory::ShmemConf;

struct Account {
    balance: i64,
    operations: i64,
    inconsistent: i64,
}

fn in_process(job: impl FnOnce()) {
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => {
            waitpid(child, None).expect("waitpid");
        }
        ForkResult::Child => {
            job();
            std::process::exit(0);
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let get = |i: usize| args.get(i).and_then(|s| s.parse::<u32>().ok());
    let (workers, deposits) = match (get(1), get(2), args.len()) {
        (Some(w @ 1..=64), Some(d @ 0..=1_000_000), 3) => (w, d),
        _ => {
            eprintln!("usage: locks WORKERS DEPOSITS");
            std::process::exit(2);
        }
    };
    let memory = ShmemConf::new().size(size_of::<Account>()).create().unwrap();
    let account = memory.as_ptr() as *mut Account;
    for _ in 0..workers {
        in_process(|| {
            for _ in 0..deposits {
                unsafe {
                    (*account).balance += 10;
                    (*account).operations += 1;
                }
            }
        });
    }
    in_process(|| {
        for _ in 0..deposits {
            unsafe {
                if (*account).balance != 10 * (*account).operations {
                    (*account).inconsistent += 1;
                }
            }
        }
    });
    unsafe {
        println!("balance: {}", (*account).balance);
        println!("operations: {}", (*account).operations);
        println!("inconsistent audits: {}", (*account).inconsistent);
    }
}
