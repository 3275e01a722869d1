//! What a step did, in a few words.

use std::collections::HashMap;

use explorer::{Access, AccessKind, Action, Call, Execution, Fault, Location, Step, Stream, TaskEnd, TaskId};

use super::clean;
use super::names::{Names, signal};
use super::texts::{Texts, Value};

/// Puts steps into words. Where several words of shared memory matter it numbers them, in the
/// order in which they were told.
pub struct Acts<'a> {
    texts: &'a Texts,
    names: &'a Names<'a>,
    words: HashMap<(Location, u64), usize>,
}

impl<'a> Acts<'a> {
    /// For an execution in which these steps are told.
    pub fn of(execution: &Execution, told: &[usize], names: &'a Names<'a>, texts: &'a Texts) -> Self {
        let mut words = HashMap::new();
        for step in told.iter().filter_map(|index| execution.steps.get(*index)) {
            if let Some(access) = step.action.data() {
                let next = words.len() + 1;
                words.entry((access.location, access.offset)).or_insert(next);
            }
        }
        Acts { texts, names, words }
    }

    /// What a task is called.
    pub fn name(&self, task: TaskId) -> String {
        self.names.task(task)
    }

    /// What the step did.
    pub fn tell(&self, step: &Step) -> String {
        match &step.action {
            Action::Access(access) => self.access(&step.action, access),
            Action::Call(Call::File(access)) => self.access(&step.action, access),
            Action::Call(call) => self.call(call),
        }
    }

    fn access(&self, action: &Action, access: &Access) -> String {
        let (before, after) = (shown(action, access.before, self.texts), shown(action, access.after, self.texts));
        let word = self.words.get(&(access.location, access.offset)).filter(|_| self.words.len() > 1);
        let texts = self.texts;
        match (access.kind, word) {
            (AccessKind::Load, None) => texts.with("reads", [("value", (&after).into())]),
            (AccessKind::Store | AccessKind::Exchange, None) => texts.with("writes", [("value", (&after).into())]),
            (AccessKind::Update, None) => {
                texts.with("updates", [("before", (&before).into()), ("after", (&after).into())])
            }
            (AccessKind::Load, Some(word)) => {
                texts.with("reads-word", [("value", (&after).into()), ("word", (*word).into())])
            }
            (AccessKind::Store | AccessKind::Exchange, Some(word)) => {
                texts.with("writes-word", [("value", (&after).into()), ("word", (*word).into())])
            }
            (AccessKind::Update, Some(word)) => texts.with(
                "updates-word",
                [("before", (&before).into()), ("after", (&after).into()), ("word", (*word).into())],
            ),
        }
    }

    fn call(&self, call: &Call) -> String {
        let texts = self.texts;
        let bytes = |id: &str, bytes: &u64| texts.with(id, [("bytes", (*bytes).into())]);
        let who = |id: &str, name: String| texts.with(id, [("who", (&name).into())]);
        match call {
            Call::Start { child, .. } => who("starts", self.names.task(*child)),
            Call::Execute { program } => texts.with("executes", [("program", (&clean::line(program)).into())]),
            Call::End(TaskEnd::Exit(0)) => texts.say("ends"),
            Call::End(TaskEnd::Exit(code)) => texts.with("ends-with", [("code", (&code.to_string()).into())]),
            Call::End(TaskEnd::Signal(number)) => texts.with("ended-by", [("signal", (&signal(*number)).into())]),
            Call::Reap { child } => who("has-waited-for", self.names.task(*child)),
            Call::WaitForChild => texts.say("waits"),
            Call::File(access) => value(access, access.after, texts),
            Call::Send { bytes: sent, .. } => bytes("sends", sent),
            Call::Receive { bytes: 0, .. } => texts.say("receives-end"),
            Call::Receive { bytes: received, from, .. } => {
                let mut senders: Vec<_> = from.iter().map(|(task, _)| *task).collect();
                senders.dedup();
                if senders.is_empty() {
                    bytes("receives-some", received)
                } else {
                    let names = self.names.list(&senders);
                    texts.with("receives", [("bytes", (*received).into()), ("who", (&names).into())])
                }
            }
            Call::Print { stream: Stream::Out, bytes } => {
                let text = String::from_utf8_lossy(bytes);
                texts.with("prints", [("text", (&clean::line(text.trim_end_matches('\n'))).into())])
            }
            Call::Print { stream: Stream::Err, .. } => texts.say("prints-error"),
            Call::Input { bytes: 0 } => texts.say("takes-end"),
            Call::Input { bytes: taken } => bytes("takes-input", taken),
            Call::LockFile { .. } => texts.say("locks-file"),
            Call::UnlockFile { .. } => texts.say("unlocks-file"),
            Call::FutexWait { .. } => texts.say("sleeps-on-word"),
            Call::FutexWake { woken, .. } if woken.is_empty() => texts.say("wakes-nobody"),
            Call::FutexWake { woken, .. } => who("wakes", self.names.list(woken)),
            Call::Sleep { .. } => texts.say("sleeps"),
            Call::Yield => texts.say("yields"),
            Call::Signal { target, signal: number } => {
                let (name, number) = (self.names.task(*target), signal(*number));
                texts.with("signals", [("signal", Value::Text(&number)), ("who", Value::Text(&name))])
            }
            Call::Fault(fault) => texts.say(match fault {
                Fault::ShortRead => "fault-short-read",
                Fault::Interrupted => "fault-interrupted",
                Fault::Killed => "fault-killed",
                Fault::NoMoreProcesses => "fault-no-fork",
            }),
            Call::Other { name } => texts.with("calls", [("name", (*name).into())]),
        }
    }
}

/// Where a 64-bit program's memory lies on this system: numbers like that are addresses, which
/// say nothing to anybody.
const ADDRESSES: std::ops::Range<i64> = 0x5500_0000_0000..0x8000_0000_0000;

/// What stands in the bytes of an access: a number, or two where it is twice as wide.
pub fn value(access: &Access, bytes: u128, texts: &Texts) -> String {
    let one = |number: i64| if ADDRESSES.contains(&number) { texts.say("an-address") } else { number.to_string() };
    match number(access, bytes) {
        Some(number) => one(number),
        None if access.size == 16 => {
            let (low, high) = (one(bytes as i64), one((bytes >> 64) as i64));
            texts.with("two-values", [("first", (&low).into()), ("second", (&high).into())])
        }
        None => "…".into(),
    }
}

/// What stands in the bytes of what a step read or wrote: a file may hold text.
pub fn shown(action: &Action, bytes: u128, texts: &Texts) -> String {
    match action {
        Action::Access(access) => value(access, bytes, texts),
        Action::Call(Call::File(access)) => match written(access, bytes) {
            Some(text) => format!("\"{}\"", clean::line(&text)),
            None => value(access, bytes, texts),
        },
        Action::Call(_) => "…".into(),
    }
}

/// The same as a number, where it is one.
pub fn amount(action: &Action, bytes: u128) -> Option<i64> {
    match action {
        Action::Access(access) => number(access, bytes),
        Action::Call(Call::File(access)) => match written(access, bytes) {
            Some(text) => text.trim().parse().ok(),
            None => number(access, bytes),
        },
        Action::Call(_) => None,
    }
}

/// The text in a file's bytes, if that is what they are.
fn written(access: &Access, bytes: u128) -> Option<String> {
    let known = bytes.to_le_bytes();
    let known = known.get(..usize::try_from(access.size).ok()?)?;
    if access.kind == AccessKind::Exchange && bytes == 0 {
        // cut off
        return Some(String::new());
    }
    let plain = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\n');
    let text = known.iter().all(plain).then(|| String::from_utf8_lossy(known))?;
    Some(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// The same as a number, where it is no wider than numbers are.
pub fn number(access: &Access, bytes: u128) -> Option<i64> {
    match access.size {
        1 => Some((bytes as i8).into()),
        2 => Some((bytes as i16).into()),
        4 => Some((bytes as i32).into()),
        8 => Some(bytes as i64),
        _ => None,
    }
}
