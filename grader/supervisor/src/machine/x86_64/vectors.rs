//! A stopped task's vector registers, as the processor's `xsave` lays them out (Intel's manual,
//! volume 1, chapter 13).

use std::io;
use std::sync::LazyLock;

use iced_x86::Register;
use nix::unistd::Pid;

/// Bytes of the widest of them.
pub(crate) const WIDEST: usize = 64;

/// Where the lowest 16 bytes of the first sixteen lie.
const LOWEST: usize = 160;
/// Where it says which parts are in use, a bit each.
const IN_USE: usize = 512;

/// Numbers of the parts.
const SSE: u32 = 1;
const AVX: u32 = 2;
const UPPER_HALVES: u32 = 6;
const SECOND_SIXTEEN: u32 = 7;

/// Where the other parts lie, on this processor.
static OFFSETS: LazyLock<[usize; 8]> = LazyLock::new(|| {
    #[expect(clippy::cast_possible_truncation, reason = "the part's number")]
    std::array::from_fn(|part| core::arch::x86_64::__cpuid_count(0xd, part as u32).ebx as usize)
});

/// All vector registers of a task.
#[derive(Clone, Debug)]
pub(crate) struct Vectors {
    area: Vec<u8>,
    changed: bool,
}

impl Vectors {
    pub(crate) fn of(pid: Pid) -> io::Result<Vectors> {
        const ROOM: usize = 16 << 10;
        let mut area = vec![0; ROOM];
        let len = request(libc::PTRACE_GETREGSET, pid, &mut area)?;
        area.truncate(len);
        Ok(Vectors { area, changed: false })
    }

    /// Gives them to the task, if they have changed.
    pub(crate) fn set(&mut self, pid: Pid) -> io::Result<()> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        request(libc::PTRACE_SETREGSET, pid, &mut self.area).map(drop)
    }

    /// The pieces of a register, lowest first: which part each belongs to, where it lies, and the
    /// bytes of the register that it has.
    fn pieces(register: Register) -> Option<Vec<(u32, usize, std::ops::Range<usize>)>> {
        if !register.is_vector_register() {
            return None;
        }
        let number = register.number();
        let parts: &[(u32, usize, usize, std::ops::Range<usize>)] = if number < 16 {
            &[
                (SSE, LOWEST, 16 * number, 0..16),
                (AVX, OFFSETS[AVX as usize], 16 * number, 16..32),
                (UPPER_HALVES, OFFSETS[UPPER_HALVES as usize], 32 * number, 32..64),
            ]
        } else {
            &[(SECOND_SIXTEEN, OFFSETS[SECOND_SIXTEEN as usize], 64 * (number - 16), 0..64)]
        };
        // what this processor does not have has no place
        let there = parts.iter().filter(|(_, start, ..)| *start != 0);
        Some(there.map(|(part, start, at, range)| (*part, start + at, range.clone())).collect())
    }

    /// The lowest `into.len()` bytes of a register.
    pub(super) fn get(&self, register: Register, into: &mut [u8]) -> Option<()> {
        for (_, at, range) in Self::pieces(register)? {
            let Some(into) = into.get_mut(range.start..) else { break };
            let len = into.len().min(range.len());
            if len > 0 {
                into[..len].copy_from_slice(self.area.get(at..at + len)?);
            }
        }
        Some(())
    }

    /// Writes the lowest bytes of a register; the others stay.
    pub(super) fn put(&mut self, register: Register, from: &[u8]) -> Option<()> {
        let pieces = Self::pieces(register)?;
        let pieces = || pieces.iter().filter(|(_, _, range)| range.start < from.len());
        if pieces().any(|(_, at, range)| self.area.len() < at + range.len()) {
            return None;
        }
        for (part, at, range) in pieces() {
            let from = &from[range.start..from.len().min(range.end)];
            self.area[*at..at + from.len()].copy_from_slice(from);
            self.use_part(*part);
        }
        self.changed = true;
        Some(())
    }

    /// Writes a whole register, the bytes above those that the instruction names included.
    pub(super) fn put_all(&mut self, register: Register, from: &[u8; WIDEST]) -> Option<()> {
        // a processor without the wider ones has no room for them, and they are zero
        let room = Self::pieces(register)?
            .into_iter()
            .take_while(|(_, at, range)| at + range.len() <= self.area.len())
            .map(|(.., range)| range.end)
            .last()?;
        if from[room..].iter().any(|byte| *byte != 0) {
            return None;
        }
        self.put(register, &from[..room])
    }

    /// Clears all but the lowest 16 bytes of the first sixteen registers.
    pub(super) fn clear_upper(&mut self) {
        for (part, each) in [(AVX, 16), (UPPER_HALVES, 32)] {
            let at = OFFSETS[part as usize];
            if let Some(bytes) = self.area.get_mut(at..at + 16 * each).filter(|_| at != 0) {
                bytes.fill(0);
                self.changed = true;
            }
        }
    }

    fn use_part(&mut self, part: u32) {
        self.area[IN_USE] |= 1 << part;
    }
}

/// Reads or writes the area. Returns how long it is.
fn request(request: libc::c_uint, pid: Pid, area: &mut [u8]) -> io::Result<usize> {
    const NT_X86_XSTATE: usize = 0x202;
    let mut place = libc::iovec { iov_base: area.as_mut_ptr().cast(), iov_len: area.len() };
    // SAFETY: the kernel keeps within the area that it is given, which lives as long as the call.
    let done = unsafe { libc::ptrace(request, pid.as_raw(), NT_X86_XSTATE, &raw mut place) };
    if done == 0 { Ok(place.iov_len) } else { Err(io::Error::last_os_error()) }
}
