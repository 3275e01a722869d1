//! What there is to say of a verdict, in words: the one source of the text report and of
//! the JSON report.

use explorer::{Ending, Execution, Limit, MemoryModel, Stream, Threads, Way, explain_deadlock};

use super::book::Book;
use super::clean;
use super::excerpt::Mark;
use super::faults::{Explained, Teller};
use super::interleaving::{self, Table};
use super::kinds::RightTold;
use super::names::Names;
use super::texts::Texts;
use crate::comparison::{Difference, Mismatch};
use crate::grade::{Evidence, Reached, Reason, Shown, TaskCounts, Undecided, Unlike, Verdict};
use crate::judge::{Fault, Kind, KindCode};
use crate::lesson::Case;
use crate::session::{Coverage, Extent};
use crate::submission::Defect;
use crate::verdict::VerdictCode;

/// The most lines quoted from standard error.
const ERROR_LINES: usize = 4;

/// What there is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// One sentence, without a full stop.
    pub message: String,
    /// What kind of mistake that is, where the verdict does not say it all.
    pub kind: Option<KindCode>,
    /// How a schedule near that one goes right.
    pub right: Option<RightTold>,
    /// Places in the source, the main one first.
    pub marks: Vec<Mark>,
    /// The compiler's own messages, with its colours.
    pub compiler: Option<String>,
    /// More to know, a sentence each.
    pub details: Vec<String>,
    /// The steps that show it.
    pub table: Option<Table>,
    /// What differs in the output.
    pub output: Option<OutputTold>,
    /// The end of what the program said on standard error.
    pub standard_error: Vec<String>,
    /// The run it was seen in.
    pub case: Option<CaseTold>,
    /// At the how-manieth execution it was met, from 1.
    pub met_at: Option<u32>,
    /// What else was wrong.
    pub also: Vec<VerdictCode>,
}

/// What was expected of an output, against what was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputTold {
    /// The first line that differs, as it should be; none if it should not be there.
    pub expected: Option<String>,
    /// The same as it was printed; none if it is missing.
    pub got: Option<String>,
    /// The whole difference, as `diff -u` would show it.
    pub diff: String,
}

/// A run of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseTold {
    /// The case's name.
    pub name: String,
    /// The program with its arguments, as one would type them.
    pub command: String,
    /// Lines of standard input.
    pub input_lines: usize,
}

impl Told {
    fn new(message: String) -> Self {
        Told {
            message,
            kind: None,
            right: None,
            marks: Vec::new(),
            compiler: None,
            details: Vec::new(),
            table: None,
            output: None,
            standard_error: Vec::new(),
            case: None,
            met_at: None,
            also: Vec::new(),
        }
    }

    /// Of a verdict on the program `program`. `executions` are those of all cases.
    pub fn of(verdict: &Verdict, executions: u32, program: &str, book: &Book, texts: &Texts) -> Self {
        match verdict {
            Verdict::Passed(reached) => Told::new(passed(reached, executions, texts)),
            Verdict::Inconclusive(undecided) => {
                let case = Some(CaseTold::of(&undecided.case, program));
                let details = match undecided.reason {
                    Reason::Unmodelled { .. } => vec![texts.say("unmodelled-report")],
                    Reason::Sliced(_) | Reason::Unfollowed(_) | Reason::Unreplayed(_) | Reason::NotReached { .. } => {
                        Vec::new()
                    }
                };
                Told { case, details, ..Told::new(undecided_message(undecided, texts)) }
            }
            Verdict::Failed(failed) => {
                let case = failed.evidence.case().map(|case| CaseTold::of(case, program));
                Told { case, ..evidence(&failed.evidence, book, texts) }
            }
        }
    }
}

impl CaseTold {
    fn of(case: &Case, program: &str) -> Self {
        let words = std::iter::once(program.to_owned()).chain(case.args.iter().map(|arg| quoted(arg)));
        let command = clean::line(&words.collect::<Vec<_>>().join(" "));
        CaseTold { name: case.name.clone(), command, input_lines: case.input.lines().count() }
    }
}

/// An argument as one would type it.
fn quoted(arg: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=./:,+@%".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) { arg.to_owned() } else { format!("'{}'", arg.replace('\'', r"'\''")) }
}

/// How far a search looked, in so many executions; so many others were of other searches.
fn coverage(coverage: Coverage, executions: u32, others: u32, tasks: TaskCounts, texts: &Texts) -> String {
    let Coverage { extent, samples, scope, threads: seen } = coverage;
    let processes = ("processes", tasks.processes.into());
    let threads = ("threads", tasks.threads.into());
    // The texts on threads build on the one on processes, and need its variables too.
    let tasks = match (tasks.threads, seen) {
        (0, _) => texts.with("tasks", [processes]),
        (_, Threads::NotFollowed) => texts.with("tasks-and-threads", [processes, threads]),
        (_, Threads::Followed) => texts.with("tasks-and-followed-threads", [processes, threads]),
    };
    let counted = texts.with("executions", [("count", executions.into())]);
    let mut told = match extent {
        Extent::Exhaustive => {
            texts.with("coverage-exhaustive", [("tasks", (&tasks).into()), ("executions", (&counted).into())])
        }
        Extent::Preemptions(preemptions) => texts.with(
            "coverage-preemptions",
            [("preemptions", preemptions.into()), ("tasks", (&tasks).into()), ("executions", (&counted).into())],
        ),
        Extent::Some(1) => texts.with("coverage-single", [("tasks", (&tasks).into())]),
        Extent::Some(_) => {
            texts.with("coverage-sampled", [("tasks", (&tasks).into()), ("executions", (&counted).into())])
        }
    };
    let more = texts.with("more-cases", [("count", others.into())]);
    if !more.is_empty() {
        told = format!("{told} {more}");
    }
    if let Some(samples) = samples {
        let percent = (samples.probability() * 100.0).floor() as u32;
        let (count, depth) = (("count", samples.count.into()), ("depth", samples.depth.into()));
        let random = if percent == 0 {
            texts.with("coverage-few-samples", [count, depth])
        } else {
            texts.with("coverage-samples", [count, depth, ("percent", percent.into())])
        };
        told = format!("{told}, {random}");
    }
    let memory = match scope.memory {
        MemoryModel::SequentiallyConsistent => "coverage-sequential",
        MemoryModel::StoreBuffers => "coverage-store-buffers",
    };
    told = format!("{told}, {}", texts.say(memory));
    if scope.faults.iter().next().is_some() {
        told = format!("{told}, {}", texts.say("coverage-faults"));
    }
    told
}

fn passed(reached: &Reached, executions: u32, texts: &Texts) -> String {
    let others = executions.saturating_sub(reached.executions);
    coverage(reached.coverage, reached.executions, others, reached.tasks, texts)
}

fn undecided_message(undecided: &Undecided, texts: &Texts) -> String {
    match &undecided.reason {
        Reason::Unmodelled { names, like } => {
            let names = texts.list(names);
            match like {
                None => texts.with("unmodelled", [("names", (&names).into())]),
                Some(code) => {
                    texts.with("unmodelled-like", [("names", (&names).into()), ("verdict", code.as_str().into())])
                }
            }
        }
        Reason::Sliced(code) => texts.with("sliced", [("verdict", code.as_str().into())]),
        Reason::Unfollowed(Unlike::Output) => texts.say("unfollowed-output"),
        Reason::Unfollowed(Unlike::End) => texts.say("unfollowed-end"),
        Reason::Unfollowed(Unlike::Endless) => texts.say("unfollowed-endless"),
        Reason::Unreplayed(code) => texts.with("unreplayed", [("verdict", code.as_str().into())]),
        Reason::NotReached { wanted, coverage: reached, executions, tasks } => {
            let looked = coverage(*reached, *executions, 0, *tasks, texts);
            texts.with("not-reached", [("wanted", (*wanted).into()), ("coverage", (&looked).into())])
        }
    }
}

fn evidence(evidence: &Evidence, book: &Book, texts: &Texts) -> Told {
    match evidence {
        Evidence::NotTaken(defect) => Told::new(not_taken(defect, texts)),
        Evidence::NotCompiled(messages) => {
            Told { compiler: Some(clean::messages(messages)), ..Told::new(texts.say("not-compiled")) }
        }
        Evidence::NeverHeld { rule, executions, .. } => {
            let counted = texts.with("executions", [("count", (*executions).into())]);
            let what = super::rules::say(rule, texts);
            Told::new(texts.with("never-held", [("what", (&what).into()), ("executions", (&counted).into())]))
        }
        Evidence::Shown(shown) => self::shown(shown, book, texts),
    }
}

fn not_taken(defect: &Defect, texts: &Texts) -> String {
    match defect {
        Defect::NoMain => texts.say("no-main"),
        Defect::NotRegular(path) => texts.with("not-regular", [("path", (&clean::line(path)).into())]),
        Defect::TooLarge(path) => texts.with("too-large", [("path", (&clean::line(path)).into())]),
        Defect::TooLargeTogether => texts.say("too-large-together"),
        Defect::TooMany => texts.say("too-many-files"),
        Defect::NotUtf8 { path, line } => {
            texts.with("not-utf8", [("path", (&clean::line(path)).into()), ("line", (*line).into())])
        }
    }
}

fn shown(shown: &Shown, book: &Book, texts: &Texts) -> Told {
    let execution = &shown.execution;
    let names = Names::of(execution, texts);
    let fault = &shown.failure.fault;
    let steps = if shown.is_by_schedule() { interleaving::steps(shown) } else { Vec::new() };
    let teller = Teller { shown, told: &steps, execution, names: &names, book, texts };
    let explained = Explained::of(&teller);
    let table = if steps.is_empty() { None } else { interleaving::table(shown, &steps, &names, book, texts) };
    let rows = if table.is_some() { &steps[..] } else { &[] };
    Told {
        kind: shown.kind.as_ref().filter(|_| shown.is_by_schedule() || is_of_waits(shown)).map(Kind::code),
        right: teller.right(rows),
        marks: explained.marks,
        details: [explained.details, delayed(shown, texts), without_lines(shown, &steps, book, texts)].concat(),
        table,
        output: mismatch(fault).map(OutputTold::of),
        standard_error: standard_error(execution, fault),
        met_at: Some(shown.met_at),
        also: shown.failure.also.clone(),
        ..Told::new(explained.message)
    }
}

/// What a schedule counts on in which stores come to memory late.
fn delayed(shown: &Shown, texts: &Texts) -> Vec<String> {
    let delays = shown.made.iter().any(|made| made.choice.way == Way::Delays);
    delays.then(|| texts.say("delayed-store")).into_iter().collect()
}

/// Where the steps told have no lines for want of debug information: how to get them.
fn without_lines(shown: &Shown, steps: &[usize], book: &Book, texts: &Texts) -> Vec<String> {
    let stuck = match &shown.execution.ending {
        Ending::Deadlock(stuck) | Ending::Orphans(stuck) | Ending::Livelock { waiting: stuck, .. } => &stuck[..],
        Ending::Ended | Ending::Limit(_) | Ending::Abandoned => &[],
    };
    let told = steps.iter().filter_map(|index| Some(&shown.execution.steps.get(*index)?.frames[..]));
    let mut frames = told.chain(stuck.iter().map(|stuck| &stuck.frames[..]));
    let program = frames.find_map(|frames| book.program_without_lines(frames));
    let say = |program: &str| texts.with("no-lines", [("program", (&clean::line(program)).into())]);
    program.map(say).into_iter().collect()
}

/// Whether it is seen from who waits for whom, or who runs for ever, whatever the schedule.
fn is_of_waits(shown: &Shown) -> bool {
    match &shown.kind {
        Some(Kind::Waits(_) | Kind::Livelock) => true,
        Some(Kind::Order(_) | Kind::OutputOrder(_) | Kind::CrashInSchedule(_)) | None => false,
    }
}

fn mismatch(fault: &Fault) -> Option<&Mismatch> {
    match fault {
        Fault::LostUpdate { mismatch, .. } | Fault::WrongOutput { mismatch, .. } => Some(mismatch),
        Fault::Forbidden(_)
        | Fault::TooMuch(_)
        | Fault::Deadlock(_)
        | Fault::Livelock { .. }
        | Fault::Timeout(_)
        | Fault::Crash(_)
        | Fault::Orphan { .. }
        | Fault::Zombie(_)
        | Fault::Leak(_)
        | Fault::Mechanism { .. } => None,
    }
}

impl OutputTold {
    fn of(mismatch: &Mismatch) -> Self {
        let (expected, got) = match &mismatch.first {
            Difference::Line { expected, got, .. } => (Some(expected), Some(got)),
            Difference::Missing { line, .. } => (Some(line), None),
            Difference::Extra { line, .. } | Difference::Late { line, .. } => (None, Some(line)),
        };
        let clean = |line: Option<&String>| line.map(|line| clean::line(line));
        let diff: Vec<_> = mismatch.diff().lines().take(60).map(clean::line).collect();
        OutputTold { expected: clean(expected), got: clean(got), diff: diff.join("\n") }
    }
}

/// What a program that ended badly said last: a panic's own words.
fn standard_error(execution: &Execution, fault: &Fault) -> Vec<String> {
    let ended_badly = match fault {
        Fault::Crash(_) => true,
        Fault::WrongOutput { deaths, .. } => !deaths.is_empty(),
        Fault::Deadlock(_) => explain_deadlock(execution).is_some_and(|known| !known.deaths.is_empty()),
        Fault::Forbidden(_)
        | Fault::TooMuch(_)
        | Fault::Livelock { .. }
        | Fault::Timeout(_)
        | Fault::Orphan { .. }
        | Fault::Zombie(_)
        | Fault::LostUpdate { .. }
        | Fault::Leak(_)
        | Fault::Mechanism { .. } => false,
    };
    if !ended_badly {
        return Vec::new();
    }
    let said = String::from_utf8_lossy(&execution.output(Stream::Err)).into_owned();
    let lines =
        said.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE"));
    let mut lines: Vec<_> = lines.map(|line| clean::line(&without_thread_id(line))).collect();
    lines.drain(..lines.len().saturating_sub(ERROR_LINES));
    lines
}

/// A panic's first line names its thread by a number of the system's, which says nothing.
fn without_thread_id(line: &str) -> String {
    let Some((thread, rest)) = line.split_once(" panicked at ") else {
        return line.to_owned();
    };
    let name = thread.rsplit_once(" (").filter(|(_, id)| id.trim_end_matches(')').parse::<u32>().is_ok());
    format!("{} panicked at {rest}", name.map_or(thread, |(name, _)| name))
}

/// The number in a limit.
pub(super) fn limit(limit: &Limit) -> u64 {
    match limit {
        Limit::Steps(limit)
        | Limit::ProcessorTime(limit)
        | Limit::Output(limit)
        | Limit::Memory(limit)
        | Limit::Files(limit) => *limit,
        Limit::Tasks(limit) => (*limit).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_one_would_type_it() {
        assert_eq!(quoted("ana=3"), "ana=3");
        assert_eq!(quoted("two words"), "'two words'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn a_panic_is_quoted_without_its_threads_number() {
        let line = "thread 'main' (1234) panicked at src/main.rs:3:5:";
        assert_eq!(without_thread_id(line), "thread 'main' panicked at src/main.rs:3:5:");
        assert_eq!(without_thread_id("thread 'a (b)' panicked at x"), "thread 'a (b)' panicked at x");
    }
}
