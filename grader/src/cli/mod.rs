//! The command line: reads flags and the environment, calls the rest, prints, and gives the
//! exit code. Decides nothing about programs.

mod args;
mod check;
mod context;
mod doctor;
mod exit;
mod explore;
mod grade;
mod hint;
mod list;
mod printer;
mod replay;
mod run;

pub use run::main;
