//! The grader as its users meet it: one binary, so that it is linked once.

mod batch;
mod command;
mod corpus;
mod course;
mod edges;
mod explored;
mod fuzzing;
mod golden;
mod hostile;
mod reports;
mod submissions;
