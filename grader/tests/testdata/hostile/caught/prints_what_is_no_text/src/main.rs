//! Prints NUL, invalid UTF-8 and text that runs backwards.

use std::io::Write;

fn main() {
    let bytes = b"hello\0\xff\xfe\xc3\x28 \xe2\x80\xaedessap\xe2\x81\xa6 \xef\xbb\xbf\xe2\x80\xa8\n";
    let _ = std::io::stdout().write_all(bytes);
    let _ = std::io::stderr().write_all(bytes);
    std::process::exit(1);
}
