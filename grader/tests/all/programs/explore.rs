//! Has `grade explore` look at a program of the corpus.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Built, Program};

/// What `explore` said.
#[derive(Clone, Debug)]
pub struct Explored {
    pub verdict: String,
    pub message: String,
    pub executions: u64,
    /// The execution that showed it first.
    pub met_at: Option<u64>,
    pub coverage: String,
    pub took: Duration,
}

/// How many executions are made where nothing is found.
#[derive(Clone, Copy, Debug)]
pub enum Enough {
    /// As many as the program's table says, or as `explore` makes by itself.
    AsDeclared,
    /// No more than these.
    AtMost(u32),
}

/// Explores what was built of `program`.
pub fn explore(program: &Program, built: &Built, enough: Enough) -> Explored {
    let work = tempfile::tempdir().expect("a temporary folder");
    let expected = work.path().join("expected");
    fs::write(&expected, &program.prints).expect("a file in it");
    let mut command = Command::new(env!("CARGO_BIN_EXE_grade"));
    command.env("LC_ALL", "C").env("PYTHONHASHSEED", "0").current_dir(work.path());
    command.arg("--course").arg(Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the checkout"));
    command.arg("--work").arg(work.path()).args(["explore", "--format", "json", "--expect"]).arg(&expected);
    if let Some(preemptions) = program.preemptions {
        command.args(["--max-preemptions", &preemptions.to_string()]);
    }
    let executions = match enough {
        Enough::AsDeclared => program.executions,
        Enough::AtMost(executions) => Some(executions),
    };
    if let Some(executions) = executions {
        command.args(["--max-executions", &executions.to_string()]);
    }
    let started = Instant::now();
    let output = command.arg("--").args(&built.command).output().expect("the grader starts");
    let took = started.elapsed();
    let failed = |why: String| Explored {
        verdict: "error".into(),
        message: why,
        executions: 0,
        met_at: None,
        coverage: String::new(),
        took,
    };
    let Ok(report) = serde_json::from_slice::<Value>(&output.stdout) else {
        return failed(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    };
    let Some(verdict) = report["verdict"].as_str() else {
        return failed(report["error"].as_str().unwrap_or("no verdict").to_owned());
    };
    Explored {
        verdict: verdict.to_owned(),
        message: report["message"].as_str().unwrap_or_default().to_owned(),
        executions: report["executions"].as_u64().unwrap_or_default(),
        met_at: report["met_at"].as_u64(),
        coverage: coverage(&report["coverage"]),
        took,
    }
}

fn coverage(coverage: &Value) -> String {
    match (coverage["kind"].as_str(), coverage["preemptions"].as_u64()) {
        (Some("exhaustive"), _) => "every schedule".into(),
        (Some("preemptions"), Some(most)) => format!("up to {most} preemptions"),
        (Some("sampled"), _) => "samples".into(),
        (Some(other), _) => other.into(),
        (None, _) => String::new(),
    }
}
