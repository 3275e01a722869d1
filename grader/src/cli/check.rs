//! `cargo grade check`

use anstyle::{AnsiColor, Style};

use super::context::{Context, Stop};
use super::exit::Exit;
use crate::check::{Checked, Item, What, check, items};
use crate::grade::{GradeError, Grader, in_parallel};
use crate::interrupt;
use crate::report::{Detail, Texts};

/// Checks the course.
pub fn run(context: &mut Context, names: &[String]) -> Result<Exit, Stop> {
    let course = context.course()?;
    let topics = context.topics(&course, names)?;
    let items = items(&topics);
    let progress = context.progress(items.len());
    let builder = context.builder(&course)?;
    let grader = Grader::new(&course, &builder, context.seed).confined(context.confinement);
    let results = in_parallel(&items, |item| {
        if interrupt::requested() {
            return Err(GradeError::interrupted());
        }
        let checked = check(item, &course, &grader);
        progress.inc(1);
        progress.set_message(item.topic.lesson.name.clone());
        checked
    });
    progress.finish_and_clear();
    if interrupt::requested() {
        return Err(Stop::Interrupted);
    }
    let width = items.iter().map(|item| item.topic.lesson.name.chars().count()).max().unwrap_or(0);
    let (mut passed, mut failed) = (0u64, 0u64);
    for (item, result) in items.iter().zip(&results) {
        let right = matches!(result, Ok(Checked::Right(_)));
        if right {
            passed += 1
        } else {
            failed += 1
        }
        let (mark, style) =
            if right { ("✓", AnsiColor::Green.on_default()) } else { ("✗", AnsiColor::Red.on_default().bold()) };
        let (strong, name, what) = (Style::new().bold(), &item.topic.lesson.name, what(item, &context.texts));
        let said = said(result, &context.texts);
        context.printer.line(&format!("{style}{mark}{style:#} {strong}{name:<width$}{strong:#}  {what}: {said}"))?;
        if let (Ok(Checked::Golden { diff, .. }), Detail::Verbose) = (result, context.detail) {
            context.printer.text(diff)?;
        }
    }
    let summary = context.texts.with("check-summary", [("passed", passed.into()), ("failed", failed.into())]);
    context.printer.line(&format!("\n{summary}"))?;
    Ok(if failed == 0 { Exit::Passed } else { Exit::Failed })
}

fn what(item: &Item<'_>, texts: &Texts) -> String {
    match item.what {
        What::Golden => texts.say("check-golden"),
        What::Starter => texts.say("check-starter"),
        What::Solution => texts.say("check-solution"),
        What::Mutant(mutant) => texts.with("check-mutant", [("name", (&mutant.name).into())]),
    }
}

fn said(result: &Result<Checked, GradeError>, texts: &Texts) -> String {
    match result {
        Ok(Checked::Right(None)) => texts.say("check-golden-same"),
        Ok(Checked::Right(Some(verdict))) => texts.with("check-as-declared", [("verdict", verdict.as_str().into())]),
        Ok(Checked::Golden { case, .. }) => texts.with("check-golden-differs", [("case", case.into())]),
        Ok(Checked::Verdict { declared, given }) => {
            texts.with("check-instead", [("verdict", given.as_str().into()), ("declared", declared.as_str().into())])
        }
        Ok(Checked::NotOnce(count)) => texts.with("check-not-once", [("count", (*count).into())]),
        Err(error) => format!("{}: {error}", texts.say("verdict-error")),
    }
}
