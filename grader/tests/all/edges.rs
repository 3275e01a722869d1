//! Who may depend on whom.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::course;

/// The packages of the workspace, with those of them that each depends on.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let manifest = course::root().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let names: BTreeSet<_> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let own = |package: &cargo_metadata::Package| {
        let built = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
        built.map(|dependency| dependency.name.clone()).filter(|name| names.contains(name)).collect()
    };
    metadata.packages.iter().map(|package| (package.name.to_string(), own(package))).collect()
}

fn check(package: &str, expected: &[&str]) {
    let expected: BTreeSet<_> = expected.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(edges()[package], expected, "{package}");
}

#[test]
fn the_explorer_depends_on_nothing_of_ours_and_the_supervisor_on_the_explorer_alone() {
    check("explorer", &[]);
    check("supervisor", &["explorer"]);
    check("grader", &["explorer", "supervisor"]);
}

#[test]
fn the_explorer_depends_on_nothing_at_all() {
    let manifest = course::root().join("Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let explorer = metadata.packages.iter().find(|package| package.name.as_str() == "explorer").unwrap();
    let built = explorer.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
    assert_eq!(built.count(), 0);
}

#[test]
fn exercises_and_solutions_depend_on_none_of_the_others() {
    for topic in course::course().topics().unwrap() {
        let name = &topic.lesson.name;
        check(name, &[]);
        check(&format!("{name}-solution"), &[]);
    }
}
