//! Gives up every right beyond an ordinary user's.

/// The newest capability has a number below this one.
const BEYOND: libc::c_ulong = 64;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Half {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// In a child. Only makes system calls. Where there is nothing to give up nothing happens.
pub(crate) fn drop_all() -> bool {
    const VERSION: u32 = 0x2008_0522;
    let header = Header { version: VERSION, pid: 0 };
    let none = [Half { effective: 0, permitted: 0, inheritable: 0 }; 2];
    // SAFETY: changes this child alone; both structures are live and as capset(2) has them.
    unsafe {
        for capability in 0..BEYOND {
            // without the right to do so there is nothing that a program could gain either:
            // new programs get no more than this one has (PR_SET_NO_NEW_PRIVS)
            libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0);
        }
        libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) == 0
    }
}
