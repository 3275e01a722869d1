//! From the command line to an exit code.

use std::process::ExitCode;

use annotate_snippets::Renderer;
use clap::Parser;

use super::args::{Cli, Command};
use super::context::{Context, Stop};
use super::exit::Exit;
use super::{check, doctor, explore, grade, hint, list, replay};
use crate::interrupt;
use crate::report::Report;

/// Runs the command that the command line names.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = run(&cli).unwrap_or_else(|stop| {
        match &stop {
            Stop::Course(error) => anstream::eprintln!("{}", error.render(&Renderer::styled())),
            Stop::Usage(message) | Stop::Failed(message) => anstream::eprintln!("error: {message}"),
            Stop::Interrupted => {}
        }
        stop.exit()
    });
    if interrupt::requested() { Exit::Interrupted.into() } else { exit.into() }
}

fn run(cli: &Cli) -> Result<Exit, Stop> {
    // Without the handler Ctrl-C still ends everything, only less tidily.
    let _ = interrupt::install();
    let mut context = Context::new(&cli.common)?;
    let exit = match &cli.command {
        None => grade::run(&mut context, &cli.topics, &cli.subject),
        Some(_) if !cli.topics.is_empty() => {
            Err(Stop::Usage(format!("`{}` is not part of this command", cli.topics.join(" "))))
        }
        Some(Command::List) => list::run(&mut context),
        Some(Command::Hint { topic }) => hint::run(&mut context, topic.as_deref()),
        Some(Command::Explore(args)) => explore::run(&mut context, args),
        Some(Command::Replay { file }) => replay::run(&mut context, file),
        Some(Command::Check { topics }) => check::run(&mut context, topics),
        Some(Command::Doctor) => doctor::run(&mut context),
        Some(Command::Schema) => {
            context.printer.text(&Report::schema())?;
            Ok(Exit::Passed)
        }
    }?;
    context.printer.finish()?;
    Ok(exit)
}
