//! An execution in words, a step at a time, ready to be shown.

use std::collections::{BTreeMap, HashMap};

use explorer::{Action, Execution, Location, Stream, TaskId};

use crate::report::{Acts, Book, Names, Place, Texts, clean, value};

/// The most words of memory that are kept in view.
const WORDS: usize = 6;

/// An execution in words.
#[derive(Clone, Debug)]
pub struct Tape {
    /// The tasks' names, a column each.
    pub(super) columns: Vec<String>,
    pub(super) moments: Vec<Moment>,
    /// Which of them the report shows.
    pub(super) told: Vec<usize>,
    /// The source files, by lines.
    pub(super) sources: BTreeMap<String, Vec<String>>,
    /// The sentence that it is all about.
    pub(super) message: String,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Whose it is: a column, from 0.
    pub(super) column: usize,
    pub(super) what: String,
    pub(super) place: Option<Place>,
    /// The function, where there is no place.
    pub(super) function: Option<String>,
    /// The word of shared memory that it touched, by its number, and what stands there after it.
    pub(super) word: Option<(usize, String)>,
    /// What it printed, if it did.
    pub(super) printed: Option<String>,
}

impl Tape {
    /// Of an execution; `told` are the steps that the report shows, and `message` its sentence.
    pub fn new(execution: &Execution, told: Vec<usize>, message: &str, book: &Book, texts: &Texts) -> Tape {
        let names = Names::of(execution, texts);
        let all: Vec<usize> = (0..execution.steps.len()).collect();
        let acts = Acts::of(execution, &all, &names, texts);
        let tasks: Vec<TaskId> =
            std::iter::once(TaskId::FIRST).chain(execution.started().into_iter().map(|(task, _, _)| task)).collect();
        let mut words: HashMap<(Location, u64), usize> = HashMap::new();
        let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let moments = execution.steps.iter().map(|step| {
            let place = book.place_of(Some(step));
            if let Some(place) = &place
                && !sources.contains_key(&place.file)
            {
                let text = book.text(&place.file).unwrap_or_default();
                sources.insert(place.file.clone(), text.lines().map(clean::line).collect());
            }
            let word = match &step.action {
                Action::Access(access) => {
                    let next = words.len() + 1;
                    let number = *words.entry((access.location, access.offset)).or_insert(next);
                    Some((number, value(access, access.after, texts)))
                }
                Action::Call(_) => None,
            };
            let printed = match &step.action {
                Action::Call(explorer::Call::Print { stream: Stream::Out, bytes }) => {
                    Some(clean::line(String::from_utf8_lossy(bytes).trim_end_matches('\n')))
                }
                Action::Call(_) | Action::Access(_) => None,
            };
            Moment {
                column: tasks.iter().position(|task| *task == step.task).unwrap_or(0),
                what: acts.tell(step),
                function: book.function(&step.frames),
                place,
                word,
                printed,
            }
        });
        let moments = moments.collect();
        let column = |task: &TaskId| texts.with("column", [("name", (&names.task(*task)).into())]);
        let columns = tasks.iter().map(column).collect();
        Tape { columns, moments, told, sources, message: clean::line(message) }
    }

    /// What stands in the words of memory after a step: those touched last, by their numbers.
    pub(super) fn memory(&self, at: usize) -> BTreeMap<usize, &str> {
        let mut words = BTreeMap::new();
        for moment in self.moments[..self.moments.len().min(at + 1)].iter().rev() {
            if let Some((number, value)) = &moment.word {
                words.entry(*number).or_insert(value.as_str());
            }
            if words.len() >= WORDS {
                break;
            }
        }
        words
    }

    /// The last line printed by then.
    pub(super) fn printed(&self, at: usize) -> Option<&str> {
        self.moments[..self.moments.len().min(at + 1)].iter().rev().find_map(|moment| moment.printed.as_deref())
    }
}
