//! Runs a program of the corpus as anybody would, again and again.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::programs::{Built, Program};

/// A program that is not done after so long hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a plain run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    Right,
    Wrong,
    Hung,
}

/// After so many runs that hung, the others wait side by side.
const HANGS: usize = 3;
/// So many.
const ABREAST: usize = 12;

/// Runs it so many times, one after the other.
pub fn run_plainly(program: &Program, built: &Built, times: usize) -> Vec<Plain> {
    let mut runs = Vec::new();
    while runs.len() < times {
        if runs.iter().filter(|run| **run == Plain::Hung).count() < HANGS {
            runs.push(run_once(program, built));
            continue;
        }
        let some = ABREAST.min(times - runs.len());
        thread::scope(|scope| {
            let abreast: Vec<_> = (0..some).map(|_| scope.spawn(|| run_once(program, built))).collect();
            runs.extend(abreast.into_iter().map(|run| run.join().expect("a run comes to an end")));
        });
    }
    runs
}

/// Runs it once, in a temporary folder of its own.
fn run_once(program: &Program, built: &Built) -> Plain {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let printed = folder.path().join("printed");
    let file = File::create(&printed).expect("a file in it");
    let mut command = Command::new(&built.command[0]);
    command.args(&built.command[1..]).current_dir(folder.path()).process_group(0);
    command.stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
    let mut child = command.spawn().expect("what was built can be run");
    let group = Pid::from_child(&child);
    let started = Instant::now();
    let status = loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => break Some(status),
            None if started.elapsed() > PATIENCE => break None,
            None => thread::sleep(Duration::from_millis(2)),
        }
    };
    // whatever it left behind goes with it
    let _ = kill_process_group(group, Signal::KILL);
    let Some(status) = status else {
        let _ = child.wait();
        return Plain::Hung;
    };
    let mut text = Vec::new();
    File::open(&printed).and_then(|mut file| file.read_to_end(&mut text)).expect("what was printed can be read");
    if status.success() && text == program.prints.as_bytes() { Plain::Right } else { Plain::Wrong }
}
