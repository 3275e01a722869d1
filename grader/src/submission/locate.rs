//! Finds the topics that a submission holds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::course::{Course, Topic};

/// Why nothing can be graded in a folder.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// A topic was asked for and is not there.
    #[error("there is no topic `{topic}` in {}", from.display())]
    Missing {
        /// Which.
        topic: String,
        /// Where it was looked for.
        from: PathBuf,
    },
    /// None of the course's topics is there.
    #[error("there is no topic of this course in {}: expected exercises/NN_name, NN_name or name", .0.display())]
    Nothing(PathBuf),
    /// The folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The folders of the topics `asked` for (all whose lessons are right, if none) in the submission `from`.
///
/// # Errors
/// Where a topic that was asked for is not there, or none is.
pub fn locate<'a>(
    course: &'a Course,
    from: &Path,
    asked: &[&'a Topic],
) -> Result<Vec<(&'a Topic, PathBuf)>, LocateError> {
    let unreadable = |source| LocateError::Unreadable { path: from.to_owned(), source };
    fs::read_dir(from).map_err(unreadable)?;
    let own_name = fs::canonicalize(from).map_err(unreadable)?;
    let own_name = own_name.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let find = |topic: &Topic| {
        let (folder, name) = (&topic.folder, &topic.lesson.name);
        let inside = [from.join("exercises").join(folder), from.join(folder), from.join(name)];
        let is_itself = own_name == folder || own_name == name || matches!(asked, [only] if only.folder == *folder);
        inside.into_iter().find(|place| place.is_dir()).or_else(|| {
            // A crate of its own, not a folder of many.
            (is_itself && from.join("src").is_dir()).then(|| from.to_owned())
        })
    };
    if asked.is_empty() {
        let found: Vec<_> = course.sound_topics().iter().filter_map(|topic| Some((topic, find(topic)?))).collect();
        return if found.is_empty() { Err(LocateError::Nothing(from.to_owned())) } else { Ok(found) };
    }
    let place = |topic: &&'a Topic| match find(topic) {
        Some(place) => Ok((*topic, place)),
        None => Err(LocateError::Missing { topic: topic.lesson.name.clone(), from: from.to_owned() }),
    };
    asked.iter().map(place).collect()
}
