//! Reads what such a program prints, and ends what takes too much.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout};

use crate::{Limits, interrupt};

use super::init::{FAILED, FIRST, INSIDE};
use super::{UnfollowedEnd, message};

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(10);

pub(super) struct Watched {
    /// `None` where it could not be started so.
    pub(super) end: Option<UnfollowedEnd>,
    pub(super) output: Vec<u8>,
    /// The first process of its namespaces.
    pub(super) first: Option<i32>,
}

/// Watches until the program has ended, or is to be ended.
pub(super) fn watch(output: OwnedFd, status: &OwnedFd, limits: &Limits, patience: Duration) -> Watched {
    let started = Instant::now();
    let mut watched = Watched { end: None, output: Vec::new(), first: None };
    let mut output = File::from(output);
    // SAFETY: sets flags of a descriptor of ours.
    unsafe { libc::fcntl(output.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) };
    let mut looked = Instant::now();
    // before, what is seen through the first process are the processes of this machine
    let mut inside = false;
    loop {
        let mut ready =
            [PollFd::new(status.as_fd(), PollFlags::POLLIN), PollFd::new(output.as_fd(), PollFlags::POLLIN)];
        let _ = nix::poll::poll(&mut ready, PollTimeout::from(10u8));
        let told = ready[0].any().unwrap_or(false);
        take(&mut output, &mut watched.output, limits);
        if watched.output.len() as u64 > limits.output {
            watched.end = Some(UnfollowedEnd::TooMuch);
            return watched;
        }
        if told {
            match message(status) {
                Some(FIRST) => watched.first = message(status),
                Some(INSIDE) => inside = true,
                Some(failed) if failed & FAILED != 0 => return watched,
                Some(status) => {
                    take(&mut output, &mut watched.output, limits);
                    watched.end = Some(if libc::WIFSIGNALED(status) {
                        UnfollowedEnd::Signal(libc::WTERMSIG(status))
                    } else {
                        UnfollowedEnd::Exit(libc::WEXITSTATUS(status))
                    });
                    return watched;
                }
                None => return watched,
            }
        }
        if interrupt::requested() {
            return watched;
        }
        if started.elapsed() > patience {
            watched.end = Some(UnfollowedEnd::OutOfTime);
            return watched;
        }
        if looked.elapsed() > LOOK {
            looked = Instant::now();
            if watched.first.is_some_and(|first| inside && takes_too_much(first, limits)) {
                watched.end = Some(UnfollowedEnd::TooMuch);
                return watched;
            }
        }
    }
}

fn take(from: &mut File, into: &mut Vec<u8>, limits: &Limits) {
    let room = (limits.output + 1).saturating_sub(into.len() as u64);
    // at its end, or with nothing there yet, this reads nothing
    let _ = from.take(room).read_to_end(into);
}

/// All processes of the namespace, looked at through its own `/proc`. Those that are still
/// copies of the grader are not the program's, and as large as the grader is.
fn takes_too_much(first: i32, limits: &Limits) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{first}/root/proc")) else { return false };
    let (page, own) = (procfs::page_size(), program_of(Path::new("/proc/self")));
    let (mut processes, mut memory) = (0u32, 0u64);
    for entry in entries.flatten() {
        let is_process = entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit);
        if !is_process || own.is_some() && program_of(&entry.path()) == own {
            continue;
        }
        processes += 1;
        let numbers = fs::read_to_string(entry.path().join("statm")).unwrap_or_default();
        let mut numbers = numbers.split_whitespace().skip(1).filter_map(|number| number.parse::<u64>().ok());
        let (resident, shared) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        memory += resident.saturating_sub(shared) * page;
    }
    processes > limits.tasks || memory > limits.memory
}

/// The file that a process executes.
fn program_of(process: &Path) -> Option<(u64, u64)> {
    fs::metadata(process.join("exe")).ok().map(|data| (data.dev(), data.ino()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// With `messages` told, and later the exit code 7; all processes of this machine count as
    /// one too many.
    fn watched(messages: &[i32]) -> Option<UnfollowedEnd> {
        let (status, telling) = nix::unistd::pipe().expect("a pipe");
        let (output, _writing) = nix::unistd::pipe().expect("a pipe");
        let limits = Limits { tasks: 0, memory: u64::MAX, ..Limits::default() };
        let mut telling = File::from(telling);
        let teller = std::thread::spawn({
            let messages = messages.to_vec();
            move || {
                for message in messages {
                    telling.write_all(&message.to_le_bytes()).expect("it is read");
                }
                std::thread::sleep(10 * LOOK);
                // nobody reads any more where it was ended
                let _ = telling.write_all(&(7_i32 << 8).to_le_bytes());
            }
        });
        let watched = watch(output, &status, &limits, Duration::from_secs(60));
        teller.join().expect("it tells all");
        watched.end
    }

    #[test]
    fn the_machines_own_processes_are_not_counted() {
        let first = std::process::id().cast_signed();
        assert_eq!(watched(&[FIRST, first]), Some(UnfollowedEnd::Exit(7)));
        assert_eq!(watched(&[FIRST, first, INSIDE]), Some(UnfollowedEnd::TooMuch));
        assert_eq!(watched(&[INSIDE, FIRST, first]), Some(UnfollowedEnd::TooMuch));
    }
}
