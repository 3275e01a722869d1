//! A guard made in the head of a `match` lives until the end of the `match`.
use std::sync::Mutex;

fn main() {
    let numbers = Mutex::new(vec![1, 2]);
    if cfg!(right) {
        let last = numbers.lock().unwrap().pop();
        match last {
            Some(last) => numbers.lock().unwrap().push(last * 10),
            None => {}
        }
    } else {
        match numbers.lock().unwrap().pop() {
            Some(last) => numbers.lock().unwrap().push(last * 10),
            None => {}
        }
    }
    println!("{:?}", numbers.lock().unwrap());
}
