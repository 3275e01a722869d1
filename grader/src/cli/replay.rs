//! `cargo grade replay FILE`

use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use explorer::{Execution, MemoryModel, Shared, Way};
use supervisor::{Program, RunError, Surroundings};

use super::args::Format;
use super::context::{Context, Stop};
use super::exit::Exit;
use super::explore;
use crate::comparison::{Expected, OutputRules};
use crate::grade::{Failed, GradeError, Graded, Grader, Run, Verdict};
use crate::judge::{Contract, Helpers, Learn};
use crate::lesson::{Case, MechanismUse, Reach};
use crate::recording::{Recorded, Recording};
use crate::report::{Acts, Book, Disk, Names, ProgramReport, Standing, TopicReport, to_text};
use crate::session::{self, Bounds, Made, Right, Scope};
use crate::stepper::{self, Tape};
use crate::submission;

/// What a recording belongs to.
struct Subject {
    name: String,
    max_points: u32,
    run: Run,
    book: Book,
    age: Age,
}

/// Whether the program is still the one of the student's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    Current,
    Older,
}

/// Runs a recorded schedule again.
pub fn run(context: &mut Context, file: &Path) -> Result<Exit, Stop> {
    let kept = context.workplace.file(&file.to_string_lossy());
    let path = if !file.exists() && file.is_relative() && kept.exists() { kept } else { file.to_owned() };
    let recording = Recording::read(&path)?;
    let subject = match &recording.program {
        Recorded::Topic { .. } => of_topic(context, &recording)?,
        Recorded::Program { .. } => of_program(context, &recording)?,
    };
    let made = recording.made();
    let shared = recording.shared();
    let execution = again(&subject.run, &shared, &made)?;
    let right = match recording.right() {
        Some(made) => Some(Right { execution: again(&subject.run, &shared, &made)?, made }),
        None => None,
    };
    let again = subject.run.shown(execution.clone(), made, recording.met_at, right);
    let verdict = again.as_ref().map(|shown| shown.failure.fault.code());
    let graded: Result<Graded, GradeError> = match again {
        Some(shown) => {
            let evidence = crate::grade::Evidence::Shown(Box::new(shown));
            let verdict = Verdict::Failed(Box::new(Failed { evidence, program: None }));
            Ok(Graded { verdict, executions: 1 })
        }
        None => Ok(Graded { verdict: subject.run.one_passed(&execution), executions: 1 }),
    };
    let mut report = TopicReport::new(&subject.name, subject.max_points, &graded, subject.book.clone(), &context.texts);
    if let (Standing::Decided { told, .. }, Recorded::Program { .. }) = (&mut report.standing, &recording.program) {
        told.case = None;
    }
    match context.format {
        Format::Json => context.printer.text(&to_text(&ProgramReport::new(&report, context.seed)))?,
        Format::Text => {
            if subject.age == Age::Older {
                let note = context.texts.say("program-as-it-was");
                context.printer.line(&format!("{note}\n"))?;
            }
            if stepper::is_there() && context.printer.is_standard_output() && !context.quiet {
                look(context, &execution, &report, &subject.book)?;
            } else {
                steps(context, &execution, &subject.book)?;
            }
            let texts = &context.texts;
            let outcome = match verdict {
                Some(code) if code == recording.verdict => texts.say("replay-same"),
                Some(code) => texts.with("replay-differs", [("verdict", code.as_str().into())]),
                None => texts.with("replay-differs", [("verdict", "passed".into())]),
            };
            context.printer.line(&format!("\n{outcome}"))?;
            explore::print(context, &report)?;
        }
    }
    // The same program under the same schedule does the same: anything else is the grader's.
    Ok(if verdict == Some(recording.verdict) { Exit::of(&[report]) } else { Exit::GraderFailed })
}

/// Runs a schedule once more.
fn again(run: &Run, shared: &Shared, made: &[Made]) -> Result<Execution, Stop> {
    match session::replay(&run.program, &run.limits, shared, made) {
        Ok(execution) => Ok(execution),
        Err(RunError::Interrupted) => Err(Stop::Interrupted),
        Err(error @ RunError::Program { .. }) => Err(Stop::Usage(error.to_string())),
        Err(error) => Err(Stop::Failed(error.to_string())),
    }
}

fn of_topic(context: &Context, recording: &Recording) -> Result<Subject, Stop> {
    let Recorded::Topic { name, place, key, case, seed } = &recording.program else {
        return Err(Stop::Usage("not a topic's schedule".into()));
    };
    let course = context.course()?;
    let topic = course.topic(name)?;
    // Whoever wrote the file, it names no folder beyond the course's and the grader's own.
    let places = [format!("exercises/{}", topic.folder), format!("solutions/{}", topic.folder)];
    if !places.contains(place) || !key.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Stop::Usage("the schedule names a program that no topic has: record it anew".into()));
    }
    let builder = context.builder(&course)?;
    let grader = Grader::new(&course, &builder, *seed).confined(context.confinement);
    let no_case = || Stop::Usage(format!("the lesson `{name}` has no case `{case}` any more"));
    let case = grader.cases(topic).into_iter().find(|known| known.name == *case).ok_or_else(no_case)?;
    // The file as it is now, if it still gives the same program; else the program that was kept.
    let folder = course.root().join(place);
    let current = submission::read(&folder).ok().and_then(Result::ok);
    let now = current.as_ref().and_then(|sources| builder.build(topic, place, sources).ok()?.ok());
    let (built, sources, age) = match (now, current, builder.built(key)) {
        (Some(built), Some(sources), _) if built.key == *key => (built, Some(sources), Age::Current),
        (_, _, Some(built)) => {
            let kept = context.workplace.programs().join(key).join(place);
            (built, submission::read(&kept).ok().and_then(Result::ok), Age::Older)
        }
        (_, _, None) => {
            let message =
                format!("the schedule was recorded with another program than {place} holds now: grade it again");
            return Err(Stop::Usage(message));
        }
    };
    let book = match sources {
        Some(sources) => Book::Submission { place: place.clone(), sources },
        None => Book::Empty,
    };
    let run = grader.run_of(topic, &built, case)?;
    Ok(Subject { name: name.clone(), max_points: topic.lesson.points, run, book, age })
}

fn of_program(context: &Context, recording: &Recording) -> Result<Subject, Stop> {
    let Recorded::Program { path, digest, expected } = &recording.program else {
        return Err(Stop::Usage("not a program's schedule".into()));
    };
    if explore::digest(path)? != *digest {
        return Err(Stop::Usage(format!(
            "the schedule was recorded with another program than {} is now",
            path.display()
        )));
    }
    let args: Vec<OsString> = recording.args.iter().map(|arg| OsString::from_vec(arg.clone().into())).collect();
    let input: Vec<u8> = recording.input.clone().into();
    let case = Case {
        name: "replay".into(),
        args: args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect(),
        input: String::from_utf8_lossy(&input).into_owned(),
        exit: 0,
        bounds: Bounds { preemptions: 0, executions: 1 },
        scope: Scope { memory: memory(&recording.made()), ..Scope::default() },
        reach: Reach::Partial,
        mechanism: MechanismUse::Ignored,
        keeps: Vec::new(),
    };
    let expected = expected.iter().map(|line| format!("{line}\n")).collect::<String>();
    let output = Learn::Given(Expected::new(&OutputRules::default(), expected.as_bytes()));
    let here = env::current_dir().unwrap_or_default();
    let run = Run {
        program: Program { path: path.clone(), args, input, surroundings: Surroundings::Given(here.clone()) },
        case,
        contract: Contract { output, exit: 0, rules: Vec::new(), keeps: Vec::new(), helpers: Helpers::Free },
        limits: context.limits(),
    };
    let book = Book::Disk(Disk::from(here));
    Ok(Subject { name: explore::file_name(path), max_points: 0, run, book, age: Age::Current })
}

/// What memory did in a recorded schedule.
fn memory(made: &[Made]) -> MemoryModel {
    if made.iter().any(|made| made.choice.way == Way::Delays) {
        MemoryModel::StoreBuffers
    } else {
        MemoryModel::SequentiallyConsistent
    }
}

/// Steps through it in the terminal.
fn look(context: &Context, execution: &Execution, report: &TopicReport, book: &Book) -> Result<(), Stop> {
    let told = match &report.standing {
        Standing::Decided { told, .. } => told.table.iter().flat_map(|table| &table.rows).map(|row| row.number - 1),
        Standing::Error(_) => return Ok(()),
    };
    let tape = Tape::new(execution, told.collect(), report.message(), book, &context.texts);
    stepper::show(&tape, &context.texts).map_err(|error| Stop::Failed(format!("cannot use the terminal: {error}")))
}

/// Prints every step.
fn steps(context: &mut Context, execution: &Execution, book: &Book) -> Result<(), Stop> {
    let texts = &context.texts;
    let names = Names::of(execution, texts);
    let all: Vec<usize> = (0..execution.steps.len()).collect();
    let acts = Acts::of(execution, &all, &names, texts);
    let rows: Vec<[String; 4]> = (1..)
        .zip(&execution.steps)
        .map(|(number, step): (usize, _)| {
            let place = book.place_of(Some(step));
            let place = place.map(|place| format!("{}:{}", explore::file_name(Path::new(&place.file)), place.line));
            [number.to_string(), names.task(step.task), place.unwrap_or_default(), acts.tell(step)]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let title = texts.say("every-step");
    let lines: Vec<_> = rows
        .iter()
        .map(|[number, task, place, act]| {
            let [first, second, third] = widths;
            format!("  {number:>first$}  {task:<second$}  {place:<third$}  {act}")
        })
        .collect();
    context.printer.line(&format!("{title}:"))?;
    for line in lines {
        context.printer.line(line.trim_end())?;
    }
    Ok(())
}
