//! Right: std alone. The program executes itself again with a role as its first argument; the
//! queue is one pipe that is standard output to every producer and standard input to every
//! consumer. Lines of fixed length keep items whole.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio, exit};

/// Digits of an item, with its line feed: each read and write is exactly that long.
const WIDTH: usize = 12;

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("--shout") => return shout(),
        Some("--produce") => return produce(args[1].parse().unwrap(), args[2].parse().unwrap()),
        Some("--consume") => return consume(),
        _ => {}
    }
    let numbers: Vec<u64> = args.iter().filter_map(|a| a.parse().ok()).collect();
    let ok = args.len() == 3
        && numbers.len() == 3
        && numbers[..2].iter().all(|n| (1..=64).contains(n))
        && numbers[2] <= 1_000_000;
    if !ok {
        eprintln!("usage: pipes PRODUCERS CONSUMERS ITEMS");
        exit(2);
    }
    talk()?;
    queue(numbers[0], numbers[1], numbers[2])
}

fn myself(role: &[String]) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args(role);
    Ok(command)
}

fn talk() -> io::Result<()> {
    let mut child = myself(&["--shout".into()])?.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut to = child.stdin.take().unwrap();
    let mut from = BufReader::new(child.stdout.take().unwrap());
    let mut count = 0;
    let mut answer = String::new();
    for line in io::stdin().lock().lines() {
        let mut line = line?;
        line.push('\n');
        to.write_all(line.as_bytes())?;
        answer.clear();
        from.read_line(&mut answer)?;
        println!("pipe: {}", answer.trim_end_matches('\n'));
        count += 1;
    }
    drop(to);
    child.wait()?;
    println!("pipe: closed after {count} messages");
    Ok(())
}

fn shout() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        out.write_all((line?.to_uppercase() + "\n").as_bytes())?;
        out.flush()?;
    }
    Ok(())
}

fn queue(producers: u64, consumers: u64, items: u64) -> io::Result<()> {
    let (take, put) = io::pipe()?;
    let mut started: Vec<Child> = Vec::new();
    for p in 0..producers {
        let role = ["--produce".into(), (p * items).to_string(), items.to_string()];
        started.push(myself(&role)?.stdin(Stdio::null()).stdout(put.try_clone()?).spawn()?);
    }
    drop(put);
    let mut reports = Vec::new();
    for _ in 0..consumers {
        let mut child =
            myself(&["--consume".into()])?.stdin(take.try_clone()?).stdout(Stdio::piped()).spawn()?;
        reports.push(child.stdout.take().unwrap());
        started.push(child);
    }
    drop(take);
    let (mut n, mut sum) = (0, 0);
    for mut report in reports {
        let mut text = String::new();
        report.read_to_string(&mut text)?;
        let mut parts = text.split_whitespace().map(|part| part.parse::<u64>().unwrap());
        n += parts.next().unwrap();
        sum += parts.next().unwrap();
    }
    for mut child in started {
        child.wait()?;
    }
    println!("queue: {n} items, sum {sum}");
    Ok(())
}

fn produce(first: u64, items: u64) -> io::Result<()> {
    let (_, mut out) = raw()?;
    for item in first..first + items {
        out.write_all(format!("{item:>0$}\n", WIDTH - 1).as_bytes())?;
    }
    Ok(())
}

fn consume() -> io::Result<()> {
    let (mut input, mut out) = raw()?;
    let (mut n, mut sum) = (0u64, 0u64);
    let mut item = [0; WIDTH];
    while input.read_exact(&mut item).is_ok() {
        n += 1;
        sum += std::str::from_utf8(&item).unwrap().trim().parse::<u64>().unwrap();
    }
    out.write_all(format!("{n} {sum}\n").as_bytes())
}

/// Standard input and output without a buffer: a buffer would take more than one item at once,
/// which is not wrong, or write one in two parts, which is.
fn raw() -> io::Result<(std::fs::File, std::fs::File)> {
    use std::os::fd::AsFd;
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    let output = io::stdout().as_fd().try_clone_to_owned()?;
    Ok((input.into(), output.into()))
}
