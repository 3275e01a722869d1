//! Reading and writing a stopped task's memory.

use std::io::{IoSlice, IoSliceMut};

use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;

/// Fills `into` from `address` on. All or an error.
pub(crate) fn read(pid: Pid, address: u64, into: &mut [u8]) -> nix::Result<()> {
    let len = into.len();
    let remote = [RemoteIoVec { base: address as usize, len }];
    let done = process_vm_readv(pid, &mut [IoSliceMut::new(into)], &remote)?;
    if done == len { Ok(()) } else { Err(nix::Error::EFAULT) }
}

/// Writes `from` at `address`. All or an error.
pub(crate) fn write(pid: Pid, address: u64, from: &[u8]) -> nix::Result<()> {
    let remote = [RemoteIoVec { base: address as usize, len: from.len() }];
    let done = process_vm_writev(pid, &[IoSlice::new(from)], &remote)?;
    if done == from.len() { Ok(()) } else { Err(nix::Error::EFAULT) }
}

/// Writes `from` at `address`, whatever the protection there.
pub(crate) fn write_protected(pid: Pid, address: u64, from: &[u8]) -> nix::Result<()> {
    use std::os::unix::fs::FileExt;
    let memory = std::fs::File::options().write(true).open(format!("/proc/{pid}/mem")).map_err(|_| nix::Error::EIO)?;
    memory.write_all_at(from, address).map_err(|_| nix::Error::EFAULT)
}

/// Up to `len` bytes, whatever the protection: fewer where the memory ends sooner.
pub(crate) fn read_protected(pid: Pid, address: u64, len: usize) -> Vec<u8> {
    use std::os::unix::fs::FileExt;
    let mut bytes = vec![0; len];
    let done = std::fs::File::open(format!("/proc/{pid}/mem")).and_then(|memory| memory.read_at(&mut bytes, address));
    bytes.truncate(done.unwrap_or(0));
    bytes
}

/// A little-endian word, whatever the protection.
pub(crate) fn read_protected_u64(pid: Pid, address: u64) -> nix::Result<u64> {
    let bytes = read_protected(pid, address, 8).try_into().map_err(|_| nix::Error::EFAULT)?;
    Ok(u64::from_le_bytes(bytes))
}

/// A little-endian word.
pub(crate) fn read_u64(pid: Pid, address: u64) -> nix::Result<u64> {
    let mut bytes = [0; 8];
    read(pid, address, &mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// Up to `len` bytes: fewer where the memory ends sooner.
pub(crate) fn read_some(pid: Pid, address: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let remote = [RemoteIoVec { base: address as usize, len }];
    let done = process_vm_readv(pid, &mut [IoSliceMut::new(&mut bytes)], &remote).unwrap_or(0);
    bytes.truncate(done);
    bytes
}

/// The same of several places, in one call: what comes after one that is not readable is not
/// looked at.
pub(crate) fn read_several<const COUNT: usize>(pid: Pid, places: [(u64, usize); COUNT]) -> [Vec<u8>; COUNT] {
    let mut bytes = places.map(|(_, len)| vec![0; len]);
    let mut into = bytes.each_mut().map(|bytes| IoSliceMut::new(bytes));
    let remote = places.map(|(address, len)| RemoteIoVec { base: address as usize, len });
    let mut left = process_vm_readv(pid, &mut into, &remote).unwrap_or(0);
    for (bytes, (_, len)) in bytes.iter_mut().zip(places) {
        bytes.truncate(left);
        left = left.saturating_sub(len);
    }
    bytes
}

/// A string that ends with a zero byte, without it; `None` if it is not readable or longer
/// than a path may be. `read` fills a part of a page from an address on.
pub(crate) fn read_string(address: u64, read: impl Fn(u64, &mut [u8]) -> nix::Result<()>) -> Option<Vec<u8>> {
    const PAGE: u64 = 4096;
    let mut found = Vec::new();
    let mut at = address;
    while found.len() < libc::PATH_MAX as usize {
        // up to the end of the page: the next one may not be there
        let mut here = vec![0; (PAGE - at % PAGE) as usize];
        read(at, &mut here).ok()?;
        if let Some(end) = here.iter().position(|&byte| byte == 0) {
            found.extend_from_slice(&here[..end]);
            return Some(found);
        }
        at += here.len() as u64;
        found.extend(here);
    }
    None
}
