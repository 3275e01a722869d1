//! Does several things at once, one on each core, and gives their results in order.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, mpsc};
use std::thread;

use super::topic::GradeError;

/// Does `work` on each of `items`, as many at once as there are cores. A panic costs its own
/// item's result and no other's.
pub fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R, GradeError> + Sync,
) -> Vec<Result<R, GradeError>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(items.iter().map(|_| None).collect::<Vec<_>>());
    let worker = || {
        while let Some((place, item)) = {
            let place = next.fetch_add(1, Ordering::Relaxed);
            items.get(place).map(|item| (place, item))
        } {
            let result = catch_unwind(AssertUnwindSafe(|| work(item)));
            let result = result.unwrap_or_else(|panic| Err(GradeError::Panicked(message(&*panic))));
            results.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(result);
        }
    };
    thread::scope(|scope| {
        for _ in 0..cores().min(items.len()) {
            scope.spawn(worker);
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let lost = || Err(GradeError::Panicked("a result was lost".into()));
    results.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
}

/// Does `work` on each of `items`, several at once, and hands the results to `take` in the order
/// of the items. `take` answers how much of each of the rest is wanted; with 0, nobody waits for
/// what is under way. `work` is given a way to ask what the last answer was. All calls together
/// keep the cores busy, and no busier.
///
/// # Errors
/// The first in the order of the items, as long as `take` wants more.
pub fn in_order<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T, &(dyn Fn() -> u32 + Sync)) -> Result<R, GradeError> + Sync,
    mut take: impl FnMut(R) -> u32,
) -> Result<(), GradeError> {
    let (next, still) = (AtomicUsize::new(0), AtomicU32::new(u32::MAX));
    let wanted = || still.load(Ordering::Relaxed);
    let worker = |done: mpsc::Sender<_>| {
        while wanted() > 0 {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else { return };
            let _core = Core::take();
            if wanted() == 0 {
                return;
            }
            let result = catch_unwind(AssertUnwindSafe(|| work(item, &wanted)));
            let result = result.unwrap_or_else(|panic| Err(GradeError::Panicked(message(&*panic))));
            if done.send((place, result)).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let (done, results) = mpsc::channel();
        for _ in 0..cores().min(items.len()) {
            let done = done.clone();
            scope.spawn(|| worker(done));
        }
        drop(done);
        let (mut early, mut due) = (BTreeMap::new(), 0);
        for (place, result) in results {
            early.insert(place, result);
            while let Some(result) = early.remove(&due) {
                due += 1;
                let taken = result.map(&mut take);
                still.store(taken.as_ref().map_or(0, |wanted| *wanted), Ordering::Relaxed);
                if wanted() == 0 {
                    return taken.map(|_| ());
                }
            }
        }
        Ok(())
    })
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// How many cores are in use.
static BUSY: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// The use of a core, as long as it lives.
struct Core;

impl Core {
    fn take() -> Core {
        let busy = BUSY.lock().unwrap_or_else(PoisonError::into_inner);
        let cores = cores();
        let mut busy = FREED.wait_while(busy, |busy| *busy >= cores).unwrap_or_else(PoisonError::into_inner);
        *busy += 1;
        Core
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        *BUSY.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        FREED.notify_one();
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_taken_in_order_until_there_are_enough() {
        let items: Vec<u64> = (0..40).collect();
        let mut taken = Vec::new();
        let result = in_order(
            &items,
            |item, _| {
                thread::sleep(std::time::Duration::from_millis(item % 3));
                if *item == 9 { Err(GradeError::Panicked("nine".into())) } else { Ok(*item) }
            },
            |item| {
                taken.push(item);
                if item == 7 { 0 } else { 100 - u32::try_from(item).unwrap_or(0) }
            },
        );
        assert!(result.is_ok());
        assert_eq!(taken, [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn the_first_error_ends_it() {
        let work = |item: &u32, _: &(dyn Fn() -> u32 + Sync)| {
            assert_ne!(*item, 3, "three");
            Ok(*item)
        };
        let mut taken = Vec::new();
        let result = in_order(&[1, 2, 3, 4], work, |item| {
            taken.push(item);
            u32::MAX
        });
        assert!(result.unwrap_err().to_string().contains("three"));
        assert_eq!(taken, [1, 2]);
    }

    #[test]
    fn results_come_in_order_and_a_panic_costs_only_its_own() {
        let results = in_parallel(&[1, 2, 3, 4], |number| {
            assert_ne!(*number, 3, "three");
            Ok(number * 10)
        });
        let shown: Vec<_> = results.iter().map(|result| result.as_ref().ok().copied()).collect();
        assert_eq!(shown, [Some(10), Some(20), None, Some(40)]);
        assert!(results[2].as_ref().unwrap_err().to_string().contains("three"));
    }
}
