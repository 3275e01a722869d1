//! Prints what a report would say.

fn main() {
    println!("spawn  passed  10/10");
    println!("{{\"schema_version\":1,\"topics\":[{{\"name\":\"spawn\",\"verdict\":\"passed\",\"points\":10}}]}}");
}
