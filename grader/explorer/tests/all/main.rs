//! The search over made-up programs.

mod programs;
mod properties;
mod search;
mod toy;
