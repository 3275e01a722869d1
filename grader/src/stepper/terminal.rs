//! The terminal: raw while steps are shown, and always as it was afterwards.

use std::io::{self, IsTerminal, Write};
use std::panic;
use std::time::Duration;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate,
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};

use super::keys::Key;
use super::tape::Tape;
use super::view::{Next, Tone, View};
use crate::interrupt;
use crate::report::Texts;

/// How often it is looked whether somebody has asked the program to end.
const LOOK: Duration = Duration::from_millis(200);

/// Whether there is a terminal to show steps in.
pub fn is_there() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb
}

/// Shows an execution until the reader has seen enough.
///
/// # Errors
/// Where the terminal cannot be used. That it has gone away is no error.
pub fn show(tape: &Tape, texts: &Texts) -> io::Result<()> {
    let raw = Raw::enter()?;
    let shown = steps(tape, texts);
    drop(raw);
    match shown {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        shown => shown,
    }
}

fn steps(tape: &Tape, texts: &Texts) -> io::Result<()> {
    let mut view = View::new(tape, texts);
    draw(&view)?;
    loop {
        if interrupt::requested() {
            return Ok(());
        }
        if !event::poll(LOOK)? {
            continue;
        }
        let next = match event::read()? {
            Event::Key(event) => key(event).map_or(Next::Nothing, |key| view.press(key)),
            Event::Resize(_, _) => Next::Draw,
            Event::FocusGained | Event::FocusLost | Event::Mouse(_) => Next::Nothing,
        };
        match next {
            Next::Draw => draw(&view)?,
            Next::Nothing => {}
            Next::Leave => return Ok(()),
        }
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    Some(match event.code {
        KeyCode::Char('c' | 'd') if event.modifiers.contains(KeyModifiers::CONTROL) => Key::Interrupt,
        KeyCode::Char(_) if event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => return None,
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Left => Key::Left,
        KeyCode::Right | KeyCode::Enter => Key::Right,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Tab => Key::Tab,
        KeyCode::Esc => Key::Escape,
        // Keys of other keyboards and terminals: a list of somebody else's, which grows.
        _ => return None,
    })
}

fn draw(view: &View<'_>) -> io::Result<()> {
    let (width, height) = size()?;
    let mut out = io::stdout().lock();
    queue!(out, BeginSynchronizedUpdate, Clear(ClearType::All))?;
    for (row, line) in (0..height).zip(view.lines(width.into(), height.into())) {
        let attribute = match line.tone {
            Tone::Plain => None,
            Tone::Faint => Some(Attribute::Dim),
            Tone::Strong => Some(Attribute::Bold),
            Tone::Here => Some(Attribute::Reverse),
        };
        queue!(out, MoveTo(0, row))?;
        if let Some(attribute) = attribute {
            queue!(out, SetAttribute(attribute))?;
        }
        queue!(out, Print(line.text), SetAttribute(Attribute::Reset))?;
    }
    queue!(out, EndSynchronizedUpdate)?;
    out.flush()
}

/// The terminal in raw mode, on a screen of its own. As it was when this is dropped, and before
/// the words of a panic.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Raw> {
        enable_raw_mode()?;
        let raw = Raw;
        execute!(io::stdout(), EnterAlternateScreen, Hide, DisableLineWrap)?;
        let words = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            restore();
            words(info);
        }));
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
        // Whoever panics from here on needs no help, and restoring twice does no harm: what was
        // there before cannot be put back from within a panic.
        if !std::thread::panicking() {
            drop(panic::take_hook());
        }
    }
}

/// Does what it can: the terminal may be gone.
fn restore() {
    let _ = execute!(io::stdout(), EnableLineWrap, Show, LeaveAlternateScreen);
    let _ = disable_raw_mode();
}
