//! The staging workspace: the course's exercise packages with empty programs, which cargo
//! builds for the sake of their dependencies. No student's file is in it.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::dependencies::DependencyError;
use crate::course::Course;
use crate::workplace::{make_folder, write};

/// The course's files that decide what is built, with their paths relative to the workspace.
pub(super) fn files(course: &Course) -> Result<Vec<(String, String)>, DependencyError> {
    let read = |path: &Path| {
        fs::read_to_string(path)
            .map_err(|source| DependencyError::Manifest { path: path.to_owned(), problem: source.to_string() })
    };
    let root = course.root().join("Cargo.toml");
    let manifest =
        workspace(&read(&root)?).map_err(|problem| DependencyError::Manifest { path: root.clone(), problem })?;
    let mut files =
        vec![("Cargo.toml".to_owned(), manifest), ("Cargo.lock".to_owned(), read(&course.root().join("Cargo.lock"))?)];
    for folder in course.folders() {
        let path = format!("exercises/{folder}/Cargo.toml");
        let text = read(&course.root().join(&path))?;
        files.push((path, text));
    }
    Ok(files)
}

/// Lays the workspace out in `folder`.
pub(super) fn lay_out(folder: &Path, files: &[(String, String)]) -> Result<(), DependencyError> {
    for (path, text) in files {
        let path = folder.join(path);
        write(&path, text.as_bytes())?;
        if let Some(package) = path.parent().filter(|package| *package != folder) {
            make_folder(&package.join("src"))?;
            write(&package.join("src/main.rs"), b"fn main() {}\n")?;
        }
    }
    Ok(())
}

/// The course's workspace manifest, with the exercises as its only members.
fn workspace(text: &str) -> Result<String, String> {
    let manifest: Table = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let workspace = manifest.get("workspace").and_then(Value::as_table).ok_or("there is no [workspace]")?;
    let mut staged = Table::new();
    for key in ["resolver", "package", "dependencies", "lints"] {
        if let Some(value) = workspace.get(key) {
            staged.insert(key.to_owned(), value.clone());
        }
    }
    if let Some(Value::Table(dependencies)) = staged.get_mut("dependencies") {
        // The grader's own libraries are no exercise's, and their paths lead nowhere here.
        dependencies.retain(|_, value| value.get("path").is_none());
    }
    staged.insert("members".into(), Value::Array(vec!["exercises/*".into()]));
    let mut profile = Table::new();
    // Enough for source lines and call stacks.
    profile.insert("debug".into(), "line-tables-only".into());
    profile.insert("incremental".into(), false.into());
    let profiles = Table::from_iter([("dev".to_owned(), Value::Table(profile))]);
    let whole = Table::from_iter([
        ("workspace".to_owned(), Value::Table(staged)),
        ("profile".to_owned(), Value::Table(profiles)),
    ]);
    toml::to_string(&whole).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_staged_workspace_has_exercises_alone() {
        let text = "[workspace]\nresolver = \"3\"\nmembers = [\"grader\"]\n[workspace.dependencies]\n\
                    nix = \"0.31\"\nexplorer = { path = \"x\" }\n[profile.release]\nlto = true\n";
        let staged: Table = toml::from_str(&workspace(text).unwrap()).unwrap();
        let expected = "[workspace]\nresolver = \"3\"\nmembers = [\"exercises/*\"]\n[workspace.dependencies]\n\
                        nix = \"0.31\"\n[profile.dev]\ndebug = \"line-tables-only\"\nincremental = false\n";
        assert_eq!(staged, toml::from_str::<Table>(expected).unwrap());
    }
}
