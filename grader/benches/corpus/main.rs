//! Explores the whole corpus of programs and prints the table of `docs/src/corpus.md`. Names
//! of programs as arguments: those only. `--plain N`: so many plain runs (default: 40).

use std::error::Error;
use std::time::Duration;

mod plain;
#[expect(dead_code, reason = "some of it serves the tests only")]
#[path = "../../tests/all/programs/mod.rs"]
mod programs;

use plain::{Plain, run_plainly};
use programs::{Enough, Explored, Form, Language, NotBuilt, Program, Tasks, build, explore};

fn main() -> Result<(), Box<dyn Error>> {
    let mut only: Vec<String> = Vec::new();
    let mut times = 40;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--plain" => times = args.next().ok_or("--plain needs a number")?.parse()?,
            // what cargo itself adds
            flag if flag.starts_with("--") => {}
            _ => only.push(arg),
        }
    }
    let mut counts = Counts::default();
    for language in Language::ALL {
        println!("\n## {}\n", title(language));
        println!(
            "| program | what is wrong in the wrong form | its verdict | met at | time | plain runs | right form | time |"
        );
        println!("|---|---|---|---|---|---|---|---|");
        for program in programs::programs(language) {
            if !only.is_empty() && !only.iter().any(|part| program.name.contains(part)) {
                continue;
            }
            for flags in &program.builds {
                row(&program, flags, times, &mut counts)?;
            }
        }
    }
    println!("\n{} pairs: {} wrong forms found, {} right ones passed.", counts.pairs, counts.found, counts.passed);
    Ok(())
}

#[derive(Default)]
struct Counts {
    pairs: u32,
    found: u32,
    passed: u32,
}

fn row(program: &Program, flags: &str, times: u32, counts: &mut Counts) -> Result<(), Box<dyn Error>> {
    let built = |form| match build(program, form, flags) {
        Ok(built) => Ok(built),
        Err(NotBuilt::Missing(tool)) => Err(format!("`{tool}` is missing")),
        Err(NotBuilt::Refused(why)) => Err(format!("{} does not compile: {why}", program.name)),
    };
    let (wrong, right) = (built(Form::Wrong)?, built(Form::Right)?);
    let plain: Vec<Plain> = (0..times).map(|_| run_plainly(program, &wrong)).collect();
    let failing = plain.iter().filter(|plain| **plain != Plain::Right).count();
    let hung = plain.iter().filter(|plain| **plain == Plain::Hung).count();
    let (wrong, right) = (explore(program, &wrong, Enough::AsDeclared), explore(program, &right, Enough::AsDeclared));
    counts.pairs += 1;
    counts.found += u32::from(wrong.verdict == program.wrong);
    counts.passed += u32::from(right.verdict == program.deserves(Form::Right));
    let star = if program.sample { "\\*" } else { "" };
    let name = if flags.is_empty() { format!("`{}`", program.name) } else { format!("`{}` {flags}", program.name) };
    let tasks = match program.tasks {
        Tasks::Processes => "processes",
        Tasks::Threads => "threads",
    };
    let hung = if hung > 0 { format!(" ({hung} hang)") } else { String::new() };
    println!(
        "| {name}{star} | {tasks}: {} | {} | {} | {} | {failing} of {times}{hung} | {} | {} |",
        program.about,
        said(&wrong, &program.wrong),
        wrong.met_at.map_or(String::new(), |at| at.to_string()),
        seconds(wrong.took),
        said(&right, program.deserves(Form::Right)),
        seconds(right.took)
    );
    for (form, explored) in Form::ALL.into_iter().zip([&wrong, &right]) {
        if explored.verdict != program.deserves(form) {
            eprintln!("{} ({}): {}: {}", program.name, form.name(), explored.verdict, explored.message);
            if let Some(remark) = &program.remark {
                eprintln!("    {remark}");
            }
        }
    }
    Ok(())
}

fn said(explored: &Explored, deserved: &str) -> String {
    let Explored { verdict, coverage, executions, .. } = explored;
    let verdict = if verdict == deserved { verdict.clone() } else { format!("**{verdict}**") };
    match coverage.as_str() {
        "" => verdict,
        coverage => format!("{verdict}: {coverage}, {executions} executions"),
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn title(language: Language) -> &'static str {
    match language {
        Language::C => "C",
        Language::Rust => "Rust",
        Language::Python => "Python",
    }
}
