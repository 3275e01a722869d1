//! A function that runs before `main` and ends the program.

extern "C" fn early() {
    println!("joined 2");
    std::process::exit(0);
}

#[unsafe(link_section = ".init_array")]
#[used]
static EARLY: extern "C" fn() = early;

fn main() {}
