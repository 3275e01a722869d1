//! What is known of the code files of a process by their symbols: where functions lie whose inside
//! is taken for granted, and where the C library's semaphores do. Each file is read once.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use nix::unistd::Pid;
use object::{Object, ObjectSection, ObjectSegment, ObjectSymbol, SymbolKind};
use procfs::process::{MMPermissions, MMapPath};

use crate::machine::first_loads;
use crate::semaphores::Semaphores;

/// What a function is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It returns new memory; which of its arguments say how much.
    Allocates(Amount),
    /// It waits for the end of the thread that its first argument names.
    Joins,
    /// Anything else.
    Keeps,
}

/// How many bytes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    Argument(usize),
    Product(usize, usize),
}

/// What a function of this name is for, if it is one of them.
fn purpose(name: &str) -> Option<Purpose> {
    Some(match name {
        "malloc" | "valloc" | "pvalloc" => Purpose::Allocates(Amount::Argument(0)),
        "realloc" | "memalign" | "aligned_alloc" => Purpose::Allocates(Amount::Argument(1)),
        "calloc" => Purpose::Allocates(Amount::Product(0, 1)),
        "reallocarray" => Purpose::Allocates(Amount::Product(1, 2)),
        "pthread_join" | "pthread_timedjoin_np" | "pthread_clockjoin_np" | "pthread_tryjoin_np" | "thrd_join" => {
            Purpose::Joins
        }
        "posix_memalign" | "pthread_create" | "pthread_detach" | "pthread_kill" | "pthread_cancel"
        | "pthread_getattr_np" | "pthread_setname_np" | "thrd_create" | "thrd_detach" => Purpose::Keeps,
        _ if name.contains("stack_overflow")
            && ["make_handler", "drop_handler", "set_current_info", "delete_current_info"]
                .iter()
                .any(|part| name.contains(part)) =>
        {
            Purpose::Keeps
        }
        _ => return None,
    })
}

/// Names of functions that only allocators have: where they lie, others of theirs lie without names.
fn is_allocators(name: &str) -> bool {
    const NAMES: [&str; 20] = [
        "malloc",
        "free",
        "calloc",
        "realloc",
        "memalign",
        "aligned_alloc",
        "valloc",
        "pvalloc",
        "malloc_trim",
        "malloc_usable_size",
        "mallinfo",
        "mallinfo2",
        "mallopt",
        "posix_memalign",
        "_int_malloc",
        "_int_free",
        "_int_realloc",
        "malloc_consolidate",
        "sysmalloc",
        "tcache_init",
    ];
    NAMES.contains(&name)
}

/// What there is of libraries in a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Where a function starts, and what it is for.
    Function(u64, Purpose),
    /// Where the allocator's own code lies.
    Allocator(Range<u64>),
    /// Where semaphores do.
    Semaphores(Semaphores),
}

/// What there is in the files that `pid` has mapped.
pub(crate) fn found_in(pid: Pid) -> Vec<Found> {
    let Ok(maps) = procfs::process::Process::new(pid.as_raw()).and_then(|process| process.maps()) else {
        return Vec::new();
    };
    let maps: Vec<_> = maps.into_iter().collect();
    let mut files: Vec<(PathBuf, u64)> = Vec::new();
    for map in &maps {
        let MMapPath::Path(path) = &map.pathname else { continue };
        let has_code =
            maps.iter().any(|other| other.pathname == map.pathname && other.perms.contains(MMPermissions::EXECUTE));
        if has_code && !files.iter().any(|(known, _)| known == path) {
            files.push((path.clone(), map.address.0));
        }
    }
    files
        .into_iter()
        .flat_map(|(path, start)| {
            let symbols = symbols(pid, &path);
            let placed = |address: u64| start.wrapping_sub(symbols.base).wrapping_add(address);
            symbols
                .found
                .iter()
                .map(|found| match found {
                    Found::Function(address, purpose) => Found::Function(placed(*address), *purpose),
                    Found::Allocator(range) => Found::Allocator(placed(range.start)..placed(range.end)),
                    Found::Semaphores(semaphores) => Found::Semaphores(semaphores.placed(placed)),
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What there is in a file, by its own addresses.
#[derive(Debug, Default)]
struct Symbols {
    base: u64,
    found: Vec<Found>,
}

/// Read once for each file, as long as it does not change.
fn symbols(pid: Pid, path: &Path) -> Arc<Symbols> {
    type Key = (PathBuf, Option<std::time::SystemTime>);
    static KNOWN: Mutex<Option<HashMap<Key, Arc<Symbols>>>> = Mutex::new(None);
    let changed = std::fs::metadata(path).and_then(|data| data.modified()).ok();
    let key = (path.to_path_buf(), changed);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    if let Some(symbols) = known.get(&key) {
        return Arc::clone(symbols);
    }
    let data = std::fs::read(path).or_else(|_| std::fs::read(format!("/proc/{pid}/exe"))).unwrap_or_default();
    let symbols = Arc::new(read_symbols(&data, is_c_library(path)));
    known.insert(key, Arc::clone(&symbols));
    symbols
}

/// Whether it is the system's C library, or the part of it that older ones have apart. A program's
/// own functions may have the same names, and a file that it made may have the library's.
fn is_c_library(path: &Path) -> bool {
    const FOLDERS: [&str; 4] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];
    FOLDERS.iter().any(|folder| path.starts_with(folder))
        && path.file_name().is_some_and(|name| name == "libc.so.6" || name == "libpthread.so.0")
}

fn read_symbols(data: &[u8], c_library: bool) -> Symbols {
    let Ok(file) = object::File::parse(data) else { return Symbols::default() };
    let base = file.segments().map(|segment| segment.address()).min().unwrap_or(0) & !0xfff;
    let mut functions: Vec<(u64, u64, &str)> = file
        .dynamic_symbols()
        .chain(file.symbols())
        .filter(|symbol| symbol.is_definition() && symbol.kind() == SymbolKind::Text)
        .filter_map(|symbol| Some((symbol.address(), symbol.size(), symbol.name().ok()?)))
        .collect();
    functions.sort_unstable();
    let mut found: Vec<Found> =
        functions.iter().filter_map(|(address, _, name)| Some(Found::Function(*address, purpose(name)?))).collect();
    let own: Vec<_> = functions.iter().filter(|(_, size, name)| *size > 0 && is_allocators(name)).collect();
    if let (Some(first), Some(last)) = (own.first(), own.last()) {
        // up to the function of somebody else's before the first
        let before = functions.iter().filter(|(address, _, name)| *address < first.0 && !is_allocators(name));
        let start = before.map(|(address, size, _)| address + size).max().unwrap_or(first.0).min(first.0);
        // what lies further apart than that is not one and the same allocator
        const LARGEST: u64 = 64 << 10;
        if last.0 + last.1 - start <= LARGEST {
            found.push(Found::Allocator(start..last.0 + last.1));
        }
    }
    if c_library {
        found.push(Found::Semaphores(semaphores_of(&file)));
    }
    Symbols { base, found }
}

/// Where the semaphores of the C library lie in its file. What is not exported counts as theirs,
/// too: it goes on with what one of their functions began.
fn semaphores_of(file: &object::File<'_>) -> Semaphores {
    let waits = |name: object::Result<&str>| match name {
        Ok("sem_wait") => Some(true),
        Ok("sem_trywait" | "sem_post") => Some(false),
        Ok(_) | Err(_) => None,
    };
    let exported = || {
        let functions = file.dynamic_symbols().filter(|symbol| symbol.is_definition() && symbol.size() > 0);
        functions.filter(|symbol| matches!(symbol.kind(), SymbolKind::Text))
    };
    let text = file.section_by_name(".text");
    let (mut known, mut first) = (Vec::new(), HashMap::new());
    for symbol in exported() {
        let Some(waits) = waits(symbol.name()) else { continue };
        let code = text.as_ref().and_then(|text| text.data_range(symbol.address(), symbol.size()).ok()?);
        let loads = first_loads(code.unwrap_or_default(), symbol.address());
        if !loads.is_empty() {
            known.push(symbol.address());
            first.extend(loads.into_iter().map(|load| (load, waits)));
        }
    }
    let foreign = exported().filter(|symbol| !known.contains(&symbol.address()));
    let foreign = foreign.map(|symbol| symbol.address()..symbol.address() + symbol.size()).collect();
    let text = text.map(|text| text.address()..text.address() + text.size()).unwrap_or_default();
    Semaphores::new(text, foreign, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_system_has_a_c_library() {
        assert!(is_c_library(Path::new("/usr/lib/x86_64-linux-gnu/libc.so.6")));
        assert!(is_c_library(Path::new("/lib64/libpthread.so.0")));
        assert!(!is_c_library(Path::new("/tmp/libc.so.6")));
        assert!(!is_c_library(Path::new("/library/libc.so.6")));
        assert!(!is_c_library(Path::new("/usr/lib/libm.so.6")));
    }

    #[test]
    fn functions_are_known_by_their_names_in_both_languages() {
        assert_eq!(purpose("calloc"), Some(Purpose::Allocates(Amount::Product(0, 1))));
        assert_eq!(purpose("pthread_join"), Some(Purpose::Joins));
        let rust = "_RNvNtNtNtNtNtCsjrHSEGnQ3l9_3std3sys3pal4unix14stack_overflow3imp12make_handler";
        assert_eq!(purpose(rust), Some(Purpose::Keeps));
        assert_eq!(purpose("pthread_mutex_lock"), None);
    }
}
