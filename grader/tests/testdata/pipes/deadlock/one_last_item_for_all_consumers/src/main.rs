//! Wrong: the parent puts one last item for all consumers. The first to take it ends, and the
//! others wait for ever.

use ipc_channel::ipc;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

fn process(job: impl FnOnce()) -> Pid {
    match unsafe { fork() }.unwrap() {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            job();
            std::process::exit(0)
        }
    }
}

fn main() {
    let args: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap_or(u64::MAX)).collect();
    let (producers, consumers, items) = match args.as_slice() {
        [p @ 1..=64, c @ 1..=64, n @ 0..=1_000_000] => (*p, *c, *n),
        _ => {
            eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
            std::process::exit(2);
        }
    };

    let (ask, asked) = ipc::channel::<Option<String>>().unwrap();
    let (tell, told) = ipc::channel::<String>().unwrap();
    let talker = process(|| {
        while let Some(line) = asked.recv().unwrap() {
            tell.send(line.to_uppercase()).unwrap();
        }
    });
    let mut n = 0;
    for line in std::io::stdin().lines() {
        ask.send(Some(line.unwrap())).unwrap();
        println!("pipe: {}", told.recv().unwrap());
        n += 1;
    }
    ask.send(None).unwrap();
    waitpid(talker, None).unwrap();
    println!("pipe: closed after {n} messages");

    let (put, take) = ipc::channel::<Option<u64>>().unwrap();
    let (report, reports) = ipc::channel::<(u64, u64)>().unwrap();
    let putters: Vec<Pid> = (0..producers)
        .map(|p| process(|| (0..items).for_each(|i| put.send(Some(p * items + i)).unwrap())))
        .collect();
    let takers: Vec<Pid> = (0..consumers)
        .map(|_| {
            process(|| {
                let (mut count, mut sum) = (0, 0);
                while let Some(item) = take.recv().unwrap() {
                    count += 1;
                    sum += item;
                }
                report.send((count, sum)).unwrap();
            })
        })
        .collect();
    for pid in putters {
        waitpid(pid, None).unwrap();
    }
    put.send(None).unwrap();
    let (mut count, mut sum) = (0, 0);
    for _ in 0..consumers {
        let (c, s) = reports.recv().unwrap();
        count += c;
        sum += s;
    }
    for pid in takers {
        waitpid(pid, None).unwrap();
    }
    println!("queue: {count} items, sum {sum}");
}
