//! What a program reads of itself under `/proc`: as it would stand there if nobody followed
//! it. The files are made up and lent to the program; the real ones are out of its reach, and
//! so is all that they say of other people's processes.

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use explorer::TaskId;

use crate::RunError;
use crate::engine::Engine;
use crate::machine::scratch;
use crate::memory;
use crate::task::{SEEN_PARENT, State, seen_pid};

use super::arrive::Plan;
use super::identity::PROCESSORS;

/// What stands for a file of `/proc`.
enum About {
    /// A file that says this.
    File(Vec<u8>),
    /// A folder with these entries.
    Folder(Vec<String>),
    /// A link: what it says, and where it really leads.
    Link { says: Vec<u8>, real: String },
    /// What is written there is lost.
    Swallows,
    /// There is no such file.
    Nothing,
    /// It is there, and nobody gets at it.
    Kept,
}

/// Whose files.
#[derive(Clone, Copy)]
enum Whose {
    Task(TaskId),
    Parent,
}

/// Files that say nothing of who follows whom: shown as they are.
const PLAIN: [&str; 14] = [
    "auxv",
    "cmdline",
    "comm",
    "environ",
    "io",
    "limits",
    "loginuid",
    "oom_adj",
    "oom_score",
    "oom_score_adj",
    "schedstat",
    "sessionid",
    "statm",
    "timerslack_ns",
];

/// Files about the machine that a program may look at.
const MACHINE: [&str; 8] = [
    "/proc/meminfo",
    "/proc/version",
    "/proc/uptime",
    "/proc/loadavg",
    "/proc/filesystems",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/fs/pipe-max-size",
    "/proc/sys/vm/max_map_count",
];

/// Folders of numbers about the kernel.
const KERNEL: [&str; 2] = ["/proc/sys/kernel/", "/proc/sys/fs/mqueue/"];

impl Engine<'_> {
    /// Does a call that names a file of `/proc`; `None` where it names none. `index` is the
    /// name's argument, `path` the name without dots.
    pub(super) fn plan_about(
        &mut self,
        id: TaskId,
        call: i64,
        args: [u64; 6],
        index: usize,
        path: &[u8],
        writes: bool,
    ) -> Result<Option<Plan>, RunError> {
        let links = matches!(call, libc::SYS_readlink | libc::SYS_readlinkat);
        if links && path == b"/proc/self" {
            let says = seen_pid(self.process_of(id).leader).to_string().into_bytes();
            let room = usize::try_from(args[index + 2]).unwrap_or(usize::MAX).min(says.len());
            return Ok(Some(match self.poke(id, args[index + 1], &says[..room]) {
                Ok(()) => Plan::Return(i64::try_from(room).unwrap_or(0)),
                Err(_) => Plan::fail(libc::EFAULT),
            }));
        }
        let Some(about) = std::str::from_utf8(path).ok().and_then(|path| self.about(id, path, writes)) else {
            return Ok(None);
        };
        let real = match about {
            About::Nothing => return Ok(Some(Plan::fail(libc::ENOENT))),
            About::Kept => return Ok(Some(Plan::fail(libc::EACCES))),
            About::Link { says, .. } if links => {
                let room = usize::try_from(args[index + 2]).unwrap_or(usize::MAX).min(says.len());
                return Ok(Some(match self.poke(id, args[index + 1], &says[..room]) {
                    Ok(()) => Plan::Return(i64::try_from(room).unwrap_or(0)),
                    Err(_) => Plan::fail(libc::EFAULT),
                }));
            }
            _ if links => return Ok(Some(Plan::fail(libc::EINVAL))),
            About::Link { real, .. } => {
                self.names.used();
                real.into_bytes()
            }
            About::Swallows => b"/dev/null".to_vec(),
            _ if writes => return Ok(Some(Plan::fail(libc::EACCES))),
            About::File(content) => match self.names.show(&content) {
                Some(file) => file.into_os_string().into_encoded_bytes(),
                None => return Ok(Some(Plan::fail(libc::EIO))),
            },
            About::Folder(entries) => match self.names.show_folder(&entries) {
                Some(folder) => folder.into_os_string().into_encoded_bytes(),
                None => return Ok(Some(Plan::fail(libc::EIO))),
            },
        };
        let mut changed = self.alias_arguments(id, &[]).unwrap_or(args);
        let mut text = real;
        text.push(0);
        let _ = memory::write(self.task(id).pid, scratch::strings(), &text);
        changed[index] = scratch::strings();
        self.kernel(id, Some(changed))?;
        Ok(Some(Plan::Done))
    }

    fn about(&self, id: TaskId, path: &str, writes: bool) -> Option<About> {
        let rest = path.strip_prefix("/proc")?;
        if rest.is_empty() || rest == "/" {
            let mut entries: Vec<String> = self
                .processes
                .iter()
                .filter(|process| process.ended.is_none())
                .map(|process| seen_pid(process.leader).to_string())
                .collect();
            entries.push("self".into());
            return Some(About::Folder(entries));
        }
        let rest = rest.strip_prefix('/')?;
        let (who, file) = rest.split_once('/').unwrap_or((rest, ""));
        let whose = match who {
            "self" => Whose::Task(self.process_of(id).leader),
            "thread-self" => Whose::Task(id),
            number if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                let number = number.parse().ok()?;
                match self.tasks.iter().find(|task| seen_pid(task.id) == number) {
                    Some(task) if !matches!(task.state, State::Ended) => Whose::Task(task.id),
                    Some(_) => return Some(About::Nothing),
                    None if number == SEEN_PARENT => Whose::Parent,
                    None => return Some(About::Nothing),
                }
            }
            _ if !self.names.keeps_to_itself() => return None,
            "cpuinfo" => return Some(About::File(processors())),
            _ if MACHINE.contains(&path) || KERNEL.iter().any(|folder| path.starts_with(folder)) => {
                return Some(fs::read(path).map_or(About::Nothing, About::File));
            }
            _ => return Some(About::Nothing),
        };
        Some(match whose {
            Whose::Task(task) => self.about_task(task, file, writes),
            Whose::Parent => parent(file),
        })
    }

    fn about_task(&self, task: TaskId, file: &str, writes: bool) -> About {
        let pid = self.task(task).pid;
        let process = self.process_of(task);
        let real = |name: &str| fs::read(format!("/proc/{pid}/{name}"));
        if let Some(rest) = file.strip_prefix("task") {
            let threads: Vec<TaskId> = self
                .tasks
                .iter()
                .filter(|other| other.process == process.id && !matches!(other.state, State::Ended))
                .map(|other| other.id)
                .collect();
            let Some((number, file)) = rest.strip_prefix('/').map(|rest| rest.split_once('/').unwrap_or((rest, "")))
            else {
                return About::Folder(threads.iter().map(|thread| seen_pid(*thread).to_string()).collect());
            };
            return match threads.iter().find(|thread| seen_pid(**thread).to_string() == number) {
                Some(thread) => self.about_task(*thread, file, writes),
                None => About::Nothing,
            };
        }
        if let Some(number) = file.strip_prefix("fd/") {
            // opening it anew leads to the same file
            return self.link(format!("/proc/{pid}/fd/{number}"));
        }
        match file {
            "" => About::Folder(["cmdline", "exe", "fd", "maps", "stat", "status", "task"].map(String::from).into()),
            "status" => real(file).map_or(About::Nothing, |text| About::File(self.status(task, &text))),
            "stat" => real(file).map_or(About::Nothing, |text| About::File(self.stat(task, &text))),
            "maps" => real(file).map_or(About::Nothing, |text| About::File(self.maps(task, &text))),
            "wchan" => About::File(b"0".to_vec()),
            "comm" if writes => About::Swallows,
            "exe" | "cwd" => self.link(format!("/proc/{pid}/{file}")),
            "root" => About::Link { says: b"/".to_vec(), real: "/".into() },
            "fd" => {
                About::Folder(crate::objects::descriptors(pid).iter().map(|(number, _)| number.to_string()).collect())
            }
            "mem" | "pagemap" | "clear_refs" | "syscall" | "stack" | "map_files" => About::Kept,
            _ if PLAIN.contains(&file) => real(file).map_or(About::Nothing, About::File),
            _ => About::Nothing,
        }
    }

    fn link(&self, real: String) -> About {
        match fs::read_link(&real) {
            Ok(target) => About::Link { says: self.names.seen(&target).into_bytes(), real },
            Err(_) => About::Nothing,
        }
    }

    fn status(&self, task: TaskId, text: &[u8]) -> Vec<u8> {
        let leader = seen_pid(self.process_of(task).leader);
        let own = seen_pid(task);
        let mut shown = String::new();
        for line in String::from_utf8_lossy(text).lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim_start();
            let value = match name {
                "State" => "R (running)".into(),
                "Tgid" | "NStgid" => leader.to_string(),
                "Pid" | "NSpid" => own.to_string(),
                "PPid" => self.seen_parent(task).to_string(),
                "NSpgid" => self.process_of(task).group.to_string(),
                "NSsid" => self.process_of(task).session.to_string(),
                "Ngid" | "TracerPid" | "NoNewPrivs" | "Seccomp" | "Seccomp_filters" => "0".into(),
                "Cpus_allowed" => format!("{:x}", (1u32 << PROCESSORS) - 1),
                "Cpus_allowed_list" => format!("0-{}", PROCESSORS - 1),
                _ => value.to_owned(),
            };
            let _ = writeln!(shown, "{name}:\t{value}");
        }
        shown.into_bytes()
    }

    fn stat(&self, task: TaskId, text: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        // the name may hold spaces and brackets itself: the last bracket ends it
        let Some((start, rest)) = text.rsplit_once(')') else { return Vec::new() };
        let name = start.split_once('(').map_or("", |(_, name)| name);
        let process = self.process_of(task);
        let mut fields: Vec<String> = rest.split_whitespace().map(str::to_owned).collect();
        let mut set = |number: usize, value: String| {
            // counted from 1, as proc(5) does; the first two are not among these
            if let Some(field) = fields.get_mut(number - 3) {
                *field = value;
            }
        };
        set(3, "R".into());
        set(4, self.seen_parent(task).to_string());
        set(5, process.group.to_string());
        set(6, process.session.to_string());
        set(35, "0".into());
        set(39, "0".into());
        format!("{} ({name}) {}\n", seen_pid(task), fields.join(" ")).into_bytes()
    }

    /// Without the supervisor's own pages, and with the protection that the program asked for.
    fn maps(&self, task: TaskId, text: &[u8]) -> Vec<u8> {
        let space = self.space(task);
        let mut shown = Vec::new();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let range = String::from_utf8_lossy(line.split(|byte| *byte == b' ').next().unwrap_or_default());
            let Some((start, end)) = range.split_once('-').and_then(|(start, end)| {
                Some((u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
            }) else {
                continue;
            };
            if start < scratch::start() + scratch::LEN && end > scratch::start() || space.is_alias(start) {
                continue;
            }
            let mut line = line.to_vec();
            let watched = || self.watching(task)?.private.region(start).map(|region| region.protection);
            if let Some(protection) = space.at(start).map(|mapping| mapping.protection).or_else(watched)
                && let Some(letters) = line.get_mut(range.len() + 1..range.len() + 4)
            {
                for (letter, (bit, shown)) in
                    letters.iter_mut().zip([(libc::PROT_READ, b'r'), (libc::PROT_WRITE, b'w'), (libc::PROT_EXEC, b'x')])
                {
                    *letter = if protection & bit != 0 { shown } else { b'-' };
                }
            }
            if let Some(at) = line.iter().position(|byte| *byte == b'/') {
                let end = line.len() - usize::from(line.ends_with(b"\n"));
                let seen = self.names.seen(Path::new(OsStr::from_bytes(&line[at..end])));
                line.splice(at..end, seen.into_bytes());
            }
            shown.extend(line);
        }
        shown
    }

    /// The folder that a task is in, by the name that it knows.
    pub(super) fn plan_working_folder(&mut self, id: TaskId, args: [u64; 6]) -> Plan {
        let Ok(folder) = fs::read_link(format!("/proc/{}/cwd", self.task(id).pid)) else { return Plan::Through };
        if folder.as_os_str().as_bytes().ends_with(b" (deleted)") && !folder.exists() {
            return Plan::fail(libc::ENOENT);
        }
        let mut text = self.names.seen(&folder).into_bytes();
        text.push(0);
        let len = text.len() as u64;
        if len > args[1] {
            return Plan::fail(if args[1] == 0 { libc::EINVAL } else { libc::ERANGE });
        }
        match self.poke(id, args[0], &text) {
            Ok(()) => Plan::Return(len.cast_signed()),
            Err(_) => Plan::fail(libc::EFAULT),
        }
    }
}

/// Whoever started the program: a shell, as far as it can see.
fn parent(file: &str) -> About {
    match file {
        "comm" => About::File(b"sh\n".to_vec()),
        "cmdline" => About::File(b"sh\0".to_vec()),
        "status" => About::File(
            format!(
                "Name:\tsh\nState:\tS (sleeping)\nTgid:\t{SEEN_PARENT}\nPid:\t{SEEN_PARENT}\nPPid:\t1\nTracerPid:\t0\n"
            )
            .into_bytes(),
        ),
        "stat" => About::File(format!("{SEEN_PARENT} (sh) S 1 {SEEN_PARENT} {SEEN_PARENT} 0 -1\n").into_bytes()),
        _ => About::Kept,
    }
}

/// As many processors as every program finds, of this machine's kind.
fn processors() -> Vec<u8> {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let first = text.split("\n\n").next().unwrap_or_default();
    let mut shown = String::new();
    for number in 0..PROCESSORS {
        for line in first.lines() {
            match line.split_once(':') {
                Some((name, _)) if name.trim() == "processor" => {
                    let _ = writeln!(shown, "processor\t: {number}");
                }
                _ => {
                    let _ = writeln!(shown, "{line}");
                }
            }
        }
        shown.push('\n');
    }
    shown.into_bytes()
}
