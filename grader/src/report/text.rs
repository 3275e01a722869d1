//! The report as text, in colours that whoever prints it may strip.

use std::fmt::Write;

use annotate_snippets::{Level, Renderer};
use anstyle::{AnsiColor, Style};

use super::book::Book;
use super::excerpt;
use super::interleaving::Table;
use super::texts::Texts;
use super::told::{OutputTold, Told};
use super::topic::{Standing, TopicReport};
use crate::verdict::VerdictCode;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
const FAINT: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();

/// How much to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What helps most.
    Normal,
    /// Whole differences too.
    Verbose,
}

/// Whether a topic's line carries its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// It does.
    Shown,
    /// It heads the explanation that follows.
    Below,
}

/// One line of a topic: its verdict, its points, and for what passed how far that says.
pub fn line(topic: &TopicReport, message: Message, width: usize, texts: &Texts) -> String {
    let (verdict, style) = match &topic.standing {
        Standing::Decided { verdict, .. } => (verdict.to_string(), style(*verdict)),
        Standing::Error(_) => (texts.say("verdict-error"), BAD),
    };
    let points = match topic.points() {
        Some(points) => format!("{points}/{}", topic.max_points),
        None => format!("–/{}", topic.max_points),
    };
    let name = &topic.name;
    let message = match message {
        Message::Shown => topic.message(),
        Message::Below => "",
    };
    format!("{STRONG}{name:<width$}{STRONG:#}  {style}{verdict:<12}{style:#}  {points:>5}  {message}")
        .trim_end()
        .to_owned()
}

fn style(verdict: VerdictCode) -> Style {
    match verdict {
        VerdictCode::Passed => GOOD,
        VerdictCode::Inconclusive => UNSURE,
        VerdictCode::BuildError
        | VerdictCode::WrongOutput
        | VerdictCode::LostUpdate
        | VerdictCode::Deadlock
        | VerdictCode::Livelock
        | VerdictCode::Crash
        | VerdictCode::Zombie
        | VerdictCode::Orphan
        | VerdictCode::Leak
        | VerdictCode::Mechanism
        | VerdictCode::Timeout
        | VerdictCode::Forbidden => BAD,
    }
}

/// A verdict explained in full. `see_again` and `help` are commands.
pub fn explain(
    verdict: VerdictCode,
    told: &Told,
    book: &Book,
    see_again: Option<&str>,
    help: Option<&str>,
    detail: Detail,
    texts: &Texts,
) -> String {
    // What is undecided is held against nobody.
    let level = if verdict == VerdictCode::Inconclusive { Level::WARNING } else { Level::ERROR };
    let mut text = excerpt::render(level, &told.message, &told.marks, book, &Renderer::styled());
    text.push('\n');
    if let Some(compiler) = &told.compiler {
        let _ = write!(text, "\n{}\n", compiler.trim_end());
    }
    let mut block = |lines: Vec<String>| {
        if !lines.is_empty() {
            text.push('\n');
        }
        for line in lines {
            let _ = writeln!(text, "  {}", line.trim_end());
        }
    };
    block(told.details.clone());
    block(told.table.iter().flat_map(|table| rows(table, texts)).collect());
    block(told.right.iter().map(|right| right.message.clone()).collect());
    block(told.output.iter().flat_map(|output| self::output(output, detail, texts)).collect());
    if !told.standard_error.is_empty() {
        let head = format!("{}:", texts.say("standard-error"));
        block(std::iter::once(head).chain(told.standard_error.iter().map(|line| format!("  {line}"))).collect());
    }
    let mut last = Vec::new();
    if let Some(case) = &told.case {
        let values = [("name", (&case.name).into()), ("command", (&case.command).into())];
        last.push(match case.input_lines {
            0 => texts.with("in-case", values),
            lines => {
                let [name, command] = values;
                texts.with("in-case-input", [name, command, ("lines", lines.into())])
            }
        });
    }
    if let Some(number) = told.met_at {
        last.push(texts.with("met-at", [("number", number.into())]));
    }
    if !told.also.is_empty() {
        let codes: Vec<_> = told.also.iter().map(ToString::to_string).collect();
        last.push(texts.with("also", [("codes", (&codes.join(", ")).into())]));
    }
    block(last);
    let commands = [("see-again", see_again), ("help", help)];
    let heads = commands.map(|(head, _)| texts.say(head));
    let width = heads.iter().map(|head| head.chars().count()).max().unwrap_or(0);
    let commands = heads.iter().zip(commands).filter_map(|(head, (_, command))| {
        command.map(|command| format!("{FAINT}{head:<width$}{FAINT:#}   {STRONG}{command}{STRONG:#}"))
    });
    block(commands.collect());
    text
}

fn output(output: &OutputTold, detail: Detail, texts: &Texts) -> Vec<String> {
    if detail == Detail::Verbose {
        return output.diff.lines().map(str::to_owned).collect();
    }
    let nothing = texts.say("nothing");
    let shown = |line: &Option<String>| line.clone().unwrap_or_else(|| nothing.clone());
    let (expected, got) = (shown(&output.expected), shown(&output.got));
    let (head, other) = (texts.say("expected"), texts.say("got"));
    let (good, bad) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default());
    // Side by side where both fit, one above the other else.
    if expected.chars().count() + got.chars().count() <= 60 {
        vec![format!("{head}   {good}{expected}{good:#}        {other}   {bad}{got}{bad:#}")]
    } else {
        let width = head.chars().count().max(other.chars().count());
        vec![format!("{head:<width$}   {good}{expected}{good:#}"), format!("{other:<width$}   {bad}{got}{bad:#}")]
    }
}

/// The table's lines: a head, and a line a step.
fn rows(table: &Table, texts: &Texts) -> Vec<String> {
    let cell = |row: &super::interleaving::Row| match (row.line, &row.function) {
        (Some(line), _) => format!(":{line} {}", row.what),
        (None, Some(function)) => format!("{function} {}", row.what),
        (None, None) => row.what.clone(),
    };
    let widths: Vec<_> = (0..table.columns.len())
        .map(|column| {
            let cells = table.rows.iter().filter(|row| row.column == column).map(|row| cell(row).chars().count());
            cells.chain([table.columns[column].chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let values = table.rows.iter().any(|row| row.value.is_some());
    let step = texts.say("step");
    let step_width = step.chars().count();
    let pad = |text: &str, width: usize| format!("{text}{}", " ".repeat(width.saturating_sub(text.chars().count())));
    let mut head = vec![step];
    head.extend(table.columns.iter().zip(&widths).map(|(name, width)| pad(name, *width)));
    if values {
        head.push(texts.say("value"));
    }
    let mut lines = vec![format!("{FAINT}{}{FAINT:#}", head.join("   ").trim_end())];
    for (number, row) in (1..).zip(&table.rows) {
        let mut line = vec![format!("{number:>step_width$}")];
        line.extend(
            widths
                .iter()
                .enumerate()
                .map(|(column, width)| if column == row.column { pad(&cell(row), *width) } else { " ".repeat(*width) }),
        );
        if values {
            line.push(row.value.clone().unwrap_or_default());
        }
        let mut line = line.join("   ").trim_end().to_owned();
        if let Some(note) = &row.note {
            let _ = write!(line, "    {BAD}<- {note}{BAD:#}");
        }
        lines.push(line);
    }
    lines
}
