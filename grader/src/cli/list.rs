//! `cargo grade list`

use super::context::{Context, Stop};
use super::exit::Exit;
use crate::progress::Progress;

/// Lists the topics.
pub fn run(context: &mut Context) -> Result<Exit, Stop> {
    let course = context.course()?;
    let progress = Progress::read(&context.workplace);
    let language = context.texts.language();
    let topics = course.topics()?;
    let width = topics.iter().map(|topic| topic.folder.chars().count()).max().unwrap_or(0);
    for topic in topics {
        let lesson = &topic.lesson;
        let verdict = progress.verdict(&lesson.name);
        let standing = verdict.map_or_else(|| context.texts.say("list-not-yet"), |verdict| verdict.to_string());
        let (folder, points, title) = (&topic.folder, lesson.points, language.of(&lesson.title));
        context.printer.line(&format!("{folder:<width$}  {points:>3}  {standing:<16}  {title}"))?;
    }
    Ok(Exit::Passed)
}
