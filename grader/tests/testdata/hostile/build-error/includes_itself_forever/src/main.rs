//! A module that is its own module.

#[path = "main.rs"]
mod again;

fn main() {}
