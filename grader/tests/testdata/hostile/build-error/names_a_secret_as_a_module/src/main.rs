//! The compiler quotes what does not parse.

#[path = "@SECRET@"]
mod secret;

fn main() {}
