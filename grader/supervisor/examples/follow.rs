//! Runs a program once as a submission is run, nobody preempted, and shows what it printed and
//! what was noted: `cargo run -p supervisor --example follow -- PROGRAM ARGS`.

use std::error::Error;
use std::io::{Read, Write, stdin, stdout};

use explorer::{Action, Call, ChoicePoint, Decision, Scheduler, Step};
use supervisor::{Limits, Program, Stacks, Surroundings};

struct First;

impl Scheduler for First {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        let next = point.current.or_else(|| point.ready.first().map(|ready| ready.task));
        next.map_or(Decision::Abandon, Decision::Run)
    }

    fn observe(&mut self, _: &Step) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args_os().skip(1);
    let path = args.next().ok_or("name a program")?.into();
    let mut input = Vec::new();
    stdin().read_to_end(&mut input)?;
    let program = Program { path, args: args.collect(), input, surroundings: Surroundings::Own };
    let execution = supervisor::run(&program, &Limits::default(), Stacks::Omitted, &mut First)?;
    for step in &execution.steps {
        if let Action::Call(Call::Print { bytes, .. }) = &step.action {
            stdout().write_all(bytes)?;
        }
    }
    println!("--\nunfollowed:");
    match supervisor::run_unfollowed(&program, &Limits::default())? {
        Some(run) => {
            stdout().write_all(&run.output)?;
            println!("ending: {:?}", run.end);
        }
        None => println!("not possible here"),
    }
    println!("--\nending: {:?}", execution.ending);
    println!("left: {:?}", execution.leftovers);
    println!("not modelled: {:?}", execution.unmodelled);
    println!("forbidden: {:?}", execution.forbidden);
    Ok(())
}
