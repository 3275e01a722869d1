//! Builds a program of the corpus with the system's own compilers.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Form, Language, Program};

/// What is to be run, with its first arguments.
#[derive(Clone, Debug)]
pub struct Built {
    pub command: Vec<OsString>,
}

/// Why there is nothing to run.
#[derive(Debug)]
pub enum NotBuilt {
    /// This machine lacks this tool.
    Missing(&'static str),
    /// The compiler said this.
    Refused(String),
}

/// Builds a form of a program with those flags, unless that was done before.
pub fn build(program: &Program, form: Form, flags: &str) -> Result<Built, NotBuilt> {
    let source = program.source(form);
    let args = program.args.iter().map(OsString::from);
    match program.language {
        Language::Python => {
            let python = interpreter()?;
            let start = [python.into_os_string(), source.into_os_string()];
            Ok(Built { command: start.into_iter().chain(args).collect() })
        }
        Language::C => {
            let mut compiler = Command::new("cc");
            compiler.args(["-g", "-pthread", "-Wall"]).args(flags.split_whitespace());
            if form == Form::Right {
                compiler.arg("-DRIGHT");
            }
            compiled("cc", compiler, program, form, flags, args)
        }
        Language::Rust => {
            let mut compiler = Command::new("rustc");
            compiler.args(["--edition", "2024", "-g", "--check-cfg", "cfg(right)"]).args(flags.split_whitespace());
            if form == Form::Right {
                compiler.args(["--cfg", "right"]);
            }
            compiled("rustc", compiler, program, form, flags, args)
        }
    }
}

fn compiled(
    tool: &'static str,
    mut compiler: Command,
    program: &Program,
    form: Form,
    flags: &str,
    args: impl Iterator<Item = OsString>,
) -> Result<Built, NotBuilt> {
    let source = program.source(form);
    let words: String = flags.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("programs").join(program.language.name());
    fs::create_dir_all(&folder).expect("a folder for programs");
    let binary = folder.join(format!("{}-{}-{words}", program.name, form.name()));
    if !is_newer(&binary, &source) {
        // Under another name first: tests run side by side.
        let fresh = folder.join(format!("{}-{}-{words}.{}", program.name, form.name(), std::process::id()));
        match compiler.arg("-o").arg(&fresh).arg(&source).output() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(NotBuilt::Missing(tool)),
            Err(error) => return Err(NotBuilt::Refused(error.to_string())),
            Ok(output) if !output.status.success() => {
                return Err(NotBuilt::Refused(String::from_utf8_lossy(&output.stderr).into_owned()));
            }
            Ok(_) => fs::rename(&fresh, &binary).expect("a program takes its place"),
        }
    }
    Ok(Built { command: [binary.into_os_string()].into_iter().chain(args).collect() })
}

fn is_newer(binary: &Path, source: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    matches!((changed(binary), changed(source)), (Ok(binary), Ok(source)) if binary > source)
}

/// The real interpreter: what stands in the search path may be a script that looks for it.
fn interpreter() -> Result<PathBuf, NotBuilt> {
    let asked = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output();
    match asked {
        Ok(output) if output.status.success() => Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())),
        Ok(_) | Err(_) => Err(NotBuilt::Missing("python3")),
    }
}
