//! Draws the growth as SVG: a panel for what grows, on a logarithmic axis. Never measures.

use std::fmt::Write;
use std::time::Duration;

/// What one size took.
pub struct Point {
    pub value: u32,
    /// With a lock.
    pub executions: u32,
    /// With a lock.
    pub took: Duration,
    /// Without one.
    pub witness: Option<u32>,
}

/// The sizes of one series.
pub struct Panel {
    name: &'static str,
    points: Vec<Point>,
}

const WIDTH: f64 = 250.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 55.0;
const TOP: f64 = 40.0;
/// The decades of the axis: from 1 ms or one execution to 100,000.
const DECADES: u32 = 5;

/// The lines of a panel: a colour that is told apart in print too, and what it shows.
const LINES: [(&str, &str); 3] = [
    ("#1b6ca8", "with a lock: executions"),
    ("#7fb069", "with a lock: milliseconds"),
    ("#d1495b", "without: first witness"),
];

impl Panel {
    pub fn new(name: &'static str) -> Panel {
        Panel { name, points: Vec::new() }
    }

    pub fn add(&mut self, point: Point) {
        self.points.push(point);
    }

    fn x(&self, index: usize) -> f64 {
        let steps = (self.points.len().max(2) - 1) as f64;
        LEFT + index as f64 / steps * (WIDTH - LEFT - 15.0)
    }
}

fn y(value: f64) -> f64 {
    TOP + HEIGHT * (1.0 - value.max(1.0).log10() / f64::from(DECADES))
}

/// The picture.
pub fn svg(panels: &[Panel]) -> String {
    let (width, height) = (WIDTH * panels.len() as f64, TOP + HEIGHT + 75.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    for (number, panel) in panels.iter().enumerate() {
        let _ = writeln!(out, "<g transform=\"translate({} 0)\">", WIDTH * number as f64);
        draw(&mut out, panel);
        out.push_str("</g>\n");
    }
    for (index, (colour, what)) in LINES.iter().enumerate() {
        let (x, y) = (LEFT + 220.0 * index as f64, height - 15.0);
        let _ = writeln!(
            out,
            "<circle cx=\"{x}\" cy=\"{}\" r=\"4\" fill=\"{colour}\"/><text x=\"{}\" y=\"{y}\">{what}</text>",
            y - 4.0,
            x + 10.0
        );
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, panel: &Panel) {
    let _ = writeln!(out, "<text x=\"{LEFT}\" y=\"20\" font-weight=\"bold\">{}</text>", panel.name);
    for decade in 0..=DECADES {
        let (at, end) = (y(10f64.powi(decade as i32)), WIDTH - 10.0);
        let _ = writeln!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{end}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            10u32.pow(decade)
        );
    }
    for (index, point) in panel.points.iter().enumerate() {
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            panel.x(index),
            TOP + HEIGHT + 18.0,
            point.value
        );
    }
    let executions = panel.points.iter().map(|point| Some(f64::from(point.executions)));
    let times = panel.points.iter().map(|point| Some(point.took.as_secs_f64() * 1e3));
    let witnesses = panel.points.iter().map(|point| point.witness.map(f64::from));
    line(out, panel, LINES[0].0, executions);
    line(out, panel, LINES[1].0, times);
    line(out, panel, LINES[2].0, witnesses);
}

fn line(out: &mut String, panel: &Panel, colour: &str, values: impl Iterator<Item = Option<f64>>) {
    let places: Vec<(f64, f64)> =
        values.enumerate().filter_map(|(index, value)| Some((panel.x(index), y(value?)))).collect();
    let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let _ =
        writeln!(out, "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", path.join(" "));
    for (x, y) in places {
        let _ = writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
    }
}
