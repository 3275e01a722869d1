//! Golden files: the expected output of a case, kept as an insta snapshot so that a change
//! of the reference solution's output is reviewed. Only the body is read here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a golden file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It does not start with insta's header between two lines `---`.
    #[error("{} is not an insta snapshot: no header between two lines `---`", .0.display())]
    NoHeader(PathBuf),
}

/// The body of a snapshot file.
///
/// # Errors
/// Where it cannot be read, or is none.
pub fn read(path: &Path) -> Result<String, GoldenError> {
    let text = fs::read_to_string(path).map_err(|source| GoldenError::Unreadable { path: path.to_owned(), source })?;
    body(&text).map(str::to_owned).ok_or_else(|| GoldenError::NoHeader(path.to_owned()))
}

fn body(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("---\n")?;
    let body = match rest.strip_prefix("---\n") {
        Some(body) => Some(body),
        None => {
            // A file may end with the header's last line: nothing is expected then.
            let (_, body) = rest.split_once("\n---\n").or_else(|| Some((rest.strip_suffix("\n---")?, "")))?;
            Some(body)
        }
    };
    // insta ends every file with a line feed, an empty body too
    body.map(|body| body.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(body(text), expected, "{text:?}");
    }

    #[test]
    fn the_body_follows_the_header() {
        check("---\nsource: x\n---\nbalance: 20\n", Some("balance: 20"));
        check("---\nsource: x\n---\n", Some(""));
        check("---\nsource: x\n---", Some(""));
        check("---\nsource: x\n---\n\n", Some(""));
        check("---\n---\na\n---\nb\n", Some("a\n---\nb"));
    }

    #[test]
    fn a_file_without_a_header_is_no_snapshot() {
        check("balance: 20\n", None);
        check("---\nsource: x\n", None);
    }
}
