//! A read lock taken while one holds another, with a writer in between.
use std::sync::RwLock;
use std::thread;

static LIST: RwLock<Vec<i32>> = RwLock::new(Vec::new());

fn sum() -> i32 {
    LIST.read().unwrap().iter().sum()
}

fn main() {
    LIST.write().unwrap().push(1);
    let writer = thread::spawn(|| LIST.write().unwrap().push(2));
    let both = if cfg!(right) {
        let list = LIST.read().unwrap();
        (list.len() as i32, list.iter().sum())
    } else {
        let list = LIST.read().unwrap();
        (list.len() as i32, sum())
    };
    writer.join().unwrap();
    println!("{}", both.0 * (both.0 + 1) / 2 == both.1);
}
