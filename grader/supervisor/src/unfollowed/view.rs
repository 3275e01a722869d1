//! The tree of files that such a program sees: the system's programs and libraries, itself,
//! and empty temporary folders.

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::{Files, RunError};

/// One step of making it, ready for a child that only makes system calls.
#[derive(Debug)]
enum Step {
    Folder(CString),
    File(CString),
    Link { says: CString, at: CString },
    Bind { from: CString, at: CString },
    ReadOnly(CString),
    Memory { at: CString, options: CString },
    Processes(CString),
}

/// The tree.
#[derive(Debug)]
pub(super) struct View {
    root: CString,
    steps: Vec<Step>,
}

const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

#[repr(C)]
struct Attributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

impl View {
    /// To be made at `root`, an empty folder; files in it may have so many bytes.
    pub(super) fn new(root: &Path, program: &Path, bytes: u64) -> Result<View, RunError> {
        let c = |path: &Path| {
            CString::new(path.as_os_str().as_bytes())
                .map_err(|_| RunError::Program { path: program.to_owned(), reason: "a zero byte in its name".into() })
        };
        let text = |text: String| CString::new(text).unwrap_or_default();
        let inside = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));
        let mut steps = vec![Step::Memory { at: c(root)?, options: text("size=1m,mode=755".into()) }];
        let mut bound = Vec::new();
        // first, since the program may lie in one of them
        steps.push(Step::Folder(c(&root.join("dev"))?));
        steps.push(Step::Folder(c(&root.join("var"))?));
        for own in ["dev/shm", "tmp", "var/tmp"] {
            steps.push(Step::Folder(c(&root.join(own))?));
            let options = text(format!("size={bytes},nr_inodes=4096,mode=1777"));
            steps.push(Step::Memory { at: c(&root.join(own))?, options });
        }
        for path in Files::system().read.iter().map(PathBuf::as_path).chain([program]) {
            let Ok(data) = fs::symlink_metadata(path) else { continue };
            let at = inside(path);
            folders_above(&mut steps, root, path, &c)?;
            if data.is_symlink() && path != program {
                if let Ok(says) = fs::read_link(path) {
                    steps.push(Step::Link { says: c(&says)?, at: c(&at)? });
                }
                continue;
            }
            steps.push(if data.is_dir() { Step::Folder(c(&at)?) } else { Step::File(c(&at)?) });
            steps.push(Step::Bind { from: c(path)?, at: c(&at)? });
            bound.push(at);
        }
        for device in DEVICES {
            let (from, at) = (Path::new("/dev").join(device), root.join("dev").join(device));
            if from.exists() {
                steps.push(Step::File(c(&at)?));
                steps.push(Step::Bind { from: c(&from)?, at: c(&at)? });
            }
        }
        for (name, says) in [("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1")] {
            steps.push(Step::Link { says: c(Path::new(says))?, at: c(&root.join("dev").join(name))? });
        }
        steps.push(Step::Folder(c(&root.join("proc"))?));
        steps.push(Step::Processes(c(&root.join("proc"))?));
        for at in bound {
            steps.push(Step::ReadOnly(c(&at)?));
        }
        Ok(View { root: c(root)?, steps })
    }

    /// In a child with a mount namespace of its own: makes the tree and goes there. Only makes
    /// system calls. Returns the number of the step that failed, if one did.
    pub(super) fn enter(&self) -> Result<(), i32> {
        // SAFETY: system calls on live strings, which change this child's namespace alone.
        unsafe {
            let private = libc::MS_REC | libc::MS_PRIVATE;
            if libc::mount(c"none".as_ptr(), c"/".as_ptr(), std::ptr::null(), private, std::ptr::null()) != 0 {
                return Err(1);
            }
            for (number, step) in (10..).zip(&self.steps) {
                if !step.make() {
                    return Err(number);
                }
            }
            let here = c".".as_ptr();
            if libc::chdir(self.root.as_ptr()) != 0
                || libc::syscall(libc::SYS_pivot_root, here, here) != 0
                || libc::umount2(here, libc::MNT_DETACH) != 0
                || libc::chdir(c"/tmp".as_ptr()) != 0
            {
                return Err(2);
            }
        }
        Ok(())
    }
}

fn folders_above(
    steps: &mut Vec<Step>,
    root: &Path,
    path: &Path,
    c: &impl Fn(&Path) -> Result<CString, RunError>,
) -> Result<(), RunError> {
    let mut above: Vec<&Path> = path.ancestors().skip(1).filter(|folder| folder.parent().is_some()).collect();
    above.reverse();
    for folder in above {
        steps.push(Step::Folder(c(&root.join(folder.strip_prefix("/").unwrap_or(folder)))?));
    }
    Ok(())
}

impl Step {
    /// Makes system calls only.
    fn make(&self) -> bool {
        let none: *const libc::c_void = std::ptr::null();
        let exists = || nix::Error::last() == nix::Error::EEXIST;
        // SAFETY: system calls on live strings.
        unsafe {
            match self {
                Step::Folder(at) => libc::mkdir(at.as_ptr(), 0o755) == 0 || exists(),
                Step::File(at) => {
                    let file = libc::open(at.as_ptr(), libc::O_CREAT | libc::O_WRONLY | libc::O_CLOEXEC, 0o644);
                    file >= 0 && libc::close(file) == 0
                }
                Step::Link { says, at } => libc::symlink(says.as_ptr(), at.as_ptr()) == 0 || exists(),
                Step::Bind { from, at } => {
                    let flags = libc::MS_BIND | libc::MS_REC;
                    libc::mount(from.as_ptr(), at.as_ptr(), std::ptr::null(), flags, none) == 0
                }
                Step::ReadOnly(at) => {
                    const READ_ONLY: u64 = 1;
                    const NO_SET_USER: u64 = 2;
                    let wanted =
                        Attributes { set: READ_ONLY | NO_SET_USER, clear: 0, propagation: 0, user_namespace: 0 };
                    const RECURSIVE: libc::c_int = libc::AT_RECURSIVE;
                    let size = size_of::<Attributes>();
                    libc::syscall(libc::SYS_mount_setattr, -1, at.as_ptr(), RECURSIVE, &raw const wanted, size) == 0
                }
                Step::Memory { at, options } => {
                    let (kind, flags) = (c"tmpfs".as_ptr(), libc::MS_NOSUID | libc::MS_NODEV);
                    libc::mount(kind, at.as_ptr(), kind, flags, options.as_ptr().cast()) == 0
                }
                Step::Processes(at) => {
                    let (kind, flags) = (c"proc".as_ptr(), libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC);
                    // others' processes, the first one's too, are not to be seen; where a container
                    // covers parts of its own /proc there is none to be had, and programs do without
                    let _ = libc::mount(kind, at.as_ptr(), kind, flags, c"hidepid=4".as_ptr().cast());
                    true
                }
            }
        }
    }
}
