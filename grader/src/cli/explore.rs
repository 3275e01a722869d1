//! `cargo grade explore -- PROGRAM ARGS`

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use explorer::{Fault, MemoryModel};
use supervisor::{Confinement, Program, RunError, Surroundings};

use super::args::{ExploreArgs, FaultName, Format};
use super::context::{Context, Stop};
use super::exit::Exit;
use crate::comparison::{Expected, OutputRules};
use crate::grade::{Evidence, GradeError, Graded, Run, Verdict};
use crate::judge::{Contract, Helpers, Learn};
use crate::lesson::{Case, MechanismUse, Reach};
use crate::recording::{Bytes, Recorded, Recording};
use crate::report::{Book, Detail, Disk, Message, ProgramReport, Standing, TopicReport, explain, line, to_text};
use crate::session::{Bounds, Scope};
use crate::verdict::VerdictCode;

/// Explores a program.
pub fn run(context: &mut Context, args: &ExploreArgs) -> Result<Exit, Stop> {
    let Some((name, rest)) = args.command.split_first() else {
        return Err(Stop::Usage("name a program".into()));
    };
    let path = find(name)?;
    let read = |file: &Option<PathBuf>| match file {
        Some(path) => {
            fs::read(path).map(Some).map_err(|error| Stop::Usage(format!("cannot read {}: {error}", path.display())))
        }
        None => Ok(None),
    };
    let (expected, input) = (read(&args.expect)?, read(&args.input)?.unwrap_or_default());
    let output = match expected {
        Some(bytes) => Learn::Given(Expected::new(&OutputRules::default(), &bytes)),
        None => Learn::FromFirst,
    };
    let case = Case {
        name: "explore".into(),
        args: rest.iter().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        input: String::from_utf8_lossy(&input).into_owned(),
        exit: 0,
        bounds: Bounds { preemptions: args.max_preemptions, executions: args.max_executions },
        scope: scope(args),
        reach: Reach::Partial,
        mechanism: MechanismUse::Ignored,
        keeps: Vec::new(),
    };
    let here = env::current_dir().unwrap_or_default();
    let program =
        Program { path: path.clone(), args: rest.to_vec(), input, surroundings: Surroundings::Given(here.clone()) };
    let contract = Contract { output, exit: 0, rules: Vec::new(), keeps: Vec::new(), helpers: Helpers::Free };
    let limits = context.limits();
    let run = Run { program, case, contract, limits };
    let progress = context.progress(1);
    let explored = run.explore(&|| u32::MAX);
    progress.finish_and_clear();
    let explored = match explored {
        Ok(explored) => explored,
        Err(RunError::Interrupted) => return Err(Stop::Interrupted),
        // A program that is not there, or none at all, is the command line's fault.
        Err(error @ RunError::Program { .. }) => return Err(Stop::Usage(error.to_string())),
        Err(error) => return Err(Stop::Failed(error.to_string())),
    };
    let expected = explored.expected.clone();
    let executions = explored.executions;
    let graded: Result<Graded, GradeError> =
        Ok(Graded { verdict: explored.verdict(run.case.clone(), None), executions });
    let book = Book::Disk(Disk::from(here));
    let name = file_name(&path);
    let mut report = TopicReport::new(&name, 0, &graded, book, &context.texts);
    report.confinement = confinement(&run.program.surroundings, run.limits.confinement);
    if let Standing::Decided { told, .. } = &mut report.standing {
        // There is only this one run.
        told.case = None;
    }
    if let Ok(Graded { verdict: Verdict::Failed(failed), .. }) = &graded
        && let Evidence::Shown(shown) = &failed.evidence
    {
        let program = Recorded::Program { path: path.clone(), digest: digest(&path)?, expected };
        let bytes = |arg: &std::ffi::OsString| Bytes::from(arg.clone().into_vec());
        let recording = Recording::new(
            program,
            rest.iter().map(bytes).collect(),
            Bytes::from(run.program.input.clone()),
            shown.failure.fault.code(),
            shown.met_at,
            &shown.execution.shared,
            &shown.made,
            shown.right.as_ref().map(|right| &right.made[..]),
        );
        let file = format!("{name}.schedule");
        recording.write(&context.workplace.file(&file))?;
        report.schedule = Some(file);
    }
    match context.format {
        Format::Json => context.printer.text(&to_text(&ProgramReport::new(&report, context.seed)))?,
        Format::Text => print(context, &report)?,
    }
    Ok(Exit::of(&[report]))
}

/// What the command line asks the search to take into account.
fn scope(args: &ExploreArgs) -> Scope {
    let fault = |name: &FaultName| match name {
        FaultName::ShortRead => Fault::ShortRead,
        FaultName::Interrupt => Fault::Interrupted,
        FaultName::Kill => Fault::Killed,
        FaultName::NoFork => Fault::NoMoreProcesses,
    };
    let memory = if args.store_buffers { MemoryModel::StoreBuffers } else { MemoryModel::SequentiallyConsistent };
    Scope { faults: args.faults.iter().map(fault).collect(), memory, ..Scope::default() }
}

/// The layers of confinement that are active while a program is followed, by their names.
pub fn confinement(surroundings: &Surroundings, confinement: Confinement) -> Vec<String> {
    supervisor::layers(surroundings, confinement).iter().map(ToString::to_string).collect()
}

/// Prints the verdict on one program.
pub fn print(context: &mut Context, report: &TopicReport) -> Result<(), Stop> {
    let explained = match &report.standing {
        Standing::Decided { verdict, told, book, .. } if *verdict != VerdictCode::Passed && !context.quiet => {
            let see_again = report.schedule.as_ref().map(|file| format!("cargo grade replay {file}"));
            Some(explain(*verdict, told, book, see_again.as_deref(), None, context.detail, &context.texts))
        }
        Standing::Decided { .. } | Standing::Error(_) => None,
    };
    let message = if explained.is_some() { Message::Below } else { Message::Shown };
    context.printer.line(&line(report, message, 0, &context.texts))?;
    if context.detail == Detail::Verbose && !report.confinement.is_empty() {
        let layers = report.confinement.join(", ");
        context.printer.line(&context.texts.with("confined-by", [("layers", (&layers).into())]))?;
    }
    match explained {
        Some(text) => Ok(context.printer.text(&format!("\n{text}"))?),
        None => Ok(()),
    }
}

/// A digest of a program's file.
pub fn digest(path: &Path) -> Result<String, Stop> {
    let bytes = fs::read(path).map_err(|error| Stop::Usage(format!("cannot read {}: {error}", path.display())))?;
    Ok(blake3::hash(&bytes).to_hex()[..32].to_owned())
}

/// A program's name without folders, fit to be shown and to name a file.
pub fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(OsStr::new("program")).to_string_lossy();
    name.chars().map(|c| if c.is_control() { '_' } else { c }).collect()
}

/// The file that a shell would run.
fn find(name: &OsStr) -> Result<PathBuf, Stop> {
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    if name.as_bytes().contains(&b'/') {
        return Ok(absolute(PathBuf::from(name)));
    }
    let search = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&search).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.map(absolute).ok_or_else(|| Stop::Usage(format!("there is no program `{}`", name.to_string_lossy())))
}
