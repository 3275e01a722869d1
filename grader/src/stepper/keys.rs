//! What the keys ask for. Knows no terminal.

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// So many steps on.
    Forward(usize),
    /// So many steps back.
    Back(usize),
    /// The first step.
    First,
    /// The last step.
    Last,
    /// The next of the steps that the report shows.
    Told,
    /// To see what the keys do, or no longer.
    Help,
    /// To leave.
    Quit,
}

/// A key, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Left,
    Right,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    Escape,
    Interrupt,
}

/// How far the large steps go.
const FAR: usize = 10;

impl Key {
    /// What it asks for, if anything.
    pub(super) fn wish(self) -> Option<Wish> {
        Some(match self {
            Key::Right | Key::Down | Key::Char('n' | ' ') => Wish::Forward(1),
            Key::Left | Key::Up | Key::Char('p') => Wish::Back(1),
            Key::PageDown | Key::Char('j') => Wish::Forward(FAR),
            Key::PageUp | Key::Char('k') => Wish::Back(FAR),
            Key::Home | Key::Char('g') => Wish::First,
            Key::End | Key::Char('G') => Wish::Last,
            Key::Tab => Wish::Told,
            Key::Char('?' | 'h') => Wish::Help,
            Key::Escape | Key::Interrupt | Key::Char('q') => Wish::Quit,
            Key::Char(_) => return None,
        })
    }
}
