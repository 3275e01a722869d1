//! How costs are written and drawn. Nothing here has to do with processes.

/// A cost in the unit that suits it.
pub fn cost(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1e3 => format!("{nanoseconds:.2} ns"),
        ..1e6 => format!("{:.2} µs", nanoseconds / 1e3),
        ..1e9 => format!("{:.2} ms", nanoseconds / 1e6),
        _ => format!("{:.2} s", nanoseconds / 1e9),
    }
}

/// A picture of the costs: a bar for each tool. The axis is logarithmic, from 0.1 ns to 1 s:
/// each line stands for ten times as much as the one before.
pub fn svg(costs: &[(&str, f64)]) -> String {
    let x = |nanoseconds: f64| 180.0 + 60.0 * nanoseconds.clamp(0.1, 1e9).log10();
    let mut svg =
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 260" font-family="sans-serif" font-size="13">"#
            .to_string();
    svg += "\n<rect width=\"860\" height=\"260\" fill=\"white\"/>\n";
    for power in -1..=9 {
        let (x, label) = (x(10_f64.powi(power)), cost(10_f64.powi(power)));
        svg += &format!("<path d=\"M{x} 20V220\" stroke=\"#ccc\"/>");
        svg += &format!("<text x=\"{x}\" y=\"240\" font-size=\"11\" text-anchor=\"middle\">{label}</text>\n");
    }
    for (row, &(tool, nanoseconds)) in costs.iter().enumerate() {
        let (top, middle) = (30 + 32 * row, 45 + 32 * row);
        let (end, label) = (x(nanoseconds), cost(nanoseconds));
        svg += &format!("<text x=\"10\" y=\"{middle}\">{tool}</text>");
        svg += &format!("<path d=\"M120 {top}H{end:.1}v22H120z\" fill=\"#47a\"/>");
        svg += &format!("<text x=\"{:.1}\" y=\"{middle}\">{label}</text>\n", end + 6.0);
    }
    svg + "</svg>\n"
}
