//! The search over made-up programs.

mod programs;
mod search;
mod toy;
