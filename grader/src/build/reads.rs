//! Which files the compiler read for a program: none but the program's own may be among them,
//! whether or not the kernel keeps others away.

use std::fs;
use std::path::{Component, Path};

/// The first file outside of `source` that a build read, by the compiler's list of what the
/// program depends on.
pub(super) fn stranger(list: &Path, source: &Path) -> Option<String> {
    let text = fs::read_to_string(list).ok()?;
    names(&text).into_iter().find(|name| !is_inside(Path::new(name), source))
}

/// Whether the compiler's messages quote a file outside of `source`.
pub(super) fn quotes_stranger(messages: &str, source: &Path) -> bool {
    let plain = anstream::adapter::strip_str(messages).to_string();
    plain.lines().filter_map(|line| line.trim_start().strip_prefix("--> ")).any(|place| {
        let file = place.rsplitn(3, ':').last().unwrap_or_default();
        // the home of cargo may be anywhere
        let library = file.starts_with("/rustc/") || file.contains("/registry/src/") || file.contains("/rustlib/");
        !library && !is_inside(Path::new(file), source)
    })
}

fn is_inside(file: &Path, source: &Path) -> bool {
    file.starts_with(source) && !file.components().any(|part| part == Component::ParentDir)
}

/// The names in a list as `make` reads it: spaces in a name are escaped.
fn names(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((_, files)) = line.split_once(':') else { continue };
        let mut name = String::new();
        let mut characters = files.chars();
        while let Some(c) = characters.next() {
            match c {
                '\\' => name.extend(characters.next()),
                ' ' => {
                    found.push(std::mem::take(&mut name));
                }
                c => name.push(c),
            }
        }
        found.push(name);
    }
    found.retain(|name| !name.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(list: &str, expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list");
        fs::write(&path, list).unwrap();
        assert_eq!(stranger(&path, Path::new("exercises/04_locks/src")).as_deref(), expected);
    }

    #[test]
    fn a_file_of_somebody_elses_is_found() {
        check("program: exercises/04_locks/src/main.rs exercises/04_locks/src/a\\ b.rs\n", None);
        check("program: exercises/04_locks/src/main.rs /etc/passwd\n", Some("/etc/passwd"));
        check("program: exercises/04_locks/src/../../../golden/x\n", Some("exercises/04_locks/src/../../../golden/x"));
    }

    #[test]
    fn a_quoted_file_of_somebody_elses_is_found() {
        let source = Path::new("exercises/04_locks/src");
        assert!(quotes_stranger("error: x\n --> /etc/shadow:1:1\n  |\n", source));
        assert!(!quotes_stranger("error: x\n --> exercises/04_locks/src/main.rs:1:1\n", source));
        assert!(!quotes_stranger("note: y\n   --> /rustc/abc/library/core/src/mem.rs:1:1\n", source));
        for home in ["/home/me/.cargo", "/usr/local/cargo"] {
            let note =
                format!("note: y\n   --> {home}/registry/src/index.crates.io-1949/nix-0.31.3/src/unistd.rs:9:1\n");
            assert!(!quotes_stranger(&note, source));
        }
    }
}
