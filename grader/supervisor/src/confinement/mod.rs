//! What a program, or the compiler that builds it, may reach: layers of the kernel's that need
//! no privileges. Each is used where this machine has it, and named.
//!
//! Owns what is done between `fork` and `execve`. Never decides what a program's verdict is,
//! and never follows a task: that part of the fence is the supervisor's tracing.

mod available;
mod capabilities;
mod command;
mod denied;
mod fence;
mod files;
mod layer;
mod namespaces;
mod queues;

pub use available::{Available, available};
pub use command::confine;
pub use files::Files;
pub use layer::{Confinement, ConfinementError, Layer};

pub(crate) use denied::DENIED;
pub(crate) use fence::{Calls, Fence};
pub(crate) use namespaces::Set;
