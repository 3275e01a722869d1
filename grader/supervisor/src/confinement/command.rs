//! Commands that run confined without being followed: the compiler.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::fence::Calls;
use super::layer::{Confinement, ConfinementError, Layer};
use super::namespaces::Set;
use super::{Fence, Files};

/// Has `command` run with nothing but `files` and without a network. Returns the layers that
/// will be active.
///
/// # Errors
/// Where what is asked for cannot be had.
pub fn confine(command: &mut Command, files: &Files, level: Confinement) -> Result<Vec<Layer>, ConfinementError> {
    let fence = Fence::new(level, files, Set::FOLLOWED, Calls::Filtered)?;
    // SAFETY: the closure only makes system calls on what was prepared here.
    unsafe {
        command.pre_exec(move || if fence.part() && fence.close() { Ok(()) } else { Err(io::Error::last_os_error()) });
    }
    Ok(Fence::layers_of(level, Set::FOLLOWED, Calls::Filtered))
}
