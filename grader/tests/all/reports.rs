//! Reports as programs read them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::course::{grade, submission};

fn schema() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.schema.json");
    fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn the_schema_in_the_repository_is_the_current_one() {
    let current = grade().arg("schema").output().unwrap().stdout;
    let current = String::from_utf8(current).unwrap();
    assert!(current == schema(), "run `cargo grade schema --output grader/schema/report.schema.json`");
}

#[test]
fn a_report_fits_its_schema() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let broken = submission("04_locks", "fn main() {");
    let report = grade().arg("--from").arg(broken.path()).args(["--format", "json"]).output().unwrap().stdout;
    let report: Value = serde_json::from_slice(&report).unwrap();
    let errors: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(report["schema_version"], 1);
}

#[test]
fn the_same_submission_gives_the_same_report_byte_for_byte() {
    let broken = submission("04_locks", "fn main() {\n    nothing();\n}\n");
    let report = || grade().arg("--from").arg(broken.path()).args(["--format", "json"]).output().unwrap().stdout;
    let (one, other) = (report(), report());
    assert!(!one.is_empty());
    assert_eq!(one, other);
    let text = String::from_utf8(one).unwrap();
    assert!(!text.contains(broken.path().to_str().unwrap()), "no path of this machine is in a report");
}
