//! Prints commands that a CI service would obey.

fn main() {
    println!("::error file=a,line=1::pwned");
    println!("::stop-commands::token");
    println!("::set-output name=result::passed");
    eprintln!("::add-mask::joined");
    std::process::exit(9);
}
