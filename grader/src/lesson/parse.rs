//! From the text of a `lesson.toml` to a checked lesson. Collects every problem before it
//! gives up, so that an author mends them in one go.

use std::collections::BTreeMap;

use explorer::{Fault, MemoryModel, Threads};
use toml::Spanned;

use super::checker::Checker;
use super::contract::{Case, Lesson, MechanismUse, Mutant, Parameters, Reach};
use super::draw::{Draw, Generated, Template};
use super::error::{LessonError, Problem, nearest};
use super::format::{
    CaseFormat, DrawFormat, ExploreFormat, FaultFormat, FloatingFormat, GeneratedFormat, LessonFormat, MemoryFormat,
    MutantFormat, OutputFormat, ThreadsFormat,
};
use super::rules;
use crate::comparison::{Floating, OutputRules, Replace};
use crate::session::{Bounds, Scope};

/// How far a case is explored that does not say.
const DEFAULT_BOUNDS: Bounds = Bounds { preemptions: 1, executions: 20 };

/// Reads a lesson. `path` is how errors name the file; `folder` is the topic's folder, whose
/// name must fit the lesson's.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(path: &str, folder: &str, source: &str) -> Result<Lesson, LessonError> {
    let failed = |problems| LessonError { path: path.to_owned(), source: source.to_owned(), problems };
    let format: LessonFormat = toml::from_str(source).map_err(|error| failed(vec![from_toml(&error, source)]))?;
    let mut checker = Checker { problems: Vec::new() };
    let lesson = checker.lesson(&format, folder);
    match lesson {
        Some(lesson) if checker.problems.is_empty() => Ok(lesson),
        Some(_) | None => {
            checker.problems.sort_by_key(|problem| problem.at.start);
            Err(failed(checker.problems))
        }
    }
}

/// serde names the unknown key and the known ones; the nearest of them was meant.
fn from_toml(error: &toml::de::Error, source: &str) -> Problem {
    let at = error.span().unwrap_or(0..source.len().min(1));
    let message = error.message();
    let mut quoted = message.split('`').skip(1).step_by(2);
    match (message.starts_with("unknown field"), quoted.next()) {
        (true, Some(unknown)) => {
            let known: Vec<_> = quoted.collect();
            let problem = Problem::new(at, format!("there is no key `{unknown}` here"));
            match nearest(unknown, known.iter().copied()) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help(format!("known here: {}", known.join(", "))),
            }
        }
        (true, None) | (false, _) => Problem::new(at, message),
    }
}

impl Checker {
    fn lesson(&mut self, format: &LessonFormat, folder: &str) -> Option<Lesson> {
        if *format.version.get_ref() != 1 {
            self.report(Problem::new(format.version.span(), "this grader reads version 1 of lessons"));
        }
        let name = format.name.get_ref();
        if folder.split_once('_').is_none_or(|(_, rest)| rest != name) {
            let message = format!("the topic is named `{name}`, its folder `{folder}`");
            self.report(
                Problem::new(format.name.span(), message).help("the folder `04_locks` holds the topic `locks`"),
            );
        }
        self.distinct(format.parameters.iter().chain(&format.rest), "a parameter");
        let cases = format.cases.iter().map(|case| &case.name);
        self.distinct(cases.chain(format.generated.iter().map(|group| &group.name)), "a case");
        self.distinct(format.mutants.iter().map(|mutant| &mutant.name), "a mutant");
        if format.hints.get_ref().is_empty() {
            self.report(Problem::new(format.hints.span(), "there must be at least one hint"));
        }
        if format.cases.is_empty() {
            self.report(Problem::new(0..1, "there must be at least one of [[cases]]"));
        }
        let parameters = Parameters {
            named: format.parameters.iter().map(|name| name.get_ref().clone()).collect(),
            rest: format.rest.as_ref().map(|name| name.get_ref().clone()),
        };
        let mechanism: Vec<_> =
            format.mechanism.iter().filter_map(|rule| rules::check(self, rule, &parameters)).collect();
        let threads = match format.threads {
            ThreadsFormat::Followed => Threads::Followed,
            ThreadsFormat::NotFollowed => Threads::NotFollowed,
        };
        let mut cases: Vec<Case> = format.cases.iter().map(case).collect();
        let mut generated: Vec<_> = format.generated.iter().map(|group| self.generated(group)).collect();
        cases.iter_mut().for_each(|case| case.scope.threads = threads);
        generated.iter_mut().for_each(|group| group.scope.threads = threads);
        for (case, format) in cases.iter().zip(&format.cases) {
            let judged = case.mechanism == MechanismUse::Judged && !mechanism.is_empty();
            if let (true, Err(error)) = (judged, parameters.quantities(&case.args, &case.input)) {
                let problem = Problem::new(format.args.span(), error.to_string());
                self.report(problem.help("say `mechanism = false` for a case without it"));
            }
        }
        Some(Lesson {
            name: name.clone(),
            title: format.title.clone(),
            points: format.points,
            output: self.output(&format.output),
            generated,
            mutants: format.mutants.iter().filter_map(|mutant| self.mutant(mutant)).collect(),
            starter: self.verdict(&format.starter)?,
            hints: format.hints.get_ref().clone(),
            parameters,
            cases,
            mechanism,
        })
    }

    fn output(&mut self, format: &OutputFormat) -> OutputRules {
        OutputRules {
            any_order: format.any_order.iter().filter_map(|pattern| self.regex(pattern)).collect(),
            floating: format.floating.iter().filter_map(|floating| self.floating(floating)).collect(),
            replace: format
                .replace
                .iter()
                .filter_map(|replace| {
                    self.regex(&replace.pattern).map(|pattern| Replace { pattern, with: replace.with.clone() })
                })
                .collect(),
        }
    }

    fn floating(&mut self, format: &FloatingFormat) -> Option<Floating> {
        let line = self.regex(&format.line)?;
        let before = format.before.get_ref();
        // Any text may stand for a group: the shortest shows whether the rest is a pattern.
        self.compile(&before.replace("{1}", "x"), &format.before)?;
        if before.contains("{1}") && line.captures_len() < 2 {
            self.report(Problem::new(format.line.span(), "`before` needs a group in `line`, and there is none"));
        }
        Some(Floating { line, before: before.clone() })
    }

    fn mutant(&mut self, format: &MutantFormat) -> Option<Mutant> {
        Some(Mutant {
            name: format.name.get_ref().clone(),
            verdict: self.verdict(&format.verdict)?,
            find: format.find.clone(),
            put: format.put.clone(),
        })
    }

    fn generated(&mut self, format: &GeneratedFormat) -> Generated {
        let mut draw = BTreeMap::new();
        for (name, drawn) in &format.draw {
            match self::draw(drawn.get_ref()) {
                Ok(kind) => {
                    draw.insert(name.clone(), kind);
                }
                Err(message) => self.report(
                    Problem::new(drawn.span(), message)
                        .help("a draw is { from, to }, { of }, { word } or { list, length }"),
                ),
            }
        }
        let mut templates = |texts: &[Spanned<String>]| {
            let mut read = Vec::new();
            for text in texts {
                match Template::parse(text.get_ref(), &draw) {
                    Ok(template) => read.push(template),
                    Err(message) => self.report(Problem::new(text.span(), message)),
                }
            }
            read
        };
        Generated {
            name: format.name.get_ref().clone(),
            count: format.count,
            args: templates(&format.args),
            input: templates(&format.input),
            bounds: bounds(format.explore),
            scope: scope(&format.faults, format.memory),
            reach: reach(format.partial),
            mechanism: mechanism_use(format.mechanism, 0),
            draw,
        }
    }
}

fn bounds(format: Option<ExploreFormat>) -> Bounds {
    format.map_or(DEFAULT_BOUNDS, |explore| Bounds {
        preemptions: explore.preemptions,
        executions: explore.executions.max(1),
    })
}

fn scope(faults: &[FaultFormat], memory: MemoryFormat) -> Scope {
    let fault = |fault: &FaultFormat| match fault {
        FaultFormat::ShortRead => Fault::ShortRead,
        FaultFormat::Interrupt => Fault::Interrupted,
        FaultFormat::Kill => Fault::Killed,
        FaultFormat::NoFork => Fault::NoMoreProcesses,
    };
    let memory = match memory {
        MemoryFormat::SequentiallyConsistent => MemoryModel::SequentiallyConsistent,
        MemoryFormat::StoreBuffers => MemoryModel::StoreBuffers,
    };
    Scope { faults: faults.iter().map(fault).collect(), memory, ..Scope::default() }
}

fn reach(partial: Option<bool>) -> Reach {
    if partial.unwrap_or(true) { Reach::Partial } else { Reach::Whole }
}

fn mechanism_use(said: Option<bool>, exit: i32) -> MechanismUse {
    if said.unwrap_or(exit == 0) { MechanismUse::Judged } else { MechanismUse::Ignored }
}

fn case(format: &CaseFormat) -> Case {
    Case {
        name: format.name.get_ref().clone(),
        args: format.args.get_ref().clone(),
        input: format.input.clone(),
        exit: format.exit,
        bounds: bounds(format.explore),
        scope: scope(&format.faults, format.memory),
        reach: reach(format.partial),
        mechanism: mechanism_use(format.mechanism, format.exit),
        keeps: format.keeps.clone(),
    }
}

fn draw(format: &DrawFormat) -> Result<Draw, String> {
    let DrawFormat { from, to, of, word, list, length } = format;
    match (from, to, of, word, list, length) {
        (Some(from), Some(to), None, None, None, None) if from <= to => Ok(Draw::Integer(*from, *to)),
        (None, None, Some(of), None, None, None) if !of.is_empty() => Ok(Draw::Of(of.clone())),
        (None, None, None, Some(word), None, None) if word.from <= word.to => Ok(Draw::Word(word.from, word.to)),
        (None, None, None, None, Some(item), Some(length)) if length.from <= length.to => {
            Ok(Draw::List(Box::new(draw(item)?), length.from, length.to))
        }
        _ => Err("not something to draw".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"
version = 1
name = "locks"
points = 20
starter = "lost-update"
parameters = ["workers"]
hints = [{ en = "look", es = "mira" }]
title = { en = "Locks", es = "Locks" }
"#;

    const CASE: &str = "[[cases]]\nname = \"two\"\nargs = [\"2\"]\n";

    fn check_wrong(source: &str, expected: &[(&str, &str)]) {
        let error = parse("lesson.toml", "04_locks", source).unwrap_err();
        let found: Vec<_> = error
            .problems
            .iter()
            .map(|problem| {
                (&source[problem.at.clone()], problem.help.clone().unwrap_or_else(|| problem.message.clone()))
            })
            .collect();
        let found: Vec<_> = found.iter().map(|(at, said)| (*at, said.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_a_lesson_leaves_out_has_a_default() {
        let lesson = parse("lesson.toml", "04_locks", &format!("{HEAD}{CASE}")).unwrap();
        let case = &lesson.cases[0];
        assert_eq!((case.bounds, case.reach, case.exit), (DEFAULT_BOUNDS, Reach::Partial, 0));
        assert_eq!(case.mechanism, MechanismUse::Judged);
        assert_eq!(case.scope, Scope::default());
    }

    #[test]
    fn a_case_can_ask_for_delayed_stores() {
        let source = format!("{HEAD}{CASE}memory = \"store-buffers\"\n");
        let lesson = parse("lesson.toml", "04_locks", &source).unwrap();
        assert_eq!(lesson.cases[0].scope.memory, MemoryModel::StoreBuffers);
        assert!(parse("lesson.toml", "04_locks", &source.replace("store-buffers", "weak")).is_err());
    }

    #[test]
    fn a_lesson_can_do_without_following_threads() {
        let lesson = parse("lesson.toml", "04_locks", &format!("threads = \"not-followed\"\n{HEAD}{CASE}")).unwrap();
        assert_eq!(lesson.cases[0].scope.threads, Threads::NotFollowed);
    }

    #[test]
    fn an_unknown_key_is_named_with_the_one_that_was_meant() {
        check_wrong(&format!("poinst = 3\n{HEAD}{CASE}"), &[("poinst", "did you mean `points`?")]);
    }

    #[test]
    fn an_unknown_verdict_is_named_with_the_one_that_was_meant() {
        let source = format!("{HEAD}{CASE}").replace("lost-update", "lost-updates");
        check_wrong(&source, &[("\"lost-updates\"", "did you mean `lost-update`?")]);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let rule =
            "[[mechanism]]\nrule = \"childs\"\nexactly = 1\n[[mechanism]]\nrule = \"children\"\nexactly = \"worker\"\n";
        check_wrong(
            &format!("{HEAD}{CASE}{CASE}{rule}"),
            &[
                ("\"two\"", "there is a case `two` already"),
                ("\"childs\"", "did you mean `children`?"),
                ("worker", "did you mean `workers`?"),
            ],
        );
    }

    #[test]
    fn a_folder_of_another_name_is_refused() {
        let error = parse("lesson.toml", "04_locks", &format!("{HEAD}{CASE}").replace("locks", "lock")).unwrap_err();
        assert_eq!(error.problems[0].message, "the topic is named `lock`, its folder `04_locks`");
    }

    #[test]
    fn an_error_reads_like_the_compilers() {
        let error =
            parse("exercises/04_locks/lesson.toml", "04_locks", &format!("poinst = 3\n{HEAD}{CASE}")).unwrap_err();
        insta::assert_snapshot!(error.to_string(), @r"
        error: there is no key `poinst` here
         --> exercises/04_locks/lesson.toml:1:1
          |
        1 | poinst = 3
          | ^^^^^^
          |
          = help: did you mean `points`?
        ");
    }

    #[test]
    fn a_case_whose_arguments_give_no_numbers_has_no_mechanism() {
        let rule = "[[mechanism]]\nrule = \"children\"\nexactly = \"workers\"\n";
        let case = CASE.replace("\"2\"", "\"two\"");
        check_wrong(&format!("{HEAD}{case}{rule}"), &[("[\"two\"]", "say `mechanism = false` for a case without it")]);
        assert!(parse("lesson.toml", "04_locks", &format!("{HEAD}{case}mechanism = false\n{rule}")).is_ok());
    }
}
