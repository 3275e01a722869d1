//! The supervisor: runs one execution of a program, unmodified and unprivileged, all its tasks
//! one at a time, and asks a [`Scheduler`] before each operation that others could notice.
//!
//! It sees processes, threads, waits, pipes, sockets, files, signals, futexes, sleeping (in
//! virtual time) and every access to memory that processes share. It never decides who goes
//! on, never judges, and never lets a task wait in the kernel.
//!
//! What knows about the processor stands in `machine`; what knows about system calls in `calls`.

mod advance;
mod along;
mod buffers;
mod calls;
mod clock;
mod confinement;
mod cycle;
mod delays;
mod engine;
mod error;
mod faults;
mod filter;
mod forks;
mod futex;
mod habits;
mod inject;
mod instructions;
mod interrupt;
mod launch;
mod libraries;
mod lives;
mod machine;
mod mapping;
mod memory;
mod names;
mod objects;
mod opaque;
mod pin;
mod prefix;
mod private;
mod program;
mod progress;
mod ptrace;
mod rounds;
mod runner;
mod semaphores;
mod stacks;
mod systemv;
mod task;
mod threads;
mod timers;
mod unfollowed;
mod watch;
mod window;

pub use confinement::{Available, Confinement, ConfinementError, Files, Layer, available, confine};
pub use error::RunError;
pub use forks::spawn;
pub use interrupt::interrupt;
pub use launch::layers;
pub use program::{Limits, Program, Stacks, Surroundings};
pub use runner::Runner;
pub use unfollowed::{Unfollowed, UnfollowedEnd, run_unfollowed, unfollowed_layers};

use explorer::{Execution, Scheduler};

/// Runs `program` once under `scheduler`. To run it more than once, a [`Runner`] is faster.
///
/// # Errors
/// [`RunError`] where the supervisor itself could not do its work. Whatever the program does
/// is no error: it is in the [`Execution`].
pub fn run(
    program: &Program,
    limits: &Limits,
    stacks: Stacks,
    scheduler: &mut dyn Scheduler,
) -> Result<Execution, RunError> {
    Runner::new(program, limits)?.run(stacks, scheduler)
}
