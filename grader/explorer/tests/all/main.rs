//! The search over made-up programs.

mod buffers;
mod programs;
mod properties;
mod search;
mod toy;
