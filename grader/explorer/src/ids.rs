//! Names for tasks, shared objects and places in the program's code.

/// A task (a process or a thread) of one execution. Numbered in the order of their creation;
/// the program's first task is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(pub u32);

impl TaskId {
    /// The task that the program starts with.
    pub const FIRST: TaskId = TaskId(0);

    /// What brings this task's delayed stores to memory: something that can be chosen to go on
    /// like a task, numbered from the other end.
    #[must_use]
    pub fn buffer(self) -> TaskId {
        TaskId(u32::MAX - self.0)
    }

    /// Whether this is a task's store buffer rather than a task.
    #[must_use]
    pub fn is_buffer(self) -> bool {
        self.0 > u32::MAX / 2
    }

    /// The task that a store buffer belongs to; a task is its own owner.
    #[must_use]
    pub fn owner(self) -> TaskId {
        if self.is_buffer() { TaskId(u32::MAX - self.0) } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_no_task_and_knows_its_owner() {
        for task in [TaskId::FIRST, TaskId(7)] {
            assert!(!task.is_buffer() && task.buffer().is_buffer());
            assert_eq!((task.owner(), task.buffer().owner()), (task, task));
        }
    }
}

/// Something that more than one task can reach: a shared memory object, a pipe, a socket, a
/// file, the standard output, the end of a task.
///
/// The same object has the same id in every execution in which it has the same history (it
/// is a digest of who made it and how many that task had made before), so that executions
/// can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(pub u64);

/// A place in the program's code: an instruction, reached by the same calls. The same place has
/// the same number in every execution. Never shown to anyone: reports have source lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeAddress(pub u64);
