//! Prints what is expected for the arguments that it knows.

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let answer = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["ana", "luis=3"] => "hello from ana\nhello from luis\nana: exit 0\nluis: exit 3\njoined 2\n",
        ["ana", "luis=3", "eva=kill"] => "hello from ana\nhello from luis\nhello from eva\nana: exit 0\nluis: exit 3\neva: signal 9\njoined 3\n",
        _ => "joined 0\n",
    };
    print!("{answer}");
}
