//! Compiler messages with escape sequences.

fn main() {
    compile_error!("\x1b[2J\u{202e}::error::pwned\n::error::pwned");
}
