//! Runs a program of the system.

use std::process::Command;

fn main() {
    let said = Command::new("/bin/cat").arg("@SECRET@").output();
    println!("{said:?}");
    let said = Command::new("/bin/sh").args(["-c", "cat @SECRET@ /proc/$PPID/environ"]).output();
    println!("{said:?}");
}
