//! Helpers, this program again, each add a line to one file: all that is there, and one more.
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::Command;
use std::{env, path::Path};

fn add(path: &Path, line: &str) {
    if cfg!(right) {
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(line.as_bytes()).unwrap();
    } else {
        let text = fs::read_to_string(path).unwrap();
        fs::write(path, text + line).unwrap();
    }
}

fn main() {
    let args: Vec<String> = env::args().collect();
    if let [_, path, line] = &args[..] {
        return add(Path::new(path), line);
    }
    let path = env::temp_dir().join(format!("corpus_command_files_{}", std::process::id()));
    fs::write(&path, "").unwrap();
    let helpers = ["one\n", "two\n"]
        .map(|line| Command::new(env::current_exe().unwrap()).arg(&path).arg(line).spawn().unwrap());
    for mut helper in helpers {
        helper.wait().unwrap();
    }
    println!("{} lines", fs::read_to_string(&path).unwrap().lines().count());
    fs::remove_file(&path).unwrap();
}
