//! Names a library by a path.

#[link(name = "secret", kind = "static")]
unsafe extern "C" {
    fn secret();
}

fn main() {
    // SAFETY: none.
    unsafe { secret() }
}
