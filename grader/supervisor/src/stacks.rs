//! Call stacks in source lines: unwinding through the program's and the libraries' tables, and
//! line tables with inlining undone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use explorer::Frame;
use framehop::x86_64::{CacheX86_64, UnwindRegsX86_64, UnwinderX86_64};
use framehop::{ExplicitModuleSectionInfo, FrameAddress, Module, Unwinder};
use nix::unistd::Pid;
use object::{Object, ObjectSection, ObjectSegment};

use crate::machine::Registers;
use crate::memory;

type Tables = Vec<u8>;

/// Reads stacks, and remembers what it read of files.
#[derive(Default)]
pub(crate) struct Stacks {
    lines: HashMap<PathBuf, Option<addr2line::Loader>>,
    unwinders: HashMap<Pid, Space>,
}

struct Space {
    unwinder: UnwinderX86_64<Tables>,
    cache: CacheX86_64,
    modules: Vec<Loaded>,
}

struct Loaded {
    path: PathBuf,
    start: u64,
    end: u64,
    /// What to take off an address to get the file's own.
    bias: u64,
}

/// The deepest stack that is followed.
const DEEPEST: usize = 40;

impl Stacks {
    /// The stack of a task that stands at `code`, innermost frame first.
    pub(crate) fn frames(&mut self, pid: Pid, code: u64, registers: &Registers) -> Vec<Frame> {
        let fresh = !self
            .unwinders
            .get(&pid)
            .is_some_and(|space| space.modules.iter().any(|module| module.start <= code && code < module.end));
        if fresh {
            self.unwinders.insert(pid, Space::of(pid));
        }
        let Some(space) = self.unwinders.get_mut(&pid) else { return Vec::new() };
        let mut read = |address: u64| {
            // a part of the stack may be closed to the task for now
            memory::read_u64(pid, address).or_else(|_| memory::read_protected_u64(pid, address)).map_err(|_| ())
        };
        let mut addresses = Vec::new();
        {
            let start = UnwindRegsX86_64::new(code, registers.stack(), registers.frame());
            let mut iter = space.unwinder.iter_frames(code, start, &mut space.cache, &mut read);
            while let Ok(Some(frame)) = iter.next() {
                addresses.push(match frame {
                    FrameAddress::InstructionPointer(address) => address,
                    // a return address is behind its call
                    FrameAddress::ReturnAddress(address) => address.get() - 1,
                });
                if addresses.len() >= DEEPEST {
                    break;
                }
            }
        }
        if addresses.is_empty() {
            addresses.push(code);
        }
        let places: Vec<(PathBuf, u64)> = addresses
            .iter()
            .filter_map(|address| {
                let module = space.modules.iter().find(|module| module.start <= *address && *address < module.end)?;
                Some((module.path.clone(), address - module.bias))
            })
            .collect();
        places.into_iter().flat_map(|(path, address)| self.lines_of(&path, address)).collect()
    }

    /// The source lines of one address: one, or several where calls were inlined. Without line
    /// information the function that the symbols name.
    fn lines_of(&mut self, path: &Path, address: u64) -> Vec<Frame> {
        let loader = self.lines.entry(path.to_path_buf()).or_insert_with(|| addr2line::Loader::new(path).ok());
        let mut frames = Vec::new();
        if let Some(loader) = &loader
            && let Ok(mut found) = loader.find_frames(address)
        {
            while let Ok(Some(frame)) = found.next() {
                let Some(location) = frame.location else { continue };
                let (Some(file), Some(line)) = (location.file, location.line) else { continue };
                let function =
                    frame.function.as_ref().and_then(|function| function.demangle().ok().map(|name| name.into_owned()));
                frames.push(Frame { function, file: file.into(), line, column: location.column.unwrap_or(0) });
            }
        }
        if frames.is_empty() {
            let module = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let symbol = loader.as_ref().and_then(|loader| loader.find_symbol_info(address));
            let (function, offset) = match symbol {
                Some(symbol) => {
                    let name = addr2line::demangle_auto(symbol.name().into(), None).into_owned();
                    (Some(name), address.saturating_sub(symbol.address()))
                }
                None => (None, 0),
            };
            frames.push(Frame { function, file: module, line: 0, column: u32::try_from(offset).unwrap_or(u32::MAX) });
        }
        frames
    }
}

impl Space {
    fn of(pid: Pid) -> Space {
        let mut space = Space { unwinder: UnwinderX86_64::new(), cache: CacheX86_64::new(), modules: Vec::new() };
        let Ok(maps) = procfs::process::Process::new(pid.as_raw()).and_then(|process| process.maps()) else {
            return space;
        };
        let maps: Vec<_> = maps.into_iter().collect();
        // only what holds code: shared memory has names too
        let holds_code = |path: &Path| {
            maps.iter().any(|map| {
                map.perms.contains(procfs::process::MMPermissions::EXECUTE)
                    && matches!(&map.pathname, procfs::process::MMapPath::Path(other) if other == path)
            })
        };
        let mut files: Vec<(PathBuf, u64, u64)> = Vec::new();
        for map in &maps {
            let procfs::process::MMapPath::Path(path) = map.pathname.clone() else { continue };
            if !holds_code(&path) {
                continue;
            }
            match files.iter_mut().find(|(known, ..)| *known == path) {
                Some((_, start, end)) => {
                    *start = (*start).min(map.address.0);
                    *end = (*end).max(map.address.1);
                }
                None => files.push((path, map.address.0, map.address.1)),
            }
        }
        for (path, start, end) in files {
            space.load(pid, path, start, end);
        }
        space
    }

    fn load(&mut self, pid: Pid, path: PathBuf, start: u64, end: u64) {
        // the file as the task has it open: its name may lead elsewhere by now
        let Ok(data) = std::fs::read(&path).or_else(|_| std::fs::read(format!("/proc/{pid}/exe"))) else { return };
        let Ok(file) = object::File::parse(&*data) else { return };
        let base = file.segments().map(|segment| segment.address()).min().unwrap_or(0) & !0xfff;
        let bias = start - base;
        let section = |name: &str| {
            file.section_by_name(name).map(|section| {
                let range = section.address()..section.address() + section.size();
                (range, section.data().map(<[u8]>::to_vec).unwrap_or_default())
            })
        };
        let (text, eh_frame, eh_frame_hdr) = (section(".text"), section(".eh_frame"), section(".eh_frame_hdr"));
        let info = ExplicitModuleSectionInfo {
            base_svma: base,
            text_svma: text.as_ref().map(|(range, _)| range.clone()),
            text: text.map(|(_, data)| data),
            eh_frame_svma: eh_frame.as_ref().map(|(range, _)| range.clone()),
            eh_frame: eh_frame.map(|(_, data)| data),
            eh_frame_hdr_svma: eh_frame_hdr.as_ref().map(|(range, _)| range.clone()),
            eh_frame_hdr: eh_frame_hdr.map(|(_, data)| data),
            ..Default::default()
        };
        self.unwinder.add_module(Module::new(path.to_string_lossy().into_owned(), start..end, start, info));
        self.modules.push(Loaded { path, start, end, bias });
    }
}
