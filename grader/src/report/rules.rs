//! What a student is told of a rule that does not hold.

use super::clean;
use super::texts::Texts;
use crate::mechanism::{Amount, Broken, Condition, Rule};

/// What should be: in the lesson's words, or in those for the kind of rule.
pub fn say(rule: &Rule<u64>, texts: &Texts) -> String {
    if let Some(say) = &rule.say {
        return texts.language().of(say).trim_end_matches('.').to_owned();
    }
    match rule.condition {
        Condition::Children(_) => texts.say("mechanism-children"),
        Condition::Threads(_) => texts.say("mechanism-threads"),
        Condition::ChildrenTogether => texts.say("mechanism-children-together"),
        Condition::ThreadsTogether(_) => texts.say("mechanism-threads-together"),
        Condition::AliveTogether(_) => texts.say("mechanism-alive-together"),
        Condition::LinesByChildren(_) => texts.say("mechanism-lines"),
        Condition::Flow { .. } => texts.say("mechanism-flow"),
        Condition::Receivers { .. } => texts.say("mechanism-receivers"),
        Condition::Writers { .. } => texts.say("mechanism-writers"),
        Condition::Readers { .. } => texts.say("mechanism-readers"),
        Condition::WordsByChildren(_) => texts.say("mechanism-words"),
        Condition::WordChanges { .. } => texts.say("mechanism-changes"),
        Condition::SharedWords(_) => texts.say("mechanism-shared"),
        Condition::Killed(_) => texts.say("mechanism-killed"),
    }
}

/// What was seen instead, if that is more than 'no'.
pub fn seen(broken: &Broken, texts: &Texts) -> Option<String> {
    match broken {
        Broken::Amount { seen, wanted } => {
            let values = [("seen", (*seen).into()), ("wanted", (*wanted.quantity()).into())];
            Some(match wanted {
                Amount::Exactly(_) => texts.with("seen-exactly", values),
                Amount::AtLeast(_) => texts.with("seen-at-least", values),
                Amount::AtMost(_) => texts.with("seen-at-most", values),
            })
        }
        Broken::Apart => None,
        Broken::Line(line) => Some(texts.with("seen-line", [("line", (&clean::line(line)).into())])),
    }
}
