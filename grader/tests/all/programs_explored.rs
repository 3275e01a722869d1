//! A sample of the corpus of programs, explored: `cargo bench -p grader --bench corpus`
//! explores all of it.

use crate::programs::{Enough, Form, Language, NotBuilt, build, explore, programs};

/// For the tests so many executions of a right program are enough.
const ENOUGH: u32 = 60;

/// Explores both forms of the sample's programs. `GRADE_ONLY` names those that are worked on.
fn check(language: Language) {
    let only = std::env::var("GRADE_ONLY").unwrap_or_default();
    let sample = programs(language).into_iter().filter(|program| program.sample && program.name.contains(&only));
    let mut wrong = Vec::new();
    for program in sample {
        for flags in &program.builds {
            for form in Form::ALL {
                let built = match build(&program, form, flags) {
                    Ok(built) => built,
                    Err(NotBuilt::Missing(tool)) => {
                        assert!(std::env::var("CI").as_deref() != Ok("true"), "`{tool}` is missing");
                        eprintln!("skipped: `{tool}` is missing");
                        return;
                    }
                    Err(NotBuilt::Refused(why)) => panic!("{} does not compile: {why}", program.name),
                };
                let enough = match form {
                    Form::Wrong => Enough::AsDeclared,
                    Form::Right => Enough::AtMost(ENOUGH),
                };
                let explored = explore(&program, &built, enough);
                if explored.verdict != program.deserves(form) {
                    let (name, form, about) = (&program.name, form.name(), &program.about);
                    let (verdict, message) = (explored.verdict, explored.message);
                    wrong.push(format!("{name} {flags} ({about}), {form}: {verdict}, {message}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "other verdicts than they deserve:\n{}", wrong.join("\n"));
}

#[test]
fn programs_in_c_get_their_verdicts() {
    check(Language::C);
}

#[test]
fn programs_in_rust_get_their_verdicts() {
    check(Language::Rust);
}

#[test]
fn programs_in_python_get_their_verdicts() {
    check(Language::Python);
}

#[test]
fn every_source_of_the_corpus_stands_in_its_table_and_the_other_way_round() {
    for language in Language::ALL {
        let programs = programs(language);
        for program in &programs {
            for form in Form::ALL {
                assert!(program.source(form).is_file(), "{}", program.source(form).display());
            }
        }
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(language.name());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(programs.iter().any(|program| program.name == name), "{} is in no table", path.display());
        }
    }
}
