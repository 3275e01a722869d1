//! Runs a program once, nobody preempted, and prints its steps: for a look at what the
//! supervisor sees.

use explorer::{ChoicePoint, Decision, Pending, Scheduler, Step};
use supervisor::{Limits, Program, Stacks};

struct First {
    last: Vec<u32>,
}

impl Scheduler for First {
    fn choose(&mut self, point: &ChoicePoint<'_>) -> Decision {
        let yields = |next: &Pending| matches!(next, Pending::Yield | Pending::Wake { .. } | Pending::Slice);
        let chosen = point
            .ready
            .iter()
            .min_by_key(|ready| (yields(&ready.next), point.current != Some(ready.task), if yields(&ready.next) { self.last.iter().rposition(|task| *task == ready.task.0).unwrap_or(0) } else { 0 }, ready.task));
        self.last.extend(chosen.map(|ready| ready.task.0));
        chosen.map_or(Decision::Abandon, |ready| Decision::Run(ready.task))
    }
    fn observe(&mut self, _: &Step) {}
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args_os().skip(1);
    let quiet = std::env::var_os("QUIET").is_some();
    let path = args.next().ok_or("usage: steps PROGRAM ARGS")?.into();
    let program = Program { path, args: args.collect(), input: std::env::var("INPUT").unwrap_or_default().into_bytes(), surroundings: supervisor::Surroundings::Given(std::env::current_dir()?) };
    let stacks = if std::env::var_os("STACKS").is_some() { Stacks::Recorded } else { Stacks::Omitted };
    let limits = Limits::default();
    let mut runner = supervisor::Runner::new(&program, &limits)?;
    let started = std::time::Instant::now();
    let repeat: u32 = std::env::var("REPEAT").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    for _ in 0..repeat {
        runner.run(stacks, &mut First { last: vec![] })?;
    }
    if repeat > 0 {
        println!("{:?} an execution", started.elapsed() / repeat);
    }
    let started = std::time::Instant::now();
    let execution = runner.run(stacks, &mut First { last: vec![] })?;
    let took = started.elapsed();
    if !quiet {
        for (n, step) in execution.steps.iter().enumerate() {
            println!("{n:4} {:?} {:?} {:x?} {:?} {:?}", step.task.0, step.action, step.code.0, step.touched, step.frames.iter().map(|f| format!("{}:{}", f.file.rsplit('/').next().unwrap_or(""), f.line)).collect::<Vec<_>>());
        }
    }
    println!("{:?} leftovers {:?} unmodelled {:?} forbidden {:?} steps {} took {took:?}", execution.ending, execution.leftovers, execution.unmodelled, execution.forbidden, execution.steps.len());
    print!("{}", String::from_utf8_lossy(&execution.output(explorer::Stream::Out)));
    Ok(())
}
