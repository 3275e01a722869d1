//! Does not compile without a variable.

fn main() {
    println!("{}", env!("GRADE_SECRET"));
}
