//! The course: the topics of a checkout, found by their `lesson.toml`. Owns where the
//! course's files are; knows no topic by name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use annotate_snippets::Renderer;

use crate::golden::{self, GoldenError};
use crate::lesson::{self, Lesson, LessonError, nearest};

/// A checkout of the course.
#[derive(Clone, Debug)]
pub struct Course {
    root: PathBuf,
    topics: Vec<Topic>,
    /// Folders whose lessons are wrong: the other topics can be graded all the same.
    broken: Vec<(String, LessonError)>,
}

/// One topic: its folder and its contract.
#[derive(Clone, Debug)]
pub struct Topic {
    /// The folder's name: `04_locks`.
    pub folder: String,
    /// What is asked and what it is worth.
    pub lesson: Lesson,
}

/// Why a course cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CourseError {
    /// Lessons are wrong.
    #[error("{}", render(.0, &Renderer::plain()))]
    Lessons(Vec<LessonError>),
    /// There is nothing to grade.
    #[error("no exercises/*/lesson.toml in {}", .0.display())]
    NoTopics(PathBuf),
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl CourseError {
    /// The error in the compiler's manner.
    pub fn render(&self, renderer: &Renderer) -> String {
        match self {
            CourseError::Lessons(errors) => render(errors, renderer),
            CourseError::NoTopics(_) | CourseError::Unreadable { .. } => self.to_string(),
        }
    }
}

fn render(errors: &[LessonError], renderer: &Renderer) -> String {
    errors.iter().map(|error| error.render(renderer)).collect::<Vec<_>>().join("\n\n")
}

/// Why a topic is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum TopicError {
    /// No topic has this name.
    #[error(transparent)]
    Unknown(#[from] UnknownTopic),
    /// Its lesson is wrong.
    #[error(transparent)]
    Broken(#[from] CourseError),
}

/// No topic has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no topic `{name}`{}", .nearest.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
pub struct UnknownTopic {
    /// The name.
    pub name: String,
    /// The topic that can have been meant.
    pub nearest: Option<String>,
}

impl Course {
    /// Reads the course at `root`.
    ///
    /// # Errors
    /// Where there are no lessons, or they cannot be read.
    pub fn load(root: &Path) -> Result<Self, CourseError> {
        let exercises = root.join("exercises");
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| CourseError::Unreadable { path, source }
        };
        let mut folders = Vec::new();
        for entry in fs::read_dir(&exercises).map_err(unreadable(&exercises))? {
            let entry = entry.map_err(unreadable(&exercises))?;
            if let (Ok(name), true) = (entry.file_name().into_string(), entry.path().join("lesson.toml").is_file()) {
                folders.push(name);
            }
        }
        folders.sort();
        let (mut topics, mut broken) = (Vec::new(), Vec::new());
        for folder in folders {
            let path = exercises.join(&folder).join("lesson.toml");
            let source = fs::read_to_string(&path).map_err(unreadable(&path))?;
            match lesson::parse(&format!("exercises/{folder}/lesson.toml"), &folder, &source) {
                Ok(lesson) => topics.push(Topic { folder, lesson }),
                Err(error) => broken.push((folder, error)),
            }
        }
        if topics.is_empty() && broken.is_empty() {
            return Err(CourseError::NoTopics(root.to_owned()));
        }
        Ok(Course { root: root.to_owned(), topics, broken })
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All topics, in the order of their folders.
    ///
    /// # Errors
    /// Where a lesson is wrong.
    pub fn topics(&self) -> Result<&[Topic], CourseError> {
        if self.broken.is_empty() {
            return Ok(&self.topics);
        }
        Err(CourseError::Lessons(self.broken.iter().map(|(_, error)| error.clone()).collect()))
    }

    /// The folders of all topics, whatever their lessons are like, in order.
    pub fn folders(&self) -> Vec<&str> {
        let sound = self.topics.iter().map(|topic| topic.folder.as_str());
        let mut folders: Vec<_> = sound.chain(self.broken.iter().map(|(folder, _)| folder.as_str())).collect();
        folders.sort_unstable();
        folders
    }

    /// The topics whose lessons are right.
    pub fn sound_topics(&self) -> &[Topic] {
        &self.topics
    }

    /// The topic of a name: `04_locks`, `locks`, `04` or `4`.
    ///
    /// # Errors
    /// Where there is none, or its lesson is wrong.
    pub fn topic(&self, name: &str) -> Result<&Topic, TopicError> {
        if let Some((_, error)) = self.broken.iter().find(|(folder, _)| is_named(folder, name)) {
            return Err(CourseError::Lessons(vec![error.clone()]).into());
        }
        let found = self.topics.iter().find(|topic| is_named(&topic.folder, name));
        Ok(found.ok_or_else(|| {
            let known = self.topics.iter().flat_map(|topic| [topic.lesson.name.as_str(), topic.folder.as_str()]);
            UnknownTopic { name: name.to_owned(), nearest: nearest(name, known).map(str::to_owned) }
        })?)
    }

    /// The folder that students edit.
    pub fn exercise(&self, topic: &Topic) -> PathBuf {
        self.root.join("exercises").join(&topic.folder)
    }

    /// The folder of the reference solution.
    pub fn solution(&self, topic: &Topic) -> PathBuf {
        self.root.join("solutions").join(&topic.folder)
    }

    /// The expected output of a case, as its golden file holds it.
    ///
    /// # Errors
    /// Where the file is missing or none of its kind.
    pub fn golden(&self, topic: &Topic, case: &str) -> Result<String, GoldenError> {
        golden::read(&self.exercise(topic).join("golden").join(format!("{case}.snap")))
    }
}

/// Whether a folder's topic has this name: `04_locks` is named so, `locks`, `04` and `4`.
fn is_named(folder: &str, name: &str) -> bool {
    let (number, own) = folder.split_once('_').unwrap_or((folder, folder));
    let same_number = match (number.parse::<u32>(), name.parse::<u32>()) {
        (Ok(own), Ok(asked)) => own == asked,
        (Ok(_) | Err(_), Err(_)) | (Err(_), Ok(_)) => false,
    };
    name == folder || name == own || same_number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: bool) {
        assert_eq!(is_named("04_locks", name), expected, "{name}");
    }

    #[test]
    fn a_topic_has_four_names() {
        for name in ["04_locks", "locks", "04", "4"] {
            check(name, true);
        }
        for name in ["05", "lock", "04_lock", "", "_locks"] {
            check(name, false);
        }
    }
}
