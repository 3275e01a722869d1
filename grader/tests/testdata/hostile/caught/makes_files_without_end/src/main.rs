//! Many small files.

fn main() {
    for number in 0..20_000 {
        if std::fs::write(format!("/tmp/{number}"), "x").is_err() {
            break;
        }
    }
}
