//! `cargo grade hint [TOPIC]`

use super::context::{Context, Stop};
use super::exit::Exit;
use crate::course::{Course, Topic};
use crate::progress::Progress;
use crate::verdict::VerdictCode;

/// Gives the next hint.
pub fn run(context: &mut Context, name: Option<&str>) -> Result<Exit, Stop> {
    let course = context.course()?;
    let mut progress = Progress::read(&context.workplace);
    let topic = match name {
        Some(name) => course.topic(name)?,
        None => first_open(&course, &progress).ok_or_else(|| Stop::Usage("name a topic: all have passed".into()))?,
    };
    let lesson = &topic.lesson;
    let count = lesson.hints.len();
    let number = progress.next_hint(&lesson.name, count);
    progress.write(&context.workplace)?;
    let texts = &context.texts;
    let Some(hint) = lesson.hints.get(number.saturating_sub(1)) else {
        return Ok(Exit::Passed);
    };
    let title = texts.language().of(&lesson.title);
    let head = [("number", number.into()), ("count", count.into()), ("title", title.into())];
    let mut lines = Vec::new();
    if progress.verdict(&lesson.name) == Some(VerdictCode::Passed) {
        lines.push(texts.with("hint-passed", [("name", (&lesson.name).into())]));
    }
    lines.push(texts.with("hint-step", head));
    lines.push(String::new());
    lines.push(texts.language().of(hint).to_owned());
    lines.push(String::new());
    lines.push(if number < count {
        texts.with("hint-more", [("name", (&lesson.name).into())])
    } else {
        texts.with("hint-last", [("folder", (&topic.folder).into())])
    });
    for line in lines {
        context.printer.line(&line)?;
    }
    Ok(Exit::Passed)
}

/// The first topic that has not passed.
fn first_open<'a>(course: &'a Course, progress: &Progress) -> Option<&'a Topic> {
    course.sound_topics().iter().find(|topic| progress.verdict(&topic.lesson.name) != Some(VerdictCode::Passed))
}
