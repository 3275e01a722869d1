//! A macro that doubles itself.

#![recursion_limit = "4096"]

macro_rules! twice {
    ($($t:tt)*) => { twice!($($t)* $($t)*); };
}

twice!(x y);

fn main() {}
