//! By way of `/proc`.

fn main() {
    for place in ["self/root", "1/root", "self/cwd/../../.."] {
        println!("{:?}", std::fs::read_to_string(format!("/proc/{place}@SECRET@")));
    }
}
