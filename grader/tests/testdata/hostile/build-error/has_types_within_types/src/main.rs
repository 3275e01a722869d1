//! A type that grows with each call.

fn grow<T: std::fmt::Debug>(n: u32, t: T) {
    if n > 0 {
        grow(n - 1, (t, 1));
    }
}

fn main() {
    grow(3, 1);
}
