//! Reads variables while it is compiled.

fn main() {
    println!("{:?} {:?}", option_env!("GRADE_SECRET"), option_env!("HOME"));
}
