//! The `grade` command.

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn main() -> ExitCode {
    grader::cli::main()
}

/// The exercises run anywhere; the grader follows system calls of one kind of machine.
#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn main() -> ExitCode {
    eprintln!("error: the grader runs on Linux on x86-64 only");
    eprintln!("help: on Windows use WSL2; elsewhere a container or a virtual machine with Linux on x86-64");
    ExitCode::from(70)
}
