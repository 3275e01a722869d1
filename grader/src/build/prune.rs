//! Keeps the folder of built programs from growing for ever.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// So many programs are kept however old they are.
const KEPT: usize = 200;
/// Younger ones may be in use by another grader.
const YOUNG: Duration = Duration::from_secs(3600);

/// Removes the programs that were not used for the longest time.
pub(super) fn prune(folder: &Path) {
    // Nothing here is worth failing for: what is left is removed the next time.
    let Ok(entries) = fs::read_dir(folder) else { return };
    let used = |entry: &fs::DirEntry| fs::metadata(entry.path().join("used")).and_then(|used| used.modified());
    let mut programs: Vec<_> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| Some((used(&entry).or_else(|_| entry.metadata()?.modified()).ok()?, entry.path())))
        .collect();
    programs.sort();
    let many = programs.len().saturating_sub(KEPT);
    for (used, path) in programs.into_iter().take(many) {
        if SystemTime::now().duration_since(used).is_ok_and(|age| age > YOUNG) {
            let _ = fs::remove_dir_all(path);
        }
    }
}
