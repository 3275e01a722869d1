//! Says that it is a library of another kind.

#![crate_type = "proc-macro"]

fn main() {}
