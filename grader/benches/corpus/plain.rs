//! Runs a program of the corpus as anybody would, again and again.

use std::fs::File;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
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

/// Runs it once, in a temporary folder of its own.
pub fn run_plainly(program: &Program, built: &Built) -> Plain {
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
            None => std::thread::sleep(Duration::from_millis(2)),
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
