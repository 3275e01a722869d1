//! The `grade` command.
fn main() {}
