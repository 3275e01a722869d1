//! Golden files are what the reference solutions print. After a change of a solution's output
//! `cargo insta review` shows the difference and accepts it.

use grader::grade::Grader;
use insta::Settings;

use crate::course::{builder, course};

#[test]
fn golden_files_are_what_the_reference_solutions_print() {
    let grader = Grader::new(course(), builder(), 1);
    for topic in course().topics().unwrap() {
        for case in &topic.lesson.cases {
            let printed = grader.reference_output(topic, case).unwrap();
            let lines = topic.lesson.output.normalise(&printed.output);
            let mut settings = Settings::clone_current();
            settings.set_snapshot_path(course().exercise(topic).join("golden"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(case.name.as_str(), in_golden_order(topic, case, lines)));
        }
    }
}

/// Where the lesson leaves the order free, each run may print another one: a right output is
/// taken for the golden one.
fn in_golden_order(topic: &grader::course::Topic, case: &grader::lesson::Case, lines: Vec<String>) -> String {
    let printed = lines.join("\n");
    let Ok(golden) = course().golden(topic, &case.name) else {
        return printed;
    };
    let expected = grader::comparison::Expected::new(&topic.lesson.output, golden.as_bytes());
    if expected.mismatch(printed.as_bytes()).is_none() { golden } else { printed }
}
