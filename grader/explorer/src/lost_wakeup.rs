//! Lost wake-ups: a task went to sleep after the wake that it waits for had passed.

use crate::{Action, Call, Execution, Location, Step, Stuck, TaskId, Wait};

/// A wake that nobody was there to notice; both numbers are indices of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostWakeup {
    /// Who sleeps.
    pub sleeper: TaskId,
    /// Who woke too early.
    pub waker: TaskId,
    /// The wake.
    pub wake: usize,
    /// Where the sleeper began to wait.
    pub sleep: usize,
}

/// The words of a condition variable of the C library.
const CONDITION_WORDS: u64 = 6;

/// Finds the one of the first sleeper to have missed one.
pub(crate) fn find_lost_wakeup(execution: &Execution, stuck: &[Stuck]) -> Option<LostWakeup> {
    stuck.iter().find_map(|stuck| match stuck.wait {
        Wait::Futex { location, .. } => {
            in_condition(execution, stuck, location).or_else(|| on_word(execution, stuck, location))
        }
        Wait::Signal => by_signal(execution, stuck),
        Wait::Child(_)
        | Wait::Readable { .. }
        | Wait::Writable { .. }
        | Wait::FileLock { .. }
        | Wait::Semaphore { .. }
        | Wait::Continue
        | Wait::AnyOf
        | Wait::Connection { .. } => None,
    })
}

fn last<'a>(steps: &'a [Step], matches: impl Fn(&'a Step) -> bool) -> Option<usize> {
    steps.iter().rposition(matches)
}

fn lost(execution: &Execution, sleeper: TaskId, wake: usize, sleep: usize) -> LostWakeup {
    LostWakeup { sleeper, waker: execution.steps[wake].task, wake, sleep }
}

/// A futex woken when nobody slept on it, and never again.
fn on_word(execution: &Execution, stuck: &Stuck, word: Location) -> Option<LostWakeup> {
    let sleep = last(&execution.steps, |step| {
        step.task == stuck.task && matches!(step.action, Action::Call(Call::FutexWait { location }) if location == word)
    })?;
    let wake = last(&execution.steps, |step| {
        step.task != stuck.task
            && matches!(step.action, Action::Call(Call::FutexWake { location, .. }) if location == word)
    })?;
    let nobody =
        matches!(&execution.steps[wake].action, Action::Call(Call::FutexWake { woken, .. }) if woken.is_empty());
    (wake < sleep && nobody).then(|| lost(execution, stuck.task, wake, sleep))
}

/// A condition variable of the C library, signalled before anybody waited on it: it keeps to
/// itself that nobody waits, and makes no call then.
fn in_condition(execution: &Execution, stuck: &Stuck, word: Location) -> Option<LostWakeup> {
    let waits = ["pthread_cond_wait", "pthread_cond_timedwait", "pthread_cond_clockwait"];
    let wakes = ["pthread_cond_signal", "pthread_cond_broadcast"];
    if !stuck.frames.iter().any(|frame| frame.is_in(&waits)) {
        return None;
    }
    let near = |step: &Step| match &step.action {
        Action::Access(access) => {
            access.location.object == word.object && access.location.word.abs_diff(word.word) < CONDITION_WORDS
        }
        Action::Call(_) => false,
    };
    let is_in = |step: &Step, names: &[&str]| step.frames.iter().any(|frame| frame.is_in(names));
    let wake = last(&execution.steps, |step| step.task != stuck.task && near(step) && is_in(step, &wakes))?;
    // The first step of the wait that goes on: all of it came after the wake.
    let own = || execution.steps.iter().enumerate().rev().filter(|(_, step)| step.task == stuck.task);
    let begin = own().take_while(|(_, step)| is_in(step, &waits)).last()?.0;
    (wake < begin).then(|| lost(execution, stuck.task, wake, begin))
}

/// A signal that came before its receiver began to wait for it.
fn by_signal(execution: &Execution, stuck: &Stuck) -> Option<LostWakeup> {
    let wake = last(&execution.steps, |step| {
        step.task != stuck.task
            && matches!(step.action, Action::Call(Call::Signal { target, .. }) if target == stuck.task)
    })?;
    let sleep = last(&execution.steps, |step| step.task == stuck.task)?;
    (wake < sleep).then(|| lost(execution, stuck.task, wake, sleep))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{OBJECT, call, execution, load};
    use crate::{Ending, Frame};

    const WORD: Location = Location { object: OBJECT, word: 3 };

    fn check(steps: Vec<Step>, wait: Wait, function: &str, expected: Option<(usize, usize)>) {
        let frames = vec![Frame::of_function(function, "libc.so.6", 1)];
        let stuck = vec![Stuck { task: TaskId(1), wait, frames }];
        let execution = Execution { ending: Ending::Deadlock(stuck.clone()), ..execution(steps) };
        assert_eq!(find_lost_wakeup(&execution, &stuck).map(|lost| (lost.wake, lost.sleep)), expected);
    }

    fn sleeps(task: u32) -> Step {
        call(task, Call::FutexWait { location: WORD })
    }

    fn wakes(task: u32, woken: &[u32]) -> Step {
        call(task, Call::FutexWake { location: WORD, woken: woken.iter().copied().map(TaskId).collect() })
    }

    fn inside(function: &str, step: Step) -> Step {
        Step { frames: vec![Frame::of_function(function, "libc.so.6", 1)], ..step }
    }

    const FUTEX: Wait = Wait::Futex { location: WORD, holder: None };

    #[test]
    fn a_wake_before_the_sleep_is_lost() {
        check(vec![wakes(2, &[]), sleeps(1)], FUTEX, "wait", Some((0, 1)));
    }

    #[test]
    fn a_wake_that_woke_somebody_is_not_lost() {
        check(vec![sleeps(1), wakes(2, &[1]), sleeps(1)], FUTEX, "wait", None);
        check(vec![sleeps(1)], FUTEX, "wait", None);
        check(vec![sleeps(1), wakes(2, &[])], FUTEX, "wait", None);
    }

    #[test]
    fn a_condition_signalled_before_the_wait_is_a_lost_wakeup() {
        let signalled = inside("pthread_cond_signal", load(2, 4, 1));
        let waits = |word| inside("pthread_cond_wait", load(1, word, 1));
        check(vec![signalled.clone(), waits(3), sleeps(1)], FUTEX, "pthread_cond_wait", None);
        let asleep = inside("pthread_cond_wait", sleeps(1));
        check(vec![signalled.clone(), waits(3), asleep.clone()], FUTEX, "pthread_cond_wait", Some((0, 1)));
        // It waited already when the signal came, and slept on.
        check(vec![waits(3), signalled, asleep], FUTEX, "pthread_cond_wait", None);
    }

    #[test]
    fn a_signal_that_came_before_the_pause_is_lost() {
        let signal = call(2, Call::Signal { target: TaskId(1), signal: 10 });
        let handled = call(1, Call::Other { name: "signal" });
        check(vec![signal, handled], Wait::Signal, "pause", Some((0, 1)));
    }
}
