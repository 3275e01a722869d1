//! What descriptors lead to, by the kernel's own word: pipes, sockets, files, the standard
//! streams; and who sent what through them.

use std::collections::{HashMap, HashSet, VecDeque};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use explorer::{Location, ObjectId, Stream, TaskId, Touch};
use nix::sys::stat::{FileStat, SFlag, fstat, stat};
use nix::unistd::Pid;

use crate::RunError;
use crate::engine::digest;
use crate::error::system;
use crate::launch::Standard;
use crate::task::ProcessId;

/// How the kernel knows a file: device and number.
pub(crate) type Inode = (u64, u64);

/// What a descriptor leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thing {
    pub(crate) kind: Kind,
    pub(crate) inode: Inode,
    pub(crate) object: ObjectId,
}

impl Thing {
    pub(crate) fn place(&self) -> Location {
        let word = if self.kind == Kind::File { Location::WHOLE } else { 0 };
        Location { object: self.object, word }
    }
}

/// Kinds of things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Output(Stream),
    Input,
    /// A pipe or a FIFO.
    Pipe,
    Socket,
    /// A file that the program made, or memory with a descriptor.
    File,
    /// A file of the system's: nothing that tasks do to each other goes through it.
    Foreign,
    /// `eventfd`, message queues and others of the kernel's own.
    Event,
    /// `timerfd`.
    Timer,
    /// `signalfd`.
    Signals,
    /// `epoll`.
    Epoll,
    /// `pidfd`.
    Process,
}

impl Kind {
    /// Whether tasks wait for each other at it.
    pub(crate) fn is_waited_at(self) -> bool {
        match self {
            Kind::Pipe | Kind::Socket | Kind::Event | Kind::Timer => true,
            Kind::Output(_)
            | Kind::Input
            | Kind::File
            | Kind::Foreign
            | Kind::Signals
            | Kind::Epoll
            | Kind::Process => false,
        }
    }
}

/// Something that the kernel gives no number of its own: told apart by asking whether two
/// descriptors lead to the same.
#[derive(Clone, Debug)]
struct Anonymous {
    copy: Arc<OwnedFd>,
    kind: Kind,
    inode: Inode,
    object: ObjectId,
}

/// Where the numbers of such things are: no device has this one.
const ANONYMOUS: u64 = u64::MAX - 1;

/// All that was met in an execution.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    known: HashMap<Inode, ObjectId>,
    own: HashSet<Inode>,
    output: Option<Inode>,
    error: Option<Inode>,
    input: Option<Inode>,
    /// The other end of a socket pair or connection.
    peers: HashMap<Inode, Inode>,
    /// Connections not accepted yet, by the listening socket's object.
    waiting: HashMap<ObjectId, VecDeque<Inode>>,
    /// What is on its way to each reading end: who sent how many bytes.
    flowing: HashMap<Inode, VecDeque<(TaskId, u64)>>,
    /// Ends that the program itself made non-blocking: inode, and whether it is the writing end.
    nonblocking: HashSet<(Inode, Side)>,
    /// How often each FIFO was opened for writing.
    writers: HashMap<Inode, u64>,
    anonymous: Vec<Anonymous>,
    /// How often each name was given to a new file.
    births: HashMap<Vec<u8>, u64>,
    /// Files on which locks were taken: closing them gives the locks back.
    locked: HashSet<Inode>,
    /// How long receiving from and sending to a socket wait, in nanoseconds.
    patience: HashMap<(Inode, Side), u64>,
    /// What processes have open, as far as their end is concerned.
    held: HashMap<ProcessId, Vec<Location>>,
}

/// Which end of a pipe. Sockets have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Side {
    Reading,
    Writing,
    Both,
}

fn inode(status: &FileStat) -> Inode {
    (status.st_dev, status.st_ino)
}

impl Objects {
    pub(crate) fn standard(&mut self, standard: &Standard) -> Result<(), RunError> {
        let of = |descriptor: std::os::fd::BorrowedFd<'_>| {
            fstat(descriptor).map(|status| inode(&status)).map_err(system("looking at a descriptor"))
        };
        self.input = Some(of(standard.input.as_fd())?);
        self.output = Some(of(standard.output.as_fd())?);
        self.error = Some(of(standard.error.as_fd())?);
        Ok(())
    }

    /// What descriptor `number` of the process `pid` leads to.
    pub(crate) fn thing(&mut self, pid: Pid, number: i32) -> Option<Thing> {
        let status = stat(format!("/proc/{pid}/fd/{number}").as_str()).ok()?;
        let thing = self.of_status(&status);
        Some(if thing.kind == Kind::Event { self.among_anonymous(pid, number).unwrap_or(thing) } else { thing })
    }

    /// The file that a real path leads to, if the program made it.
    pub(crate) fn file_at(&self, path: &std::path::Path) -> Option<ObjectId> {
        let inode = stat(path).ok().map(|status| inode(&status))?;
        self.known.get(&inode).copied().filter(|_| self.own.contains(&inode))
    }

    /// The kernel's number of what a descriptor leads to.
    pub(crate) fn inode_of(&self, pid: Pid, number: i32) -> Option<Inode> {
        stat(format!("/proc/{pid}/fd/{number}").as_str()).ok().map(|status| inode(&status))
    }

    fn among_anonymous(&self, pid: Pid, number: i32) -> Option<Thing> {
        let own = std::process::id();
        let same = |known: &&Anonymous| {
            // SAFETY: compares descriptors, and touches no memory.
            unsafe { libc::syscall(libc::SYS_kcmp, own, pid.as_raw(), 0, known.copy.as_raw_fd(), number) == 0 }
        };
        let known = self.anonymous.iter().find(same)?;
        Some(Thing { kind: known.kind, inode: known.inode, object: known.object })
    }

    /// The program made something that has no number of its own; `copy` leads to it.
    pub(crate) fn made_anonymous(&mut self, copy: OwnedFd, kind: Kind, object: ObjectId) -> Inode {
        let inode = (ANONYMOUS, self.anonymous.len() as u64);
        self.anonymous.push(Anonymous { copy: Arc::new(copy), kind, inode, object });
        inode
    }

    /// The supervisor's own way to such a thing.
    pub(crate) fn way_to(&self, inode: Inode) -> Option<Arc<OwnedFd>> {
        self.anonymous.iter().find(|known| known.inode == inode).map(|known| Arc::clone(&known.copy))
    }

    fn of_status(&mut self, status: &FileStat) -> Thing {
        let inode = inode(status);
        let format = SFlag::from_bits_truncate(status.st_mode) & SFlag::S_IFMT;
        let kind = if Some(inode) == self.output {
            Kind::Output(Stream::Out)
        } else if Some(inode) == self.error {
            Kind::Output(Stream::Err)
        } else if Some(inode) == self.input {
            Kind::Input
        } else if format == SFlag::S_IFIFO {
            Kind::Pipe
        } else if format == SFlag::S_IFSOCK {
            Kind::Socket
        } else if format.is_empty() {
            Kind::Event
        } else if format == SFlag::S_IFREG && self.own.contains(&inode) {
            Kind::File
        } else {
            Kind::Foreign
        };
        let object = match kind {
            Kind::Output(Stream::Out) => ObjectId(digest(&"standard output")),
            Kind::Output(Stream::Err) => ObjectId(digest(&"standard error")),
            Kind::Input => ObjectId(digest(&"standard input")),
            // the kernel has one inode for all of these
            Kind::Event | Kind::Timer | Kind::Signals | Kind::Epoll | Kind::Process => ObjectId(digest(&"events")),
            Kind::Pipe | Kind::Socket | Kind::File | Kind::Foreign => {
                let known = self.known.len();
                *self.known.entry(inode).or_insert_with(|| ObjectId(digest(&("met", known))))
            }
        };
        Thing { kind, inode, object }
    }

    /// The thing was just made by the program: it has this name from now on, and no past.
    pub(crate) fn made(&mut self, pid: Pid, number: i32, object: ObjectId) -> Option<Inode> {
        let status = stat(format!("/proc/{pid}/fd/{number}").as_str()).ok()?;
        let inode = inode(&status);
        self.known.insert(inode, object);
        self.own.insert(inode);
        self.flowing.remove(&inode);
        self.peers.remove(&inode);
        self.nonblocking.retain(|(other, _)| *other != inode);
        Some(inode)
    }

    /// A file that the program opened in its own folders: known by the name that it was made
    /// under, whatever it is called later.
    pub(crate) fn opened(&mut self, pid: Pid, number: i32, name: &[u8], birth: Birth) {
        let Ok(status) = stat(format!("/proc/{pid}/fd/{number}").as_str()) else { return };
        let inode = inode(&status);
        let known = self.own.contains(&inode) && self.known.contains_key(&inode);
        if birth == Birth::Now || !known {
            let births = self.births.entry(name.to_vec()).or_default();
            if birth == Birth::Now {
                *births += 1;
            }
            self.known.insert(inode, ObjectId(digest(&("name", name, *births))));
            self.locked.remove(&inode);
        }
        self.own.insert(inode);
    }

    pub(crate) fn locked(&mut self, inode: Inode) {
        self.locked.insert(inode);
    }

    pub(crate) fn is_locked(&self, inode: Inode) -> bool {
        self.locked.contains(&inode)
    }

    /// How long calls on a socket wait, in nanoseconds; 0 for ever.
    pub(crate) fn set_patience(&mut self, inode: Inode, side: Side, nanoseconds: u64) {
        if nanoseconds == 0 {
            self.patience.remove(&(inode, side));
        } else {
            self.patience.insert((inode, side), nanoseconds);
        }
    }

    pub(crate) fn patience(&self, inode: Inode, side: Side) -> Option<u64> {
        self.patience.get(&(inode, side)).copied()
    }

    pub(crate) fn pair(&mut self, one: Inode, other: Inode) {
        self.peers.insert(one, other);
        self.peers.insert(other, one);
    }

    pub(crate) fn connecting(&mut self, listener: ObjectId, socket: Inode) {
        self.known.insert(socket, listener);
        self.waiting.entry(listener).or_default().push_back(socket);
    }

    pub(crate) fn accepted(&mut self, listener: ObjectId, socket: Inode) {
        self.known.insert(socket, listener);
        self.own.insert(socket);
        if let Some(other) = self.waiting.get_mut(&listener).and_then(VecDeque::pop_front) {
            self.pair(socket, other);
        }
    }

    pub(crate) fn set_nonblocking(&mut self, inode: Inode, side: Side, nonblocking: Blocking) {
        match nonblocking {
            Blocking::No => self.nonblocking.insert((inode, side)),
            Blocking::Yes => self.nonblocking.remove(&(inode, side)),
        };
    }

    pub(crate) fn is_nonblocking(&self, inode: Inode, side: Side) -> bool {
        self.nonblocking.contains(&(inode, side))
    }

    /// Bytes went into `inode`: they come out at its reading end.
    pub(crate) fn sent(&mut self, inode: Inode, task: TaskId, bytes: u64) {
        let reader = self.peers.get(&inode).copied().unwrap_or(inode);
        self.flowing.entry(reader).or_default().push_back((task, bytes));
    }

    /// Bytes came out of `inode`: whose they were.
    pub(crate) fn received(&mut self, inode: Inode, bytes: u64) -> Vec<(TaskId, u64)> {
        let mut left = bytes;
        let mut from: Vec<(TaskId, u64)> = Vec::new();
        let queue = self.flowing.entry(inode).or_default();
        while left > 0 {
            let Some((task, there)) = queue.front_mut() else { break };
            let part = left.min(*there);
            match from.last_mut() {
                Some((last, total)) if last == task => *total += part,
                _ => from.push((*task, part)),
            }
            *there -= part;
            left -= part;
            if *there == 0 {
                queue.pop_front();
            }
        }
        from
    }

    /// The places that a process's end touches through what it has open.
    pub(crate) fn look_at_held(&mut self, process: ProcessId, pid: Pid) -> Vec<Location> {
        let mut places = Vec::new();
        // whoever made nothing has nothing open that others notice
        let numbers = if self.own.is_empty() { Vec::new() } else { numbers(pid) };
        for number in numbers {
            if let Some(thing) = self.thing(pid, number)
                && matches!(thing.kind, Kind::Pipe | Kind::Socket | Kind::File)
                && !places.contains(&thing.place())
            {
                places.push(thing.place());
            }
        }
        self.held.insert(process, places.clone());
        places
    }

    pub(crate) fn at_end(&mut self, process: ProcessId, touched: &mut Vec<Touch>) {
        touched.extend(self.held.remove(&process).unwrap_or_default().into_iter().map(Touch::Write));
    }
}

/// Whether a file is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Birth {
    /// It was made by being opened.
    Now,
    /// It was there.
    Before,
}

/// Whether calls on a descriptor wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocking {
    Yes,
    No,
}

/// The position of a process's descriptor in its file, and the flags that it was opened with.
pub(crate) fn position(pid: Pid, number: i32) -> Option<(u64, i32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).ok()?;
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let position = field("pos:")?.parse().ok()?;
    Some((position, i32::from_str_radix(field("flags:")?, 8).ok()?))
}

/// Whether two processes' descriptors are one: the same opening, with one position.
pub(crate) fn same_opening(one: (Pid, i32), other: (Pid, i32)) -> bool {
    // SAFETY: compares descriptors, and touches no memory.
    unsafe { libc::syscall(libc::SYS_kcmp, one.0.as_raw(), other.0.as_raw(), 0, one.1, other.1) == 0 }
}

/// Whether a process's descriptor is one of those that the program was given.
pub(crate) fn is_standard(standard: &Standard, (pid, number): (Pid, i32)) -> bool {
    let own = [&standard.input, &standard.output, &standard.error];
    own.into_iter().any(|own| same_opening((Pid::this(), own.as_raw_fd()), (pid, number)))
}

/// The numbers of a process's open descriptors.
pub(crate) fn numbers(pid: Pid) -> Vec<i32> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The numbers of a process's open descriptors, and which side of a pipe each is.
pub(crate) fn descriptors(pid: Pid) -> Vec<(i32, Side)> {
    let Ok(process) = procfs::process::Process::new(pid.as_raw()) else { return Vec::new() };
    let Ok(list) = process.fd() else { return Vec::new() };
    list.flatten()
        .map(|info| {
            let side = match (
                info.mode().contains(procfs::process::FDPermissions::READ),
                info.mode().contains(procfs::process::FDPermissions::WRITE),
            ) {
                (true, false) => Side::Reading,
                (false, true) => Side::Writing,
                _ => Side::Both,
            };
            (info.fd, side)
        })
        .collect()
}

/// Which side of a pipe a descriptor is.
pub(crate) fn side(pid: Pid, number: i32) -> Side {
    descriptors(pid).into_iter().find(|(other, _)| *other == number).map_or(Side::Both, |(_, side)| side)
}

impl Objects {
    /// A FIFO was opened for writing.
    pub(crate) fn opened_for_writing(&mut self, fifo: Inode) {
        *self.writers.entry(fifo).or_default() += 1;
    }

    /// How often it was.
    pub(crate) fn writers_of(&self, fifo: Inode) -> u64 {
        self.writers.get(&fifo).copied().unwrap_or(0)
    }

    /// The other end of a socket.
    pub(crate) fn peer(&self, inode: Inode) -> Option<Inode> {
        self.peers.get(&inode).copied()
    }
}
