//! Prints what ends an XML section, runs in a page or computes in a table.

fn main() {
    println!("]]>]]&gt;<script>alert(1)</script>");
    println!("=HYPERLINK(\"http://127.0.0.1/\",\"x\")");
    println!("@SUM(1)\t+1\t-1");
    println!("\"}}],\"verdict\":\"passed\"");
}
