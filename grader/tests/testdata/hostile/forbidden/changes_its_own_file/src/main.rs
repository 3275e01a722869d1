//! Writes over the program that will be run again.

fn main() {
    for path in ["/proc/self/exe".into(), std::env::current_exe().unwrap()] {
        println!("{:?}", std::fs::OpenOptions::new().write(true).open(&path));
        println!("{:?}", std::fs::rename(&path, "/tmp/moved"));
        println!("{:?}", std::fs::remove_file(&path));
    }
}
