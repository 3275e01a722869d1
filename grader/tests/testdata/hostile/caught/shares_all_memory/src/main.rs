//! Shared memory under ever new names.

use nix::libc;

fn main() {
    for number in 0.. {
        let name = std::ffi::CString::new(format!("/fill{number}")).unwrap();
        // SAFETY: a live name; the mapping is written within its length.
        unsafe {
            let file = libc::shm_open(name.as_ptr(), libc::O_CREAT | libc::O_RDWR, 0o600);
            if file < 0 || libc::ftruncate(file, 64 << 20) != 0 {
                break;
            }
            let at = libc::mmap(std::ptr::null_mut(), 64 << 20, 3, libc::MAP_SHARED, file, 0);
            if at == libc::MAP_FAILED {
                break;
            }
            libc::memset(at, 1, 64 << 20);
            if number > 40 {
                break;
            }
        }
    }
}
