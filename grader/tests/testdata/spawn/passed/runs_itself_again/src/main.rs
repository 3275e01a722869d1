//! Right: each child is this program executed again, told by its environment what to do; `std::process` starts and waits.
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitCode, exit};
use std::{env, process};

const ROLE: &str = "SPAWN_CHILD";

fn child(name: &str, end: &str) -> ! {
    println!("hello from {name}");
    if end == "kill" {
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(process::id() as i32), nix::sys::signal::SIGKILL);
    }
    exit(end.parse().unwrap_or(1))
}

fn valid(arg: &str) -> Option<(&str, &str)> {
    let (name, end) = arg.split_once('=').unwrap_or((arg, "0"));
    let known = end == "kill" || end.parse::<u8>().is_ok();
    (known && !name.is_empty() && name.len() <= 200).then_some((name, end))
}

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    if env::var_os(ROLE).is_some() {
        child(&args[0], &args[1]);
    }
    let plans: Option<Vec<_>> = args.iter().map(|a| valid(a)).collect();
    let Some(plans) = plans.filter(|p| (1..=64).contains(&p.len())) else {
        eprintln!("usage: spawn NAME[=CODE|=kill]...");
        return ExitCode::from(2);
    };

    let me = env::current_exe().expect("this program's own path");
    let mut children: Vec<Child> = Vec::new();
    for (name, end) in &plans {
        children.push(Command::new(&me).args([name, end]).env(ROLE, "1").spawn().expect("a child"));
    }
    let joined = children.len();
    for ((name, _), mut child) in plans.into_iter().zip(children) {
        let status = child.wait().expect("its end");
        match (status.code(), status.signal()) {
            (Some(code), _) => println!("{name}: exit {code}"),
            (None, Some(signal)) => println!("{name}: signal {signal}"),
            (None, None) => unreachable!(),
        }
    }
    println!("joined {joined}");
    ExitCode::SUCCESS
}
