//! Who waits for what, and who could end it.

use explorer::{Stuck, TaskId, Wait};

use super::names::Names;
use super::texts::Texts;

/// One task's wait, as a sentence.
pub fn say(stuck: &Stuck, names: &Names<'_>, texts: &Texts) -> String {
    let who = names.task(stuck.task);
    let alone = |id: &str| texts.with(id, [("who", (&who).into())]);
    let held =
        |id: &str, holder: TaskId| texts.with(id, [("who", (&who).into()), ("holder", (&names.task(holder)).into())]);
    let others = |id: &str, holders: &[TaskId]| {
        let holders =
            texts.list(&holders.iter().map(|holder| name(*holder, stuck.task, names, texts)).collect::<Vec<_>>());
        texts.with(id, [("who", (&who).into()), ("holders", (&holders).into())])
    };
    match &stuck.wait {
        Wait::Child(children) if children.is_empty() => alone("waits-any-child"),
        Wait::Child(children) => {
            texts.with("waits-child", [("who", (&who).into()), ("children", (&names.list(children)).into())])
        }
        Wait::Readable { holders, .. } if holders.is_empty() => alone("waits-readable"),
        Wait::Readable { holders, .. } if holders[..] == [stuck.task] => alone("waits-readable-own"),
        Wait::Readable { holders, .. } => others("waits-readable-held", holders),
        Wait::Writable { holders, .. } if holders.is_empty() => alone("waits-writable"),
        Wait::Writable { holders, .. } => others("waits-writable-held", holders),
        Wait::Futex { holder: None, .. } => alone("waits-futex"),
        Wait::Futex { holder: Some(holder), .. } if ended(*holder, names) => held("waits-futex-ended", *holder),
        Wait::Futex { holder: Some(holder), .. } => held("waits-futex-held", *holder),
        Wait::FileLock { holder: None, .. } => alone("waits-file-lock"),
        Wait::FileLock { holder: Some(holder), .. } => held("waits-file-lock-held", *holder),
        Wait::Semaphore { .. } => alone("waits-semaphore"),
        Wait::Signal => alone("waits-signal"),
        Wait::Continue => alone("waits-continue"),
        Wait::AnyOf => alone("waits-any-of"),
        Wait::Connection { .. } => alone("waits-connection"),
    }
}

fn name(task: TaskId, who: TaskId, names: &Names<'_>, texts: &Texts) -> String {
    if task == who { texts.say("itself") } else { names.task(task) }
}

fn ended(task: TaskId, names: &Names<'_>) -> bool {
    names.tasks.get(task).is_some_and(|task| task.ended.is_some())
}
