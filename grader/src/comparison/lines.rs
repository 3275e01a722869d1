//! Bytes as lines that can be compared.

use std::fmt::Write;

/// Splits output into lines: a missing last newline makes no difference.
pub(super) fn split(output: &[u8]) -> Vec<String> {
    let text = decode(output);
    let mut lines: Vec<String> = text.split('\n').map(squeeze).collect();
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Text as it is; bytes that are no UTF-8 as `\xFF`, so that they equal no text by chance.
fn decode(output: &[u8]) -> String {
    let mut text = String::with_capacity(output.len());
    for chunk in output.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

/// Any run of spaces counts as one, and those at the end as none.
fn squeeze(line: &str) -> String {
    let mut squeezed = String::with_capacity(line.len());
    for c in line.chars() {
        if c != ' ' || !squeezed.ends_with(' ') {
            squeezed.push(c);
        }
    }
    squeezed.truncate(squeezed.trim_end_matches([' ', '\t', '\r']).len());
    squeezed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &[u8], expected: &[&str]) {
        assert_eq!(split(output), expected);
    }

    #[test]
    fn the_last_newline_and_runs_of_spaces_make_no_difference() {
        check(b"a   b \n\nc", &["a b", "", "c"]);
        check(b"a b\n\nc\n", &["a b", "", "c"]);
        check(b"", &[]);
    }

    #[test]
    fn an_empty_line_at_the_end_is_a_line() {
        check(b"a\n\n", &["a", ""]);
    }

    #[test]
    fn bytes_that_are_no_text_are_spelt_out() {
        check(b"a\xffb\n", &["a\\xFFb"]);
    }
}
