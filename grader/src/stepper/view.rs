//! What is seen of an execution, and how keys move through it. Pure: it is given keys and sizes,
//! and returns lines.

use super::keys::{Key, Wish};
use super::tape::{Moment, Tape};
use crate::report::Texts;

/// The narrowest column in which a task's steps are of use.
const NARROWEST: usize = 16;
/// The most lines of source.
const SOURCE: usize = 9;

/// Where one stands in an execution.
pub(super) struct View<'a> {
    tape: &'a Tape,
    texts: &'a Texts,
    at: usize,
    page: Page,
}

/// What is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Steps,
    Help,
}

/// What comes after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Something else is to be seen.
    Draw,
    /// It was no key of ours.
    Nothing,
    /// It is over.
    Leave,
}

/// How a line stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Faint,
    Strong,
    Here,
}

/// A line of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) tone: Tone,
}

impl<'a> View<'a> {
    /// Starts at the first step that the report shows.
    pub(super) fn new(tape: &'a Tape, texts: &'a Texts) -> View<'a> {
        let at = tape.told.first().copied().unwrap_or(0);
        View { tape, texts, at: at.min(tape.moments.len().saturating_sub(1)), page: Page::Steps }
    }

    /// Does what a key asks for.
    pub(super) fn press(&mut self, key: Key) -> Next {
        let Some(wish) = key.wish() else { return Next::Nothing };
        let last = self.tape.moments.len().saturating_sub(1);
        let was = (self.at, self.page);
        match wish {
            Wish::Quit if self.page == Page::Help && key != Key::Interrupt => self.page = Page::Steps,
            Wish::Quit => return Next::Leave,
            Wish::Help => {
                self.page = match self.page {
                    Page::Steps => Page::Help,
                    Page::Help => Page::Steps,
                }
            }
            Wish::Forward(steps) => self.at = self.at.saturating_add(steps).min(last),
            Wish::Back(steps) => self.at = self.at.saturating_sub(steps),
            Wish::First => self.at = 0,
            Wish::Last => self.at = last,
            Wish::Told => {
                let told = &self.tape.told;
                let next = told.iter().find(|step| **step > self.at).or_else(|| told.first());
                self.at = next.copied().unwrap_or(self.at).min(last);
            }
        }
        if (self.at, self.page) == was { Next::Nothing } else { Next::Draw }
    }

    /// What is to be seen on a screen of this size: at most so many lines, each at most so wide.
    pub(super) fn lines(&self, width: usize, height: usize) -> Vec<Line> {
        let mut lines = match self.page {
            Page::Help => self.help(),
            Page::Steps => self.steps(width, height.saturating_sub(1)),
        };
        lines.truncate(height.saturating_sub(1));
        lines.resize(height.saturating_sub(1), line("", Tone::Plain));
        if height > 0 {
            lines.push(line(self.texts.say("stepper-keys"), Tone::Faint));
        }
        for line in &mut lines {
            line.text = cut(&line.text, width);
        }
        lines
    }

    fn help(&self) -> Vec<Line> {
        let all = self.texts.say("stepper-help");
        all.lines().map(|text| line(text, Tone::Plain)).collect()
    }

    fn steps(&self, width: usize, height: usize) -> Vec<Line> {
        let Some(moment) = self.tape.moments.get(self.at) else {
            return vec![line(self.texts.say("stepper-nothing"), Tone::Plain)];
        };
        let (number, count) = (self.at + 1, self.tape.moments.len());
        let head = self.texts.with("stepper-head", [("number", number.into()), ("count", count.into())]);
        let mut head = vec![line(format!("{head}   {}", self.tape.message), Tone::Strong)];
        let mut foot = self.source(moment, SOURCE.min(height / 3));
        foot.extend(self.state());
        // The steps take what is left.
        let room = height.saturating_sub(head.len() + foot.len() + 1);
        head.extend(self.table(width, room));
        head.extend(foot);
        head
    }

    /// The steps around this one, with a column for each task where there is room for all; else
    /// each with its task's name.
    fn table(&self, width: usize, room: usize) -> Vec<Line> {
        let moments = &self.tape.moments;
        let digits = moments.len().to_string().len();
        let columns = self.tape.columns.len().max(1);
        let column = width.saturating_sub(digits + 3) / columns;
        let first = self.at.saturating_sub(room / 2).min(moments.len().saturating_sub(room));
        let shown = moments.iter().enumerate().skip(first).take(room);
        let mut lines = Vec::new();
        if column >= NARROWEST {
            let names: Vec<String> = self.tape.columns.iter().map(|name| fit(name, column - 1)).collect();
            lines.push(line(format!("{:digits$}  {}", "", names.join(" ")), Tone::Faint));
        } else {
            lines.push(line("", Tone::Plain));
        }
        for (index, moment) in shown {
            let cell = match (&moment.place, &moment.function) {
                (Some(place), _) => format!(":{} {}", place.line, moment.what),
                (None, Some(function)) => format!("{function} {}", moment.what),
                (None, None) => moment.what.clone(),
            };
            let mark = if index == self.at {
                '>'
            } else if self.tape.told.contains(&index) {
                '*'
            } else {
                ' '
            };
            let text = if column >= NARROWEST {
                let indent = " ".repeat(moment.column * column);
                format!("{:>digits$}{mark} {indent}{cell}", index + 1)
            } else {
                let name = self.tape.columns.get(moment.column).map_or("", String::as_str);
                format!("{:>digits$}{mark} {name}: {cell}", index + 1)
            };
            lines.push(line(text, if index == self.at { Tone::Here } else { Tone::Plain }));
        }
        lines.resize(room + 1, line("", Tone::Plain));
        lines
    }

    /// The source around the step, and which file it is.
    fn source(&self, moment: &Moment, room: usize) -> Vec<Line> {
        if room < 3 {
            return Vec::new();
        }
        let mut lines = Vec::new();
        match &moment.place {
            Some(place) => {
                lines.push(line(format!("--> {}:{}", place.file, place.line), Tone::Faint));
                let at = usize::try_from(place.line).unwrap_or(usize::MAX);
                let text = self.tape.sources.get(&place.file).map_or(&[][..], |text| &text[..]);
                let first = at.saturating_sub((room - 1) / 2).max(1);
                for number in first..first + room - 1 {
                    let Some(text) = text.get(number - 1) else { break };
                    let (mark, tone) = if number == at { ('>', Tone::Strong) } else { (' ', Tone::Plain) };
                    lines.push(line(format!("{number:>5} {mark} {text}"), tone));
                }
            }
            None => {
                let none = self.texts.say("stepper-no-line");
                let text = moment.function.as_ref().map_or(none, |function| format!("--> {function}"));
                lines.push(line(text, Tone::Faint));
            }
        }
        lines.resize(room, line("", Tone::Plain));
        lines
    }

    /// The words of memory, and what was printed last.
    fn state(&self) -> Vec<Line> {
        let words = self.tape.memory(self.at);
        let one = |(number, value): (&usize, &&str)| {
            self.texts.with("stepper-word", [("word", (*number).into()), ("value", (*value).into())])
        };
        let memory = words.iter().map(one).collect::<Vec<_>>().join("   ");
        let printed = self.tape.printed(self.at).map(|text| self.texts.with("prints", [("text", text.into())]));
        vec![line(memory, Tone::Plain), line(printed.unwrap_or_default(), Tone::Plain)]
    }
}

fn line(text: impl Into<String>, tone: Tone) -> Line {
    Line { text: text.into(), tone }
}

/// A text of at most so many characters.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        cut.push('…');
    }
    cut
}

/// A text of just so many characters.
fn fit(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width.saturating_sub(text.chars().count());
    text + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::MadeUp;
    use crate::report::{Book, Language};
    use crate::submission::Sources;

    const SOURCE_TEXT: &str = "fn main() {\n    fork();\n    add(10);\n    wait();\n}\n";

    fn tape() -> Tape {
        let execution = MadeUp::new()
            .line(2)
            .start(0, 1)
            .start(0, 2)
            .line(3)
            .load(1, 0)
            .load(2, 0)
            .store(1, 0, 10)
            .store(2, 0, 10)
            .line(4)
            .print(0, "balance: 10\n")
            .done();
        let book = Book::Submission { place: "exercises/04_locks".into(), sources: Sources::of_main(SOURCE_TEXT) };
        let texts = Texts::new(Language::English);
        Tape::new(&execution, vec![2, 5], "process 2 overwrote it", &book, &texts)
    }

    /// Presses keys, and expects the number of the step that one comes to, from 1.
    #[track_caller]
    fn check(keys: &[Key], expected: usize) {
        let (tape, texts) = (tape(), Texts::new(Language::English));
        let mut view = View::new(&tape, &texts);
        for key in keys {
            view.press(*key);
        }
        assert_eq!(view.at + 1, expected);
    }

    #[test]
    fn keys_go_forward_and_back_and_stop_at_both_ends() {
        check(&[], 3);
        check(&[Key::Right, Key::Char('n'), Key::Char(' ')], 6);
        check(&[Key::Left, Key::Char('p')], 1);
        check(&[Key::Left, Key::Left, Key::Left, Key::Left], 1);
        check(&[Key::Char('j')], 7);
        check(&[Key::End, Key::Right], 7);
        check(&[Key::End, Key::Char('k')], 1);
        check(&[Key::End, Key::Home], 1);
        check(&[Key::Tab], 6);
        check(&[Key::Tab, Key::Tab], 3);
        check(&[Key::Char('x')], 3);
    }

    #[test]
    fn there_and_back_is_the_same_picture() {
        let (tape, texts) = (tape(), Texts::new(Language::English));
        let mut view = View::new(&tape, &texts);
        let before = view.lines(80, 24);
        assert_eq!(view.press(Key::Right), Next::Draw);
        assert_ne!(view.lines(80, 24), before);
        assert_eq!(view.press(Key::Left), Next::Draw);
        assert_eq!(view.lines(80, 24), before);
    }

    #[test]
    fn a_key_that_changes_nothing_draws_nothing() {
        let (tape, texts) = (tape(), Texts::new(Language::English));
        let mut view = View::new(&tape, &texts);
        view.press(Key::Home);
        assert_eq!(view.press(Key::Left), Next::Nothing);
        assert_eq!(view.press(Key::Char('z')), Next::Nothing);
    }

    #[test]
    fn help_comes_and_goes_and_quit_leaves() {
        let (tape, texts) = (tape(), Texts::new(Language::English));
        let mut view = View::new(&tape, &texts);
        let steps = view.lines(80, 24);
        view.press(Key::Char('?'));
        assert_ne!(view.lines(80, 24), steps);
        assert_eq!(view.press(Key::Char('q')), Next::Draw);
        assert_eq!(view.lines(80, 24), steps);
        assert_eq!(view.press(Key::Char('q')), Next::Leave);
        view.press(Key::Char('?'));
        assert_eq!(view.press(Key::Interrupt), Next::Leave);
    }

    #[test]
    fn every_picture_fits_its_screen() {
        let (tape, texts) = (tape(), Texts::new(Language::Spanish));
        let mut view = View::new(&tape, &texts);
        for key in [Key::Home, Key::End, Key::Char('?')] {
            view.press(key);
            for (width, height) in [(80, 24), (20, 5), (200, 60), (1, 1), (0, 0), (3, 100)] {
                let lines = view.lines(width, height);
                assert_eq!(lines.len(), height);
                assert!(lines.iter().all(|line| line.text.chars().count() <= width));
            }
        }
    }

    #[test]
    fn an_execution_without_steps_can_be_looked_at() {
        let (texts, book) = (Texts::new(Language::English), Book::Empty);
        let tape = Tape::new(&MadeUp::new().done(), Vec::new(), "", &book, &texts);
        let mut view = View::new(&tape, &texts);
        assert_eq!(view.press(Key::End), Next::Nothing);
        assert!(view.lines(80, 24)[0].text.contains("no step"));
    }

    #[test]
    fn a_step_is_shown_with_its_source_and_the_values_after_it() {
        let (tape, texts) = (tape(), Texts::new(Language::English));
        let mut view = View::new(&tape, &texts);
        view.press(Key::Tab);
        let text = |line: &Line| line.text.trim_end().to_owned();
        let picture: Vec<String> = view.lines(80, 24).iter().map(text).collect();
        insta::assert_snapshot!("stepper", picture.join("\n"));
    }
}
