//! A helper, this program again, reads until its input ends.
use std::env;
use std::io::{Read, Write, stdin};
use std::process::{Command, Stdio};

fn main() {
    if env::args().nth(1).as_deref() == Some("shout") {
        let mut text = String::new();
        stdin().read_to_string(&mut text).unwrap();
        print!("{}", text.to_uppercase());
        return;
    }
    let mut helper =
        Command::new(env::current_exe().unwrap()).arg("shout").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = helper.stdin.take().unwrap();
    input.write_all(b"hola\n").unwrap();
    let mut said = String::new();
    if cfg!(right) {
        drop(input);
        helper.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    } else {
        helper.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        drop(input);
    }
    helper.wait().unwrap();
    print!("{said}");
}
