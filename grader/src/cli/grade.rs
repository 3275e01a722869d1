//! `cargo grade [TOPIC]...`

use super::args::{Format, SubjectArgs};
use supervisor::Surroundings;

use super::context::{Context, Stop};
use super::exit::Exit;
use super::explore;
use crate::build::Builder;
use crate::course::{Course, Topic};
use crate::grade::{Depth, Evidence, GradeError, Graded, Grader, Shown, Subject, Verdict, in_parallel};
use crate::interrupt;
use crate::progress::Progress;
use crate::recording::{Bytes, Recorded, Recording};
use crate::report::{Book, Detail, Message, Report, Standing, TopicReport, explain, line, to_text};
use crate::submission;
use crate::verdict::VerdictCode;

/// Whose programs are graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// This checkout's exercises.
    Own,
    /// A submission's.
    Another,
    /// The reference solutions.
    Reference,
}

/// Grades topics.
pub fn run(context: &mut Context, names: &[String], args: &SubjectArgs) -> Result<Exit, Stop> {
    let course = context.course()?;
    let asked = if names.is_empty() { Vec::new() } else { context.topics(&course, names)? };
    let (whose, places) = match &args.from {
        Some(from) => {
            if asked.is_empty() {
                // A topic whose lesson is wrong would be left out unsaid.
                course.topics()?;
            }
            (Whose::Another, submission::locate(&course, from, &asked)?)
        }
        None => {
            let whose = if args.solutions { Whose::Reference } else { Whose::Own };
            let topics = context.topics(&course, names)?;
            let folder = |topic: &'_ Topic| match whose {
                Whose::Reference => course.solution(topic),
                Whose::Own | Whose::Another => course.exercise(topic),
            };
            (whose, topics.into_iter().map(|topic| (topic, folder(topic))).collect())
        }
    };
    let progress = context.progress(places.len());
    progress.set_message("…");
    let builder = context.builder(&course)?;
    let grader = Grader::new(&course, &builder, context.seed).confined(context.confinement);
    let results = in_parallel(&places, |(topic, folder)| {
        if interrupt::requested() {
            return Err(GradeError::interrupted());
        }
        let place = place(topic, whose);
        let sources = submission::read(folder)?;
        let book = match &sources {
            Ok(sources) => Book::Submission { place: place.clone(), sources: sources.clone() },
            Err(_) => Book::Empty,
        };
        let graded = grader.grade(&Subject { topic, place, sources }, Depth::UntilCause);
        progress.inc(1);
        progress.set_message(topic.lesson.name.clone());
        graded.map(|graded| (graded, book))
    });
    progress.finish_and_clear();
    if interrupt::requested() {
        return Err(Stop::Interrupted);
    }
    let confinement = confinement(context, &builder);
    let mut reports = Vec::new();
    for ((topic, _), result) in places.iter().zip(results) {
        let mut report = report(context, topic, whose, result)?;
        report.confinement = confinement.clone();
        reports.push(report);
    }
    if whose == Whose::Own {
        remember(context, &reports)?;
    }
    match context.format {
        Format::Json => context.printer.text(&to_text(&Report::new(&reports, context.seed)))?,
        Format::Text => print(context, &course, &reports, whose)?,
    }
    Ok(Exit::of(&reports))
}

/// What keeps programs apart from all that is not theirs, while they are built and run.
fn confinement(context: &Context, builder: &Builder) -> Vec<String> {
    let mut layers = explore::confinement(&Surroundings::Own, context.confinement);
    layers.extend(builder.layers().iter().map(|layer| format!("build: {layer}")));
    layers.extend(
        supervisor::unfollowed_layers(context.confinement).iter().map(|layer| format!("untraced run: {layer}")),
    );
    layers
}

fn place(topic: &Topic, whose: Whose) -> String {
    match whose {
        Whose::Own | Whose::Another => format!("exercises/{}", topic.folder),
        Whose::Reference => format!("solutions/{}", topic.folder),
    }
}

fn report(
    context: &Context,
    topic: &Topic,
    whose: Whose,
    result: Result<(Graded, Book), GradeError>,
) -> Result<TopicReport, Stop> {
    let (graded, book) = match result {
        Ok((graded, book)) => (Ok(graded), book),
        Err(error) => (Err(error), Book::Empty),
    };
    let lesson = &topic.lesson;
    let mut report = TopicReport::new(&lesson.name, lesson.points, &graded, book, &context.texts);
    if let Ok(Graded { verdict: Verdict::Failed(failed), .. }) = &graded
        && let (Evidence::Shown(shown), Some(key)) = (&failed.evidence, &failed.program)
    {
        let program = Recorded::Topic {
            name: lesson.name.clone(),
            place: place(topic, whose),
            key: key.clone(),
            case: shown.case.name.clone(),
            seed: context.seed,
        };
        let file = format!("{}.schedule", lesson.name);
        record(shown, program).write(&context.workplace.file(&file))?;
        report.schedule = Some(file);
    }
    Ok(report)
}

/// A finding as it is recorded.
fn record(shown: &Shown, program: Recorded) -> Recording {
    let args = shown.case.args.iter().map(|arg| Bytes::Text(arg.clone())).collect();
    let input = Bytes::Text(shown.case.input.clone());
    let right = shown.right.as_ref().map(|right| &right.made[..]);
    Recording::new(program, args, input, shown.failure.fault.code(), shown.met_at, &shown.made, right)
}

fn remember(context: &Context, reports: &[TopicReport]) -> Result<(), Stop> {
    let mut progress = Progress::read(&context.workplace);
    for report in reports {
        if let Some(verdict) = report.verdict() {
            progress.set_verdict(&report.name, verdict);
        }
    }
    Ok(progress.write(&context.workplace)?)
}

fn print(context: &mut Context, course: &Course, reports: &[TopicReport], whose: Whose) -> Result<(), Stop> {
    let width = reports.iter().map(|report| report.name.chars().count()).max().unwrap_or(0);
    let explains = |report: &TopicReport| match &report.standing {
        Standing::Decided { verdict, .. } => *verdict != VerdictCode::Passed,
        Standing::Error(_) => false,
    };
    let mut explained: Vec<&TopicReport> = reports.iter().filter(|report| explains(report)).collect();
    match context.detail {
        _ if context.quiet => explained.clear(),
        Detail::Normal => explained.truncate(1),
        Detail::Verbose => {}
    }
    for report in reports {
        let below = explained.iter().any(|explained| std::ptr::eq(*explained, report));
        let message = if below { Message::Below } else { Message::Shown };
        context.printer.line(&line(report, message, width, &context.texts))?;
    }
    if reports.len() > 1 {
        let (points, maximum) = points(reports);
        let values = [("points", points.into()), ("maximum", maximum.into())];
        let sum = context.texts.with("points", values);
        context.printer.line(&format!("\n{sum}"))?;
    }
    if context.detail == Detail::Verbose
        && let Some(report) = reports.first()
    {
        let layers = report.confinement.join(", ");
        context.printer.line(&format!("\n{}", context.texts.with("confined-by", [("layers", (&layers).into())])))?;
    }
    for report in explained {
        let Standing::Decided { verdict, told, book, .. } = &report.standing else {
            continue;
        };
        let see_again = report.schedule.as_ref().map(|file| format!("cargo grade replay {file}"));
        let has_hints = course.topic(&report.name).is_ok_and(|topic| !topic.lesson.hints.is_empty());
        let help = (whose != Whose::Reference && has_hints).then(|| format!("cargo grade hint {}", report.name));
        let text = explain(*verdict, told, book, see_again.as_deref(), help.as_deref(), context.detail, &context.texts);
        // Below the points it takes a name to know whose explanation this is.
        let head = if reports.len() > 1 {
            format!("\n{}\n\n", line(report, Message::Below, 0, &context.texts))
        } else {
            "\n".into()
        };
        context.printer.text(&format!("{head}{text}"))?;
    }
    Ok(())
}

fn points(reports: &[TopicReport]) -> (u32, u32) {
    (reports.iter().filter_map(TopicReport::points).sum(), reports.iter().map(|report| report.max_points).sum())
}
