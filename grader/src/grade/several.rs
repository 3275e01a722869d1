//! Does several things at once, one on each core, and gives their results in order.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
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
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores.min(items.len()) {
            scope.spawn(worker);
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    let lost = || Err(GradeError::Panicked("a result was lost".into()));
    results.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

#[cfg(test)]
mod tests {
    use super::*;

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
