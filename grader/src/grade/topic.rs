//! Grades one topic: all its cases, until one shows enough.

use supervisor::{Confinement, Limits, Program, RunError, Surroundings};

use super::expectation::{ExpectationError, Reference};
use super::outcome::{Evidence, Failed, Graded, Reached, Reason, Undecided, Verdict};
use super::run::{Conclusion, Explored, Run};
use super::several::in_order;
use super::unfollowed;
use crate::build::{BuildError, Builder, Built};
use crate::comparison::Expected;
use crate::course::{Course, Topic};
use crate::judge::{Contract, Helpers, Learn};
use crate::lesson::{Case, MechanismUse, QuantityError, Reach};
use crate::mechanism::Rule;
use crate::plain::PlainRun;
use crate::submission::{Defect, ReadError, Sources};
use crate::verdict::VerdictCode;

/// Grades topics of one course.
#[derive(Clone, Debug)]
pub struct Grader<'a> {
    course: &'a Course,
    builder: &'a Builder,
    seed: u64,
    most: u32,
    limits: Limits,
}

/// Where a case has shown a failure, so many executions of each further one are made, in search
/// of what is nearer its cause.
const FURTHER: u32 = 40;

/// What is graded.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// As this topic.
    pub topic: &'a Topic,
    /// What messages call its folder.
    pub place: String,
    /// Its files, or why they cannot be taken.
    pub sources: Result<Sources, Defect>,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// At the first case that shows a cause; what follows would cost time and change nothing.
    UntilCause,
    /// At the first case that shows this verdict: the course's self-test looks no further.
    Until(VerdictCode),
}

/// The grader's own failure on a topic.
#[derive(Debug, thiserror::Error)]
pub enum GradeError {
    /// The program's files cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// The program cannot be built or refused.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// It is not known what it must print.
    #[error(transparent)]
    Expectation(#[from] ExpectationError),
    /// Its arguments do not give the mechanism its quantities.
    #[error("case `{case}`: {source}")]
    Quantity {
        /// Which case.
        case: String,
        /// What is missing.
        source: QuantityError,
    },
    /// The supervisor could not do its work.
    #[error("case `{case}`: {source}")]
    Run {
        /// Which case.
        case: String,
        /// Why.
        source: RunError,
    },
    /// A bug of the grader's.
    #[error("the grader failed: {0}")]
    Panicked(String),
}

impl GradeError {
    /// Not begun, since the user asked to stop.
    pub fn interrupted() -> Self {
        GradeError::Run { case: String::new(), source: RunError::Interrupted }
    }

    /// Whether the user asked to stop.
    pub fn is_interruption(&self) -> bool {
        match self {
            GradeError::Run { source: RunError::Interrupted, .. } => true,
            GradeError::Run { .. }
            | GradeError::Unreadable(_)
            | GradeError::Build(_)
            | GradeError::Expectation(_)
            | GradeError::Quantity { .. }
            | GradeError::Panicked(_) => false,
        }
    }
}

impl<'a> Grader<'a> {
    /// A grader whose generated cases come from `seed`.
    pub fn new(course: &'a Course, builder: &'a Builder, seed: u64) -> Self {
        Grader { course, builder, seed, most: u32::MAX, limits: Limits::default() }
    }

    /// The same grader, content with so many executions of a case that may be explored in part.
    pub fn at_most(&self, executions: u32) -> Self {
        Grader { most: executions, ..self.clone() }
    }

    /// The same grader, whose programs are confined so.
    pub fn confined(&self, confinement: Confinement) -> Self {
        Grader { limits: Limits { confinement, ..self.limits }, ..self.clone() }
    }

    /// The cases of a topic: those with golden files, then those drawn from the seed.
    pub fn cases(&self, topic: &Topic) -> Vec<Case> {
        let drawn = topic.lesson.generated.iter().flat_map(|group| group.cases(self.seed));
        let mut cases: Vec<_> = topic.lesson.cases.iter().cloned().chain(drawn).collect();
        for case in &mut cases {
            match case.reach {
                Reach::Partial => case.bounds.executions = case.bounds.executions.min(self.most),
                Reach::Whole => {}
            }
        }
        cases
    }

    /// Builds a program, or says what keeps it from being one.
    ///
    /// # Errors
    /// Where the compiler could not be asked.
    pub fn build(&self, subject: &Subject<'_>) -> Result<Result<Built, Evidence>, BuildError> {
        let sources = match &subject.sources {
            Ok(sources) => sources,
            Err(defect) => return Ok(Err(Evidence::NotTaken(defect.clone()))),
        };
        let built = self.builder.build(subject.topic, &subject.place, sources)?;
        Ok(built.map_err(|failed| Evidence::NotCompiled(failed.messages)))
    }

    /// What the reference solution of a topic prints in one of its cases, run plainly.
    ///
    /// # Errors
    /// Where it cannot be built and run.
    pub fn reference_output(&self, topic: &Topic, case: &Case) -> Result<PlainRun, ExpectationError> {
        Reference::new(self.course, self.builder, topic).run(case)
    }

    /// One of a topic's cases as it is run.
    ///
    /// # Errors
    /// Where it is not known what the program must do in it.
    pub fn run_of(&self, topic: &Topic, built: &Built, case: Case) -> Result<Run, GradeError> {
        let reference = Reference::new(self.course, self.builder, topic);
        let has_golden = topic.lesson.cases.iter().any(|known| known.name == case.name);
        let expected = if has_golden { reference.golden(&case)? } else { reference.generated(&case)? };
        run(topic, built, case, expected, self.limits)
    }

    /// Grades a program.
    ///
    /// # Errors
    /// Where the grader itself failed: never a verdict.
    pub fn grade(&self, subject: &Subject<'_>, depth: Depth) -> Result<Graded, GradeError> {
        let built = match self.build(subject)? {
            Ok(built) => built,
            Err(evidence) => {
                let verdict = Verdict::Failed(Box::new(Failed { evidence, program: None }));
                return Ok(Graded { verdict, executions: 0 });
            }
        };
        let topic = subject.topic;
        let reference = Reference::new(self.course, self.builder, topic);
        let mut standing = Standing { evidence: None, undecided: None, furthest: None };
        let mut executions = 0;
        let cases: Vec<(usize, Case)> = self.cases(topic).into_iter().enumerate().collect();
        let explore = |(number, case): &(usize, Case), wanted: &(dyn Fn() -> u32 + Sync)| {
            let has_golden = *number < topic.lesson.cases.len();
            let expected = if has_golden { reference.golden(case)? } else { reference.generated(case)? };
            explore_case(run(topic, &built, case.clone(), expected, self.limits)?, wanted)
        };
        in_order(&cases, explore, |(run, explored)| {
            let found_late = match &explored.conclusion {
                Conclusion::Failed(Evidence::Shown(shown)) => shown.met_at > FURTHER,
                Conclusion::Failed(_) | Conclusion::Passed | Conclusion::Undecided(_) => true,
            };
            // this may have been under way when fewer came to be wanted: that changes nothing
            if standing.evidence.is_some() && found_late {
                executions += explored.executions.min(FURTHER);
                return FURTHER;
            }
            executions += explored.executions;
            match explored.conclusion {
                Conclusion::Passed => standing.passed(Reached {
                    case: run.case,
                    coverage: explored.coverage,
                    executions: explored.executions,
                    tasks: explored.tasks,
                }),
                Conclusion::Failed(evidence) => standing.failed(evidence),
                Conclusion::Undecided(reason) => standing.undecided(run.case, reason),
            }
            match &standing.evidence {
                _ if standing.is_enough(depth) => 0,
                Some(_) => FURTHER,
                None => u32::MAX,
            }
        })?;
        Ok(Graded { verdict: standing.verdict(built)?, executions })
    }
}

fn explore_case(run: Run, wanted: &dyn Fn() -> u32) -> Result<(Run, Explored), GradeError> {
    let failed = |source| GradeError::Run { case: run.case.name.clone(), source };
    let mut explored = run.explore(wanted).map_err(failed)?;
    if let Conclusion::Passed = explored.conclusion
        && let Some(difference) = unfollowed::differs(&run).map_err(failed)?
    {
        explored.conclusion = Conclusion::Undecided(Reason::Unfollowed(difference));
    }
    Ok((run, explored))
}

fn run(topic: &Topic, built: &Built, case: Case, expected: Expected, limits: Limits) -> Result<Run, GradeError> {
    let lesson = &topic.lesson;
    let rules = match case.mechanism {
        MechanismUse::Ignored => Vec::new(),
        MechanismUse::Judged => {
            let wrong = |source| GradeError::Quantity { case: case.name.clone(), source };
            let quantities = lesson.parameters.quantities(&case.args, &case.input);
            let quantities =
                if lesson.mechanism.is_empty() { quantities.unwrap_or_default() } else { quantities.map_err(wrong)? };
            let rules = lesson.mechanism.iter().map(|rule| rule.resolve(&quantities));
            rules.collect::<Result<Vec<Rule<u64>>, _>>().map_err(|parameter| wrong(QuantityError { parameter }))?
        }
    };
    let program = Program {
        path: built.program.clone(),
        args: case.args.iter().map(Into::into).collect(),
        input: case.input.clone().into_bytes(),
        surroundings: Surroundings::Own,
    };
    let contract = Contract {
        output: Learn::Given(expected),
        exit: case.exit,
        rules,
        keeps: case.keeps.clone(),
        helpers: Helpers::Reaped,
    };
    Ok(Run { program, case, contract, limits })
}

/// What the cases so far have shown.
struct Standing {
    evidence: Option<Evidence>,
    undecided: Option<Undecided>,
    furthest: Option<Reached>,
}

impl Standing {
    fn passed(&mut self, reached: Reached) {
        if self.furthest.as_ref().is_none_or(|known| reached.executions > known.executions) {
            self.furthest = Some(reached);
        }
    }

    fn failed(&mut self, evidence: Evidence) {
        if self.evidence.as_ref().is_none_or(|known| evidence.code().weight() > known.code().weight()) {
            self.evidence = Some(evidence);
        }
    }

    fn undecided(&mut self, case: Case, reason: Reason) {
        self.undecided.get_or_insert(Undecided { case, reason });
    }

    fn is_enough(&self, depth: Depth) -> bool {
        let Some(shown) = self.evidence.as_ref().map(Evidence::code) else {
            return false;
        };
        match depth {
            Depth::UntilCause => shown >= VerdictCode::LostUpdate,
            Depth::Until(verdict) => shown >= verdict.min(VerdictCode::LostUpdate),
        }
    }

    fn verdict(self, built: Built) -> Result<Verdict, GradeError> {
        if let Some(evidence) = self.evidence {
            // Where something unmodelled was met, running out of time may be its doing.
            if let (VerdictCode::Timeout, Some(undecided)) = (evidence.code(), &self.undecided)
                && let Reason::Unmodelled { .. } = undecided.reason
            {
                return Ok(Verdict::Inconclusive(undecided.clone()));
            }
            return Ok(Verdict::Failed(Box::new(Failed { evidence, program: Some(built.key) })));
        }
        if let Some(undecided) = self.undecided {
            return Ok(Verdict::Inconclusive(undecided));
        }
        // A lesson has at least one case.
        self.furthest.map(Verdict::Passed).ok_or_else(|| GradeError::Panicked("a topic without cases".into()))
    }
}
