//! Reads what such a program prints, and ends what takes too much.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout};

use crate::{Limits, interrupt};

use super::init::{FAILED, FIRST};
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
            if watched.first.is_some_and(|first| takes_too_much(first, limits)) {
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

/// All processes of the namespace, looked at through its own `/proc`.
fn takes_too_much(first: i32, limits: &Limits) -> bool {
    let Ok(entries) = fs::read_dir(format!("/proc/{first}/root/proc")) else { return false };
    let page = procfs::page_size();
    let (mut processes, mut memory) = (0u32, 0u64);
    for entry in entries.flatten() {
        if !entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        processes += 1;
        let numbers = fs::read_to_string(entry.path().join("statm")).unwrap_or_default();
        let mut numbers = numbers.split_whitespace().skip(1).filter_map(|number| number.parse::<u64>().ok());
        let (resident, shared) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        memory += resident.saturating_sub(shared) * page;
    }
    processes > limits.tasks + 2 || memory > limits.memory
}
