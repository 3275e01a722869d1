//! Makes what a submission printed fit to be shown: without control characters, and bounded.

/// The most characters shown of one line.
const LINE: usize = 160;

/// A line as it can be shown on a terminal.
pub fn line(text: &str) -> String {
    let mut shown: String = text.chars().take(LINE).map(visible).collect();
    if text.chars().nth(LINE).is_some() {
        shown.push('…');
    }
    shown
}

/// Control characters have pictures of their own; those that turn the direction of text or
/// take no room could make a line look like another.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        other => other,
    }
}

/// The compiler's messages: lines and colours stay, every other control sequence goes.
pub fn messages(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let colour = colour(rest);
        if colour > 0 {
            shown.push_str(&rest[..colour]);
            rest = &rest[colour..];
        } else {
            shown.push(if c == '\n' { c } else { visible(c) });
            rest = &rest[c.len_utf8()..];
        }
    }
    shown
}

/// The length of the colour sequence at the start of `text`, 0 if there is none.
fn colour(text: &str) -> usize {
    let Some(parameters) = text.strip_prefix("\x1b[") else {
        return 0;
    };
    let length = parameters.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(parameters.len());
    if parameters[length..].starts_with('m') { "\x1b[".len() + length + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(line(text), expected);
    }

    #[test]
    fn what_could_steer_a_terminal_is_made_visible() {
        check("a\x1b[2Jb\rc\0", "a␛[2Jb␍c␀");
        check("admin\u{202e}txt", "admin\u{fffd}txt");
        check("¡hola! ñ 你好", "¡hola! ñ 你好");
    }

    #[test]
    fn a_line_is_bounded() {
        check(&"x".repeat(1000), &format!("{}…", "x".repeat(LINE)));
    }

    #[test]
    fn messages_keep_lines_and_colours_and_nothing_else() {
        assert_eq!(messages("\x1b[1m\x1b[91merror\x1b[0m: \x1b[2Jx\n"), "\x1b[1m\x1b[91merror\x1b[0m: ␛[2Jx\n");
    }
}
