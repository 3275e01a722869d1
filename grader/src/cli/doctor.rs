//! `cargo grade doctor`

use anstyle::{AnsiColor, Style};

use super::context::{Context, Stop};
use super::exit::Exit;
use crate::doctor::{Facts, Need, State, examine};
use crate::report::Texts;

/// Says what this machine offers.
pub fn run(context: &mut Context) -> Result<Exit, Stop> {
    let toolchain = context.toolchain().map_err(|stop| match stop {
        Stop::Usage(message) | Stop::Failed(message) => message,
        Stop::Course(error) => error.to_string(),
        Stop::Interrupted => String::new(),
    });
    let found = examine(&toolchain, &context.workplace.file("."));
    let names: Vec<_> = found.iter().map(|(need, _)| name(*need, &context.texts)).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, (need, state)) in names.iter().zip(&found) {
        let texts = &context.texts;
        let (word, style) = match state {
            State::Fine(_) => (texts.say("doctor-fine"), AnsiColor::Green.on_default()),
            State::Weaker(_) => (texts.say("doctor-weaker"), AnsiColor::Yellow.on_default()),
            State::Missing(_) => (texts.say("doctor-missing"), AnsiColor::Red.on_default().bold()),
        };
        let strong = Style::new().bold();
        let facts = facts(*need, state, texts);
        let line = format!("{strong}{name:<width$}{strong:#}  {style}{word:<10}{style:#}  {facts}");
        context.printer.line(line.trim_end())?;
    }
    let missing = found.iter().any(|(_, state)| matches!(state, State::Missing(_)));
    Ok(if missing { Exit::GraderFailed } else { Exit::Passed })
}

fn name(need: Need, texts: &Texts) -> String {
    match need {
        Need::System => texts.say("doctor-system"),
        Need::Ptrace => texts.say("doctor-ptrace"),
        Need::Seccomp => texts.say("doctor-seccomp"),
        Need::Landlock => texts.say("doctor-landlock"),
        Need::Namespaces => texts.say("doctor-namespaces"),
        Need::Confinement => texts.say("doctor-confinement"),
        Need::Cores => texts.say("doctor-cores"),
        Need::Rustc => texts.say("doctor-rustc"),
        Need::Disk => texts.say("doctor-disk"),
    }
}

fn facts(need: Need, state: &State, texts: &Texts) -> String {
    let (State::Fine(facts) | State::Weaker(facts) | State::Missing(facts)) = state;
    match (need, state, facts) {
        (_, _, Facts::Said(said)) => said.clone(),
        (_, _, Facts::Count(count)) => texts.with("doctor-cores-found", [("count", (*count).into())]),
        (_, State::Fine(_), Facts::Mebibytes(amount)) => {
            texts.with("doctor-disk-found", [("amount", (*amount).into())])
        }
        (_, State::Weaker(_) | State::Missing(_), Facts::Mebibytes(amount)) => {
            texts.with("doctor-disk-little", [("amount", (*amount).into())])
        }
        (Need::Ptrace, State::Fine(_), Facts::None) => texts.say("doctor-ptrace-works"),
        (Need::Seccomp, State::Missing(_), Facts::None) => texts.say("doctor-seccomp-missing"),
        (Need::Landlock, State::Weaker(_), Facts::None) => texts.say("doctor-landlock-missing"),
        (Need::Namespaces, State::Weaker(_), Facts::None) => texts.say("doctor-namespaces-missing"),
        (_, _, Facts::None) => String::new(),
    }
}
