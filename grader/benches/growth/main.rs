//! How the search grows with workers, increments and bound, for a counter with a lock and one
//! without: prints the tables of `docs/src/growth.md`. With `--plot FILE.svg` it draws them.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

mod plot;
#[expect(dead_code, unused_imports, reason = "some of it serves the corpus only")]
#[path = "../../tests/all/programs/mod.rs"]
mod programs;

use plot::{Panel, Point, svg};
use programs::{Enough, Form, Language, NotBuilt, Program, build, explore, programs};

/// The counter of the corpus.
const COUNTER: &str = "counter_of_many";
/// No series goes on after it has met this.
const MOST: u32 = 20_000;

/// What is made larger while all else stays.
#[derive(Clone, Copy)]
enum Axis {
    Workers,
    Increments,
    Bound,
}

/// One size of the counter's exploration.
#[derive(Clone, Copy)]
struct Size {
    workers: u32,
    increments: u32,
    bound: u32,
}

const SMALLEST: Size = Size { workers: 2, increments: 2, bound: 2 };

impl Axis {
    const ALL: [Axis; 3] = [Axis::Workers, Axis::Increments, Axis::Bound];

    fn name(self) -> &'static str {
        match self {
            Axis::Workers => "workers",
            Axis::Increments => "increments of each",
            Axis::Bound => "preemptions",
        }
    }

    fn values(self) -> &'static [u32] {
        match self {
            Axis::Workers => &[1, 2, 3, 4, 5],
            Axis::Increments => &[1, 2, 4, 8, 16, 32],
            Axis::Bound => &[0, 1, 2, 3, 4, 5],
        }
    }

    fn size(self, value: u32) -> Size {
        match self {
            Axis::Workers => Size { workers: value, increments: 1, ..SMALLEST },
            Axis::Increments => Size { increments: value, ..SMALLEST },
            Axis::Bound => Size { bound: value, ..SMALLEST },
        }
    }

    fn rest(self) -> &'static str {
        match self {
            Axis::Workers => "one increment of each, up to 2 preemptions",
            Axis::Increments => "2 workers, up to 2 preemptions",
            Axis::Bound => "2 workers with 2 increments of each",
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut picture: Option<PathBuf> = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if arg == "--plot" {
            picture = Some(args.next().ok_or("--plot needs a file")?.into());
        }
    }
    let counter = programs(Language::C).into_iter().find(|program| program.name == COUNTER).ok_or("no counter")?;
    let mut panels = Vec::new();
    for axis in Axis::ALL {
        println!("\n## {}: {}\n", axis.name(), axis.rest());
        println!(
            "| {} | without a lock: first witness | time | with a lock: executions | time | one execution |",
            axis.name()
        );
        println!("|---:|---:|---:|---:|---:|---:|");
        let mut panel = Panel::new(axis.name());
        for &value in axis.values() {
            let size = axis.size(value);
            let wrong = measure(&counter, size, Form::Wrong)?;
            let right = measure(&counter, size, Form::Right)?;
            let witness = wrong.met_at.map_or("none".into(), |at| at.to_string());
            let each = right.took.as_secs_f64() * 1e3 / f64::from(right.executions.max(1));
            let cut = if right.executions >= MOST { "more than " } else { "" };
            println!(
                "| {value} | {witness} | {} | {cut}{} | {} | {each:.2} ms |",
                seconds(wrong.took),
                right.executions,
                seconds(right.took)
            );
            panel.add(Point { value, executions: right.executions, took: right.took, witness: wrong.met_at });
            if right.executions >= MOST {
                break;
            }
        }
        panels.push(panel);
    }
    if let Some(file) = picture {
        fs::write(file, svg(&panels))?;
    }
    Ok(())
}

struct Measured {
    executions: u32,
    met_at: Option<u32>,
    took: Duration,
}

fn measure(counter: &Program, size: Size, form: Form) -> Result<Measured, Box<dyn Error>> {
    let Size { workers, increments, bound } = size;
    let program = Program {
        args: vec![workers.to_string(), increments.to_string()],
        prints: format!("{}\n", workers * increments),
        preemptions: Some(bound),
        executions: Some(MOST),
        ..counter.clone()
    };
    let built = match build(&program, form, &program.builds[0]) {
        Ok(built) => built,
        Err(NotBuilt::Missing(tool)) => return Err(format!("`{tool}` is missing").into()),
        Err(NotBuilt::Refused(why)) => return Err(why.into()),
    };
    let explored = explore(&program, &built, Enough::AsDeclared);
    // a single worker loses nothing, and a bound of none parts no increment
    let expected = form == Form::Wrong && workers > 1 && bound > 0;
    if (explored.verdict == "lost-update") != expected {
        return Err(format!("{} with {workers} {increments}: {}", form.name(), explored.message).into());
    }
    let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(Measured { executions: number(explored.executions), met_at: explored.met_at.map(number), took: explored.took })
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
