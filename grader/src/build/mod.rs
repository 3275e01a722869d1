//! Builds programs: the course's dependencies once, by cargo; each submission by the
//! compiler alone, so that nothing but its source files has a say.

mod compile;
mod compiler;
mod confined;
mod dependencies;
mod prune;
mod reads;
mod staging;
mod toolchain;

pub use compile::{BuildError, Builder, Built, Failed};
pub use dependencies::{Dependencies, DependencyError, Library, PackageDependencies, prepare};
pub use toolchain::{Toolchain, ToolchainError};
