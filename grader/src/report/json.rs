//! The report as JSON. Its shape is `schema/report.schema.json`; what is here may grow, and
//! what stands there stays.

use explorer::{Fault, MemoryModel, Threads};
use schemars::JsonSchema;
use serde::Serialize;

use super::topic::{ReachedTold, Standing, TopicReport};
use crate::judge::KindCode;
use crate::session::{Coverage, Extent};
use crate::verdict::VerdictCode;

/// The version of the shape.
const SCHEMA_VERSION: u32 = 1;

/// A report on topics of the course.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "Report")]
pub struct Report {
    /// Of this shape.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema_version: u32,
    /// The seed of the generated cases.
    seed: u64,
    /// The sum of the points of the topics that were decided.
    points: u32,
    /// What all topics of this report are worth.
    max_points: u32,
    /// The topics, in the course's order.
    topics: Vec<Topic>,
}

/// A report on one program: the same, and its topic's own fields once more at the top.
#[derive(Clone, Debug, Serialize)]
pub struct ProgramReport {
    schema_version: u32,
    seed: u64,
    #[serde(flatten)]
    topic: Topic,
    topics: Vec<Topic>,
}

/// One topic.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Topic {
    /// Its name; a program's file name in the report of `explore`.
    name: String,
    /// The verdict's code; null where the grader itself failed.
    verdict: Option<VerdictCode>,
    /// Why the grader failed; null otherwise.
    error: Option<String>,
    /// All or nothing; null where nothing was decided.
    points: Option<u32>,
    /// What it is worth.
    max_points: u32,
    /// One sentence.
    message: String,
    /// What kind of mistake it is, as the steps show it; null where the verdict says it all.
    kind: Option<KindCode>,
    /// Executions made, in all cases.
    executions: u32,
    /// How far the case that was explored furthest was; null unless it passed.
    coverage: Option<CoverageReport>,
    /// The layers of confinement that were active.
    confinement: Vec<String>,
    /// What else was wrong, the nearest to the cause first.
    also: Vec<VerdictCode>,
    /// The run in which it was seen.
    case: Option<Case>,
    /// Places in the source, the main one first.
    locations: Vec<Location>,
    /// More to know, a sentence each.
    details: Vec<String>,
    /// The steps that show it.
    interleaving: Vec<Step>,
    /// How the schedule nearest to that one goes right; null if none is known.
    nearest_right: Option<NearestRight>,
    /// What differs in the output.
    output: Option<Output>,
    /// The end of what the program said on standard error, if it ended badly.
    standard_error: Vec<String>,
    /// The compiler's messages, if it does not compile.
    compiler: Option<String>,
    /// At the how-manieth execution of the case it was met, from 1.
    met_at: Option<u32>,
    /// The recorded schedule, in target/grade.
    schedule: Option<String>,
}

/// How far a case was explored.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct CoverageReport {
    /// Every schedule, every one with so many preemptions, or some.
    kind: CoverageKind,
    /// With up to so many preemptions; null for the other kinds.
    preemptions: Option<u32>,
    /// In so many executions.
    executions: u32,
    /// Of this case.
    case: String,
    /// The random schedules among them; null where there were none.
    samples: Option<SamplesReport>,
    /// When others see a store.
    memory: MemoryReport,
    /// What was let fail, each counted like a preemption.
    faults: Vec<FaultReport>,
    /// Whether what threads do in their common memory was seen.
    threads: ThreadsReport,
}

/// Random schedules.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct SamplesReport {
    /// How many.
    count: u32,
    /// Aimed at bugs that so many ordering constraints are enough for.
    depth: u32,
    /// The most tasks that an execution had.
    tasks: u32,
    /// The most choice points that an execution had.
    points: u64,
    /// With this probability, at least, such a bug would have been met.
    probability: f64,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum MemoryReport {
    SequentiallyConsistent,
    StoreBuffers,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum FaultReport {
    ShortRead,
    Interrupted,
    Killed,
    NoMoreProcesses,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ThreadsReport {
    Followed,
    NotFollowed,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum CoverageKind {
    Exhaustive,
    Preemptions,
    Sampled,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Case {
    name: String,
    /// The program with its arguments.
    command: String,
    /// Lines of standard input.
    input_lines: usize,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Location {
    /// Relative.
    file: String,
    /// From 1.
    line: u32,
    /// From 1; 0 if unknown.
    column: u32,
    /// What is to be said of it.
    label: String,
}

/// A schedule that goes right, and differs as little as was found from the one that goes wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct NearestRight {
    /// One sentence.
    message: String,
    /// How many steps both have in common, from the start.
    common_steps: usize,
    /// Who goes on there; null where it is not the order of tasks that differs.
    goes_on: Option<String>,
    /// Who went on instead when it went wrong.
    instead_of: Option<String>,
    /// Before which step of the interleaving they part; null if it is not among those.
    before_step: Option<usize>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Step {
    /// From 1.
    step: usize,
    /// Its number among all steps of the execution, from 1, as `replay` counts them.
    number: usize,
    /// Who did it.
    task: String,
    /// The line of the source, if known.
    line: Option<u32>,
    /// The function, where no line is known, and how many bytes behind its beginning.
    function: Option<String>,
    /// What was done.
    what: String,
    /// What stood in the contested word afterwards.
    value: Option<String>,
    /// What is to be noticed.
    note: Option<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Output {
    /// The first line that differs, as it should be; null if it should not be there.
    expected: Option<String>,
    /// The same as it was printed; null if it is missing.
    got: Option<String>,
    /// The whole difference.
    diff: String,
}

impl Report {
    /// Of these topics.
    pub fn new(topics: &[TopicReport], seed: u64) -> Self {
        Report {
            schema_version: SCHEMA_VERSION,
            seed,
            points: topics.iter().filter_map(TopicReport::points).sum(),
            max_points: topics.iter().map(|topic| topic.max_points).sum(),
            topics: topics.iter().map(Topic::of).collect(),
        }
    }

    /// The schema of reports, as it is kept in the repository.
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Report);
        serde_json::to_string_pretty(&schema).map(|text| text + "\n").unwrap_or_default()
    }
}

impl ProgramReport {
    /// Of this program.
    pub fn new(program: &TopicReport, seed: u64) -> Self {
        let topic = Topic::of(program);
        ProgramReport { schema_version: SCHEMA_VERSION, seed, topics: vec![topic.clone()], topic }
    }
}

/// A report as it is written.
pub fn to_text(report: &impl Serialize) -> String {
    serde_json::to_string_pretty(report).map(|text| text + "\n").unwrap_or_default()
}

impl Topic {
    fn of(topic: &TopicReport) -> Self {
        let empty = Topic {
            name: topic.name.clone(),
            verdict: topic.verdict(),
            error: None,
            points: topic.points(),
            max_points: topic.max_points,
            message: topic.message().to_owned(),
            kind: None,
            nearest_right: None,
            executions: 0,
            coverage: None,
            confinement: topic.confinement.clone(),
            also: Vec::new(),
            case: None,
            locations: Vec::new(),
            details: Vec::new(),
            interleaving: Vec::new(),
            output: None,
            standard_error: Vec::new(),
            compiler: None,
            met_at: None,
            schedule: topic.schedule.clone(),
        };
        let (told, reached, executions) = match &topic.standing {
            Standing::Error(error) => {
                return Topic { error: Some(error.clone()), ..empty };
            }
            Standing::Decided { told, reached, executions, .. } => (told, reached, *executions),
        };
        let rows = |table: &super::interleaving::Table| {
            let numbered = (1..).zip(&table.rows);
            let step = |(step, row): (usize, &super::interleaving::Row)| Step {
                step,
                number: row.number,
                task: table.columns.get(row.column).cloned().unwrap_or_default(),
                line: row.line,
                function: row.function.clone(),
                what: row.what.clone(),
                value: row.value.clone(),
                note: row.note.clone(),
            };
            numbered.map(step).collect::<Vec<_>>()
        };
        Topic {
            executions,
            coverage: reached.as_ref().map(CoverageReport::of),
            kind: told.kind,
            nearest_right: told.right.as_ref().map(|right| NearestRight {
                message: right.message.clone(),
                common_steps: right.common_steps,
                goes_on: right.goes_on.clone(),
                instead_of: right.instead_of.clone(),
                before_step: right.before_step,
            }),
            also: told.also.clone(),
            case: told.case.as_ref().map(|case| Case {
                name: case.name.clone(),
                command: case.command.clone(),
                input_lines: case.input_lines,
            }),
            locations: told
                .marks
                .iter()
                .map(|mark| Location {
                    file: mark.place.file.clone(),
                    line: mark.place.line,
                    column: mark.place.column,
                    label: mark.label.clone(),
                })
                .collect(),
            details: told.details.clone(),
            interleaving: told.table.iter().flat_map(rows).collect(),
            output: told.output.as_ref().map(|output| Output {
                expected: output.expected.clone(),
                got: output.got.clone(),
                diff: output.diff.clone(),
            }),
            standard_error: told.standard_error.clone(),
            compiler: told.compiler.as_ref().map(|text| anstream::adapter::strip_str(text).to_string()),
            met_at: told.met_at,
            ..empty
        }
    }
}

impl CoverageReport {
    fn of(reached: &ReachedTold) -> Self {
        let Coverage { extent, samples, scope, threads } = reached.coverage;
        let (kind, preemptions) = match extent {
            Extent::Exhaustive => (CoverageKind::Exhaustive, None),
            Extent::Preemptions(preemptions) => (CoverageKind::Preemptions, Some(preemptions)),
            Extent::Some(_) => (CoverageKind::Sampled, None),
        };
        let fault = |fault| match fault {
            Fault::ShortRead => FaultReport::ShortRead,
            Fault::Interrupted => FaultReport::Interrupted,
            Fault::Killed => FaultReport::Killed,
            Fault::NoMoreProcesses => FaultReport::NoMoreProcesses,
        };
        CoverageReport {
            kind,
            preemptions,
            executions: reached.executions,
            case: reached.case.clone(),
            samples: samples.map(|samples| SamplesReport {
                count: samples.count,
                depth: samples.depth,
                tasks: samples.tasks,
                points: samples.points,
                probability: samples.probability(),
            }),
            memory: match scope.memory {
                MemoryModel::SequentiallyConsistent => MemoryReport::SequentiallyConsistent,
                MemoryModel::StoreBuffers => MemoryReport::StoreBuffers,
            },
            faults: scope.faults.iter().map(fault).collect(),
            threads: match threads {
                Threads::Followed => ThreadsReport::Followed,
                Threads::NotFollowed => ThreadsReport::NotFollowed,
            },
        }
    }
}
