//! Clears the screen, moves the cursor and sets the title.

fn main() {
    print!("\x1b[2J\x1b[H\x1b]0;passed\x07hello from ana\rspawn passed\x1b[1A\x1b[8m\x9b31m\n");
    eprint!("\x1b]52;c;cHduZWQ=\x07\x1b[?1049h");
    std::process::exit(1);
}
