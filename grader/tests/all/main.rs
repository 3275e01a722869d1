//! The grader as its users meet it: one binary, so that it is linked once.

mod command;
mod corpus;
mod course;
mod edges;
mod explored;
mod golden;
mod reports;
mod submissions;
mod ways;
