//! Right: generic `Value` and `Array` types in the manner of Python's, each in a mapping of its own and with a process-shared mutex.

use nix::libc;
use nix::sys::mman::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};
use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::num::NonZeroUsize;
use std::ptr::NonNull;

/// Types that mean the same in every process: no pointers inside.
trait Plain: Copy {}
impl Plain for i64 {}

struct Array<T: Plain> {
    memory: NonNull<libc::c_void>,
    length: usize,
    first: *const UnsafeCell<T>,
}

impl<T: Plain> Array<T> {
    const OFFSET: usize = 64; // behind the mutex, aligned for anything

    fn new(items: &[T]) -> Array<T> {
        const { assert!(size_of::<libc::pthread_mutex_t>() <= Self::OFFSET && align_of::<T>() <= Self::OFFSET) };
        let rw = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        let memory = unsafe { mmap_anonymous(None, Self::size(items.len()), rw, MapFlags::MAP_SHARED) }.expect("mmap");
        unsafe {
            let mut attr = MaybeUninit::uninit();
            libc::pthread_mutexattr_init(attr.as_mut_ptr());
            libc::pthread_mutexattr_setpshared(attr.as_mut_ptr(), libc::PTHREAD_PROCESS_SHARED);
            libc::pthread_mutex_init(memory.as_ptr().cast(), attr.as_ptr());
            let first = memory.as_ptr().byte_add(Self::OFFSET).cast::<T>();
            first.copy_from_nonoverlapping(items.as_ptr(), items.len());
            Array { memory, length: items.len(), first: first.cast() }
        }
    }

    fn size(length: usize) -> NonZeroUsize {
        NonZeroUsize::new(Self::OFFSET + length * size_of::<T>()).unwrap()
    }

    fn locked<R>(&self, index: usize, f: impl FnOnce(*mut T) -> R) -> R {
        assert!(index < self.length);
        unsafe {
            libc::pthread_mutex_lock(self.memory.as_ptr().cast());
            let r = f((*self.first.add(index)).get());
            libc::pthread_mutex_unlock(self.memory.as_ptr().cast());
            r
        }
    }

    fn update(&self, index: usize, f: impl FnOnce(T) -> T) -> T {
        self.locked(index, |place| unsafe {
            place.write(f(place.read()));
            place.read()
        })
    }

    fn get(&self, index: usize) -> T {
        self.locked(index, |place| unsafe { place.read() })
    }
}

impl<T: Plain> Drop for Array<T> {
    fn drop(&mut self) {
        unsafe {
            libc::pthread_mutex_destroy(self.memory.as_ptr().cast());
            munmap(self.memory, Self::size(self.length).get()).expect("munmap");
        }
    }
}

struct Value<T: Plain>(Array<T>);

impl<T: Plain> Value<T> {
    fn new(value: T) -> Value<T> {
        Value(Array::new(&[value]))
    }
    fn update(&self, f: impl FnOnce(T) -> T) -> T {
        self.0.update(0, f)
    }
    fn get(&self) -> T {
        self.0.get(0)
    }
}

fn main() {
    let args: Vec<Option<i64>> = std::env::args().skip(1).map(|a| a.parse().ok()).collect();
    let usage = || -> ! {
        eprintln!("usage: shared WORKERS NUMBER...");
        std::process::exit(2)
    };
    let [Some(workers @ 1..=64), rest @ ..] = args.as_slice() else { usage() };
    let Some(numbers) = rest.iter().copied().collect::<Option<Vec<i64>>>() else { usage() };
    if numbers.len() > 20_000 || numbers.iter().any(|n| n.abs() > 1_000_000) {
        usage();
    }

    let array = Array::new(&numbers);
    let total = Value::new(0i64);
    let workers = *workers as usize;
    let mut children = Vec::new();
    for w in 0..workers {
        match unsafe { fork() }.expect("fork") {
            ForkResult::Parent { child } => children.push(child),
            ForkResult::Child => {
                let mut sum = 0;
                for i in numbers.len() * w / workers..numbers.len() * (w + 1) / workers {
                    sum += array.update(i, |n| n * n);
                }
                total.update(|t| t + sum);
                std::process::exit(0);
            }
        }
    }
    for child in children {
        waitpid(child, None).expect("waitpid");
    }
    let line: String = (0..numbers.len()).map(|i| format!(" {}", array.get(i))).collect();
    println!("array:{line}");
    println!("value: {}", total.get());
}
