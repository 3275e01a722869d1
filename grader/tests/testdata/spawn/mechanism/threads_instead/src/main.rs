//! Wrong: a thread for each name, and what it returns is taken for an exit code; there is no other process.
use std::process::exit;
use std::thread;

/// Each name, and its exit code, or none to be killed.
fn jobs() -> Vec<(String, Option<u8>)> {
    let read = |arg: String| {
        let (name, end) = arg.split_once('=').unwrap_or((&arg, "0"));
        let end = if end == "kill" { None } else { Some(end.parse().ok()?) };
        (1..=200).contains(&name.len()).then(|| (name.to_owned(), end))
    };
    let jobs: Option<Vec<_>> = std::env::args().skip(1).map(read).collect();
    jobs.filter(|jobs| !jobs.is_empty() && jobs.len() <= 64).unwrap_or_else(|| {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        exit(2)
    })
}

fn main() {
    let jobs = jobs();
    let threads: Vec<_> = jobs
        .into_iter()
        .map(|(name, end)| {
            thread::spawn(move || {
                println!("hello from {name}");
                (name, end)
            })
        })
        .collect();
    let joined = threads.len();
    for thread in threads {
        match thread.join().unwrap() {
            (name, Some(code)) => println!("{name}: exit {code}"),
            (name, None) => println!("{name}: signal 9"),
        }
    }
    println!("joined {joined}");
}
