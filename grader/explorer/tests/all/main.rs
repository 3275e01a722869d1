//! The search over made-up programs.

mod buffers;
mod fairness;
mod programs;
mod properties;
mod search;
mod toy;
