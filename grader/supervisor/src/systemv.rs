//! System V objects and POSIX message queues of an execution: made under keys and names that
//! no other execution sees.

use std::collections::{HashMap, HashSet};

use explorer::{Leftover, LeftoverKind, ObjectId};

/// Which kind of System V object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Family {
    Memory,
    Semaphores,
    Messages,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: i32,
    object: ObjectId,
}

/// All that the execution made and did not remove.
#[derive(Debug, Default)]
pub(crate) struct SystemV {
    by_id: HashMap<(Family, i32), Entry>,
    queues: HashMap<Vec<u8>, Vec<u8>>,
    /// All that was ever made: what is removed while it is in use can still be attached.
    ever: HashSet<(Family, i32)>,
}

impl SystemV {
    /// The object known by a key.
    pub(crate) fn find(&self, family: Family, key: i32) -> Option<i32> {
        self.by_id
            .iter()
            .find(|((kind, _), entry)| *kind == family && entry.key == key && key != libc::IPC_PRIVATE)
            .map(|((_, id), _)| *id)
    }

    pub(crate) fn made(&mut self, family: Family, id: i32, key: i32, object: ObjectId) {
        self.ever.insert((family, id));
        self.by_id.insert((family, id), Entry { key, object });
    }

    /// Whether the execution made it: whatever else is there is none of its business.
    pub(crate) fn is_own(&self, family: Family, id: i32) -> bool {
        self.ever.contains(&(family, id))
    }

    pub(crate) fn removed(&mut self, family: Family, id: i32) {
        self.by_id.remove(&(family, id));
    }

    /// Whether the execution never made any.
    pub(crate) fn is_empty(&self) -> bool {
        self.ever.is_empty() && self.queues.is_empty()
    }

    /// What a shared memory segment is called.
    pub(crate) fn object(&self, segment: i32) -> Option<ObjectId> {
        self.object_of(Family::Memory, segment)
    }

    pub(crate) fn object_of(&self, family: Family, id: i32) -> Option<ObjectId> {
        self.by_id.get(&(family, id)).map(|entry| entry.object)
    }

    /// The real name of a message queue, by the name that the program knows.
    pub(crate) fn queue(&mut self, name: &[u8], prefix: &[u8]) -> Vec<u8> {
        let mut real = prefix.to_vec();
        real.extend_from_slice(name);
        self.queues.insert(name.to_vec(), real.clone());
        real
    }

    pub(crate) fn queue_removed(&mut self, name: &[u8]) {
        self.queues.remove(name);
    }

    pub(crate) fn queue_missing(&mut self, name: &[u8]) {
        self.queues.remove(name);
    }

    pub(crate) fn leftovers(&self) -> Vec<Leftover> {
        let mut found: Vec<Leftover> = self
            .by_id
            .keys()
            .map(|(family, _)| Leftover {
                kind: LeftoverKind::SystemV,
                name: match family {
                    Family::Memory => "shared memory (shmget)",
                    Family::Semaphores => "semaphores (semget)",
                    Family::Messages => "message queue (msgget)",
                }
                .into(),
            })
            .collect();
        found.extend(self.queues.keys().map(|name| Leftover {
            kind: LeftoverKind::MessageQueue,
            name: String::from_utf8_lossy(name).into_owned(),
        }));
        found
    }

    /// What is to be removed if this process is killed before it can, one a line.
    pub(crate) fn listed(&self) -> String {
        let mut list = String::new();
        for (family, id) in self.by_id.keys() {
            let family = match family {
                Family::Memory => "memory",
                Family::Semaphores => "semaphores",
                Family::Messages => "messages",
            };
            list += &format!("{family} {id}\n");
        }
        for real in self.queues.values() {
            list += &format!("queue {}\n", String::from_utf8_lossy(real));
        }
        list
    }

    /// Removes what is left.
    pub(crate) fn remove(&mut self) {
        remove_listed(&self.listed());
        self.by_id.clear();
        self.queues.clear();
    }
}

/// Removes what a list of [`SystemV::listed`] names.
pub(crate) fn remove_listed(list: &str) {
    for line in list.lines() {
        let Some((kind, name)) = line.split_once(' ') else { continue };
        if kind == "queue" {
            if let Ok(name) = std::ffi::CString::new(format!("/{name}")) {
                let _ = nix::mqueue::mq_unlink(name.as_c_str());
            }
            continue;
        }
        let Ok(id) = name.parse::<i32>() else { continue };
        // SAFETY: removal by number; where the number is not an object of this user's, nothing happens.
        unsafe {
            match kind {
                "memory" => libc::shmctl(id, libc::IPC_RMID, std::ptr::null_mut()),
                "semaphores" => libc::semctl(id, 0, libc::IPC_RMID),
                "messages" => libc::msgctl(id, libc::IPC_RMID, std::ptr::null_mut()),
                _ => continue,
            };
        }
    }
}

/// The size of a shared memory segment in bytes.
pub(crate) fn segment_len(segment: i32) -> Option<u64> {
    // SAFETY: a structure of plain numbers; all zeros is one.
    let mut about: libc::shmid_ds = unsafe { std::mem::zeroed() };
    // SAFETY: writes into `about` alone.
    let done = unsafe { libc::shmctl(segment, libc::IPC_STAT, &raw mut about) };
    (done == 0).then_some(about.shm_segsz as u64)
}
