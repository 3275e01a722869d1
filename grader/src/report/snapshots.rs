//! Snapshots of whole reports, made from made-up executions.

use explorer::{
    Ending, Execution, Frame, Leftover, LeftoverKind, Limit, Location, LostUpdate, ObjectId, Stuck, TaskEnd, TaskId,
    Wait,
};

use super::{Book, Detail, Language, Message, Report, Standing, Texts, TopicReport, explain, line, to_text};
use crate::comparison::{Expected, Mismatch, OutputRules};
use crate::grade::{Evidence, Failed, GradeError, Graded, Reached, Reason, Shown, TaskCounts, Undecided, Verdict};
use crate::judge::{Crash, Death, Failure, Fault, Kind};
use crate::lesson::{Bilingual, Case, MechanismUse, Reach};
use crate::made_up::MadeUp;
use crate::mechanism::{Amount, Broken, Condition, Holds, Rule};
use crate::session::{Bounds, Choice, Coverage, Extent, Made, Right, Samples, Scope};
use crate::submission::{Defect, Sources};
use crate::verdict::VerdictCode;

const SOURCE: &str = "\
use std::ptr;

fn deposit(account: *mut Account) {
    unsafe {
        (*account).balance += 10;
        let operations = ptr::read(&(*account).operations);
        ptr::write(&mut (*account).operations, operations + 1);
    }
}

fn main() {
    let child = fork(|| deposit(account));
    waitpid(child, None);
    println!(\"balance: {}\", (*account).balance);
}
";

fn case() -> Case {
    Case {
        name: "two_by_one".into(),
        args: vec!["2".into(), "1".into()],
        input: String::new(),
        exit: 0,
        bounds: Bounds { preemptions: 2, executions: 1000 },
        scope: Scope::default(),
        reach: Reach::Partial,
        mechanism: MechanismUse::Judged,
        keeps: Vec::new(),
    }
}

fn book() -> Book {
    Book::Submission { place: "exercises/04_locks".into(), sources: Sources::of_main(SOURCE) }
}

fn shown(execution: Execution, fault: Fault, met_at: u32) -> Shown {
    shown_beside(execution, fault, met_at, None)
}

/// The same, beside an execution that goes right.
fn shown_beside(execution: Execution, fault: Fault, met_at: u32, right: Option<Execution>) -> Shown {
    let choice = Choice::plain(4, TaskId(2));
    let made = if met_at > 1 { vec![Made { choice, ready: vec![TaskId(1), TaskId(2)] }] } else { Vec::new() };
    let kind = Kind::of(&fault, &execution, right.as_ref());
    let failure = Failure { fault, also: Vec::new() };
    let right = right.map(|execution| Right { made: Vec::new(), execution });
    Shown { case: case(), failure, rule: None, kind, made, execution, met_at, right }
}

fn failed(evidence: Evidence) -> Verdict {
    Verdict::Failed(Box::new(Failed { evidence, program: None }))
}

fn report(verdict: Verdict, executions: u32, language: Language) -> TopicReport {
    let graded: Result<Graded, GradeError> = Ok(Graded { verdict, executions });
    let mut report = TopicReport::new("locks", 20, &graded, book(), &Texts::new(language));
    report.schedule = Some("locks.schedule".into());
    report
}

fn text(report: &TopicReport, language: Language) -> String {
    let texts = Texts::new(language);
    let text = match &report.standing {
        Standing::Decided { verdict, told, book, .. } if *verdict != VerdictCode::Passed => {
            let replay = told.met_at.map(|_| "cargo grade replay locks.schedule");
            let hint = Some("cargo grade hint locks");
            let explained = explain(*verdict, told, book, replay, hint, Detail::Normal, &texts);
            format!("{}\n\n{explained}", line(report, Message::Below, 0, &texts))
        }
        Standing::Decided { .. } | Standing::Error(_) => line(report, Message::Shown, 0, &texts),
    };
    anstream::adapter::strip_str(&text).to_string()
}

#[track_caller]
fn check(name: &str, verdict: Verdict) {
    for (language, suffix) in [(Language::English, "en"), (Language::Spanish, "es")] {
        let report = report(verdict.clone(), 2, language);
        insta::assert_snapshot!(format!("{name}_{suffix}"), text(&report, language));
    }
}

#[track_caller]
fn check_json(name: &str, verdict: Verdict) {
    let report = report(verdict, 2, Language::English);
    insta::assert_snapshot!(name, to_text(&Report::new(&[report], 1)));
}

fn mismatch(expected: &str, got: &str) -> Mismatch {
    Expected::new(&OutputRules::default(), expected.as_bytes()).mismatch(got.as_bytes()).unwrap()
}

fn place(line: u32) -> Vec<Frame> {
    vec![Frame { function: None, file: "exercises/04_locks/src/main.rs".into(), line, column: 9 }]
}

/// Two children of which the second comes between the first one's read and write.
fn lost() -> (Execution, Fault) {
    let execution = MadeUp::new()
        .line(12)
        .start(0, 1)
        .start(0, 2)
        .line(5)
        .load(1, 0)
        .load(2, 0)
        .store(1, 0, 10)
        .store(2, 0, 10)
        .line(14)
        .print(0, "balance: 10\n")
        .done();
    let location = Location { object: ObjectId(1), word: 0 };
    let update = LostUpdate { location, victim: TaskId(2), other: TaskId(1), read: 3, overwritten: 4, write: 5 };
    (execution, Fault::LostUpdate { update, mismatch: mismatch("balance: 20\n", "balance: 10\n") })
}

#[test]
fn a_lost_update_is_shown_step_by_step() {
    let (execution, fault) = lost();
    check("lost_update", failed(Evidence::Shown(Box::new(shown(execution, fault, 2)))));
}

#[test]
fn a_lost_update_in_two_statements_marks_both() {
    let execution = MadeUp::new().line(6).load(1, 0).line(6).load(2, 0).line(7).store(1, 0, 1).store(2, 0, 1).done();
    let location = Location { object: ObjectId(1), word: 0 };
    let update = LostUpdate { location, victim: TaskId(2), other: TaskId(1), read: 1, overwritten: 2, write: 3 };
    let fault = Fault::LostUpdate { update, mismatch: mismatch("operations: 2\n", "operations: 1\n") };
    check("lost_update_in_two_statements", failed(Evidence::Shown(Box::new(shown(execution, fault, 3)))));
}

#[test]
fn a_wrong_output_of_some_schedules_shows_who_came_between() {
    let execution = MadeUp::new()
        .start(0, 1)
        .start(0, 2)
        .line(5)
        .store(1, 0, 10)
        .line(6)
        .load(2, 0)
        .load(2, 1)
        .line(7)
        .store(1, 1, 1)
        .line(14)
        .print(0, "inconsistent audits: 1\n")
        .done();
    let mismatch = mismatch("inconsistent audits: 0\n", "inconsistent audits: 1\n");
    let fault = Fault::WrongOutput { mismatch, deaths: Vec::new() };
    check("wrong_output_sometimes", failed(Evidence::Shown(Box::new(shown(execution, fault, 4)))));
}

#[test]
fn half_a_write_is_a_torn_read_beside_what_goes_right() {
    let begin = || MadeUp::new().start(0, 1).start(0, 2).line(5).store(1, 0, 10);
    let wrong = begin().line(6).load(2, 0).load(2, 1).line(7).store(1, 1, 1).line(14).print(0, "1\n").done();
    let right = begin().line(7).store(1, 1, 1).line(6).load(2, 0).load(2, 1).line(14).print(0, "0\n").done();
    let fault = Fault::WrongOutput { mismatch: mismatch("0\n", "1\n"), deaths: Vec::new() };
    let shown = shown_beside(wrong, fault, 4, Some(right));
    check("torn_read", failed(Evidence::Shown(Box::new(shown.clone()))));
    let report = report(failed(Evidence::Shown(Box::new(shown))), 4, Language::English);
    insta::assert_snapshot!("torn_read_json", to_text(&Report::new(&[report], 1)));
}

#[test]
fn lines_the_wrong_way_round_are_told_as_such() {
    let begin = || MadeUp::new().start(0, 1).start(0, 2).line(14);
    let wrong = begin().print(2, "b\n").print(1, "a\n").done();
    let right = begin().print(1, "a\n").print(2, "b\n").done();
    let fault = Fault::WrongOutput { mismatch: mismatch("a\nb\n", "b\na\n"), deaths: Vec::new() };
    check("order_of_output", failed(Evidence::Shown(Box::new(shown_beside(wrong, fault, 2, Some(right))))));
}

#[test]
fn a_crash_of_some_schedules_says_what_is_seen_in_the_others() {
    let begin = || MadeUp::new().line(12).start(0, 1);
    let wrong = begin().line(6).load(0, 0).line(5).store(1, 0, 7).end_with(0, TaskEnd::Signal(11)).done();
    let right = begin().line(5).store(1, 0, 7).line(6).load(0, 0).end(0).done();
    let shown = shown_beside(wrong, Fault::Crash(Crash::Signal(11)), 2, Some(right));
    check("crash_in_a_schedule", failed(Evidence::Shown(Box::new(shown))));
}

#[test]
fn a_wake_before_the_sleep_is_told_in_its_order() {
    let (location, frames) = (Location { object: ObjectId(1), word: 2 }, place(6));
    let stuck = vec![
        Stuck { task: TaskId(0), wait: Wait::Child(vec![TaskId(1)]), frames: place(13) },
        Stuck { task: TaskId(1), wait: Wait::Futex { location, holder: None }, frames },
    ];
    let begin = MadeUp::new().line(12).start(0, 1).start(0, 2).line(5).load(1, 0);
    let woken = begin.line(6).store(2, 0, 1).wake(2, 2, &[]).line(7).sleep_on(1, 2);
    let execution = woken.ending(Ending::Deadlock(stuck.clone())).done();
    check("lost_wake_up", failed(Evidence::Shown(Box::new(shown(execution, Fault::Deadlock(stuck), 2)))));
}

#[test]
fn without_lines_functions_are_named_and_how_to_get_lines() {
    let (mut execution, fault) = lost();
    for step in &mut execution.steps {
        step.frames = vec![Frame::of_function("deposit", "bank", 18)];
    }
    check("without_lines", failed(Evidence::Shown(Box::new(shown(execution, fault, 2)))));
}

#[test]
fn a_wrong_output_of_every_run_needs_no_table() {
    let execution = MadeUp::new().line(14).print(0, "balance: 20\n").print(0, "\x1b[2J\n").done();
    let deaths = vec![Death { task: TaskId(1), end: TaskEnd::Exit(101) }];
    let mismatch = mismatch("balance: 20\noperations: 2\n", "balance: 20\n\x1b[2J\n");
    let fault = Fault::WrongOutput { mismatch, deaths };
    check("wrong_output_always", failed(Evidence::Shown(Box::new(shown(execution, fault, 1)))));
}

#[test]
fn a_deadlock_says_who_waits_for_what() {
    let pipe = ObjectId(9);
    let stuck = vec![
        Stuck { task: TaskId(0), wait: Wait::Child(vec![TaskId(1)]), frames: place(13) },
        Stuck {
            task: TaskId(1),
            wait: Wait::Readable { object: pipe, holders: vec![TaskId(0), TaskId(1)] },
            frames: place(6),
        },
    ];
    let execution = MadeUp::new().line(12).start(0, 1).ending(Ending::Deadlock(stuck.clone())).done();
    let fault = Fault::Deadlock(stuck);
    check("deadlock_own_end", failed(Evidence::Shown(Box::new(shown(execution, fault, 1)))));
}

#[test]
fn a_deadlock_after_a_death_starts_with_it() {
    let location = Location { object: ObjectId(1), word: 3 };
    let stuck = vec![
        Stuck { task: TaskId(0), wait: Wait::Child(vec![TaskId(2)]), frames: place(13) },
        Stuck { task: TaskId(2), wait: Wait::Futex { location, holder: Some(TaskId(1)) }, frames: place(5) },
    ];
    let execution = MadeUp::new().start(0, 1).start(0, 2).end_with(1, TaskEnd::Signal(9));
    let execution = execution.ending(Ending::Deadlock(stuck.clone())).done();
    let fault = Fault::Deadlock(stuck);
    check("deadlock_after_death", failed(Evidence::Shown(Box::new(shown(execution, fault, 7)))));
}

#[test]
fn a_zombie_is_marked_where_it_was_started() {
    let execution = MadeUp::new().line(12).start(0, 1).start(0, 2).end(1).end(2).end(0).done();
    let fault = Fault::Zombie(vec![TaskId(1), TaskId(2)]);
    check("zombie", failed(Evidence::Shown(Box::new(shown(execution, fault, 1)))));
}

#[test]
fn other_faults_are_one_sentence() {
    let execution = || MadeUp::new().line(12).start(0, 1).start(1, 2).end_with(0, TaskEnd::Signal(11)).done();
    let left = |kind, name: &str| Leftover { kind, name: name.into() };
    let faults = [
        Fault::Forbidden(vec!["the network".into()]),
        Fault::TooMuch(Limit::Tasks(256)),
        Fault::Timeout(Limit::Steps(400_000)),
        Fault::Timeout(Limit::Output(4 << 20)),
        Fault::Livelock { running: vec![TaskId(1)], waiting: Vec::new() },
        Fault::Crash(Crash::Signal(11)),
        Fault::Crash(Crash::Panic),
        Fault::Crash(Crash::Exit { code: 3, expected: 0 }),
        Fault::Orphan { left: vec![TaskId(2)], stuck: Vec::new() },
        Fault::Leak(vec![left(LeftoverKind::SharedMemory, "/account"), left(LeftoverKind::Fifo, "/tmp/a")]),
    ];
    for (language, suffix) in [(Language::English, "en"), (Language::Spanish, "es")] {
        let said = faults.iter().map(|fault| {
            let shown = shown(execution(), fault.clone(), 1);
            report(failed(Evidence::Shown(Box::new(shown))), 1, language).message().to_owned()
        });
        insta::assert_snapshot!(format!("sentences_{suffix}"), said.collect::<Vec<_>>().join("\n"));
    }
}

#[test]
fn a_mechanism_speaks_in_the_lessons_words_and_says_what_was_seen() {
    let say = Bilingual {
        en: "there should be one process for each worker.".into(),
        es: "debería haber un proceso por trabajador.".into(),
    };
    let condition = Condition::Children(Amount::Exactly(3));
    let rule = Rule { condition, holds: Holds::Always, say: Some(say) };
    let broken = Broken::Amount { seen: 0, wanted: Amount::Exactly(3) };
    let fault = Fault::Mechanism { rule: 0, broken };
    let shown = Shown { rule: Some(rule.clone()), ..shown(MadeUp::new().done(), fault, 1) };
    check("mechanism", failed(Evidence::Shown(Box::new(shown))));
    let rule = Box::new(Rule { say: None, holds: Holds::Once, ..rule });
    check("mechanism_never", failed(Evidence::NeverHeld { case: case(), rule, executions: 12 }));
}

#[test]
fn what_does_not_compile_shows_the_compilers_words() {
    let messages = "\x1b[1m\x1b[91merror\x1b[0m: expected item\n --> exercises/04_locks/src/main.rs:1:1\n";
    check("not_compiled", failed(Evidence::NotCompiled(messages.into())));
    check("not_utf8", failed(Evidence::NotTaken(Defect::NotUtf8 { path: "main.rs".into(), line: 3 })));
}

#[test]
fn a_pass_says_how_far_it_looked() {
    let reached = |coverage, executions, threads| {
        let tasks = TaskCounts { processes: 4, threads };
        Verdict::Passed(Reached { case: case(), coverage, executions, tasks })
    };
    let of = Coverage::of;
    check("passed_preemptions", reached(of(Extent::Preemptions(2)), 2, 0));
    check("passed_exhaustive", reached(of(Extent::Exhaustive), 1, 1));
    check("passed_sampled", reached(of(Extent::Some(2)), 2, 2));
    let coverage = Coverage { threads: explorer::Threads::NotFollowed, ..of(Extent::Some(2)) };
    check("passed_with_threads_not_followed", reached(coverage, 2, 2));
    let samples = |points| Some(Samples { count: 400, depth: 3, tasks: 4, points });
    let coverage = Coverage { samples: samples(20), ..of(Extent::Preemptions(1)) };
    check("passed_with_samples", reached(coverage, 2000, 0));
    check_json("passed_with_samples_json", reached(coverage, 2000, 0));
    let coverage = Coverage { samples: samples(100_000), ..of(Extent::Some(2000)) };
    check("passed_with_few_samples", reached(coverage, 2000, 0));
    let faults = [explorer::Fault::Killed, explorer::Fault::Interrupted].into_iter().collect();
    let scope = Scope { memory: explorer::MemoryModel::StoreBuffers, faults, ..Scope::default() };
    let coverage = Coverage { scope, ..of(Extent::Preemptions(2)) };
    check("passed_with_store_buffers", reached(coverage, 20, 2));
    check_json("passed_with_store_buffers_json", reached(coverage, 20, 2));
}

#[test]
fn what_is_undecided_accuses_nobody() {
    let undecided = |reason| Verdict::Inconclusive(Undecided { case: case(), reason });
    let names = vec!["io_submit".to_owned(), "vmsplice".to_owned()];
    check("unmodelled", undecided(Reason::Unmodelled { names, like: Some(VerdictCode::Deadlock) }));
    let tasks = TaskCounts { processes: 4, threads: 0 };
    let coverage = Coverage::of(Extent::Some(1000));
    check("not_reached", undecided(Reason::NotReached { wanted: 2, coverage, executions: 1000, tasks }));
}

#[test]
fn the_graders_own_failure_is_no_zero() {
    let graded: Result<Graded, GradeError> = Err(GradeError::Panicked("index out of bounds".into()));
    let report = TopicReport::new("locks", 20, &graded, Book::Empty, &Texts::new(Language::English));
    insta::assert_snapshot!("grader_error_en", text(&report, Language::English));
    insta::assert_snapshot!("grader_error_json", to_text(&Report::new(&[report], 1)));
}

#[test]
fn the_json_report_holds_what_the_text_does() {
    let (execution, fault) = lost();
    let report = report(failed(Evidence::Shown(Box::new(shown(execution, fault, 2)))), 2, Language::English);
    insta::assert_snapshot!("lost_update_json", to_text(&Report::new(&[report], 1)));
}
