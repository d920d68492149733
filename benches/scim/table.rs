//! The printed table.

use crate::requests::Rate;

/// The results of one server.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) is_peer: bool,
    pub(crate) rates: Vec<Rate>,
}

/// Prints requests a second; for Usher, how many times those of the better peer
/// that is, in brackets.
pub(crate) fn print(columns: &[Column]) {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    println!("| requests a second | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(columns.len()));
    let rows = columns.first().map_or(0, |column| column.rates.len());
    for row in 0..rows {
        let best = columns
            .iter()
            .filter(|column| column.is_peer)
            .filter_map(|column| column.rates[row].1)
            .fold(0.0, f64::max);
        let cells: Vec<String> = columns.iter().map(|column| cell(column, row, best)).collect();
        println!("| {} | {} |", columns[0].rates[row].0, cells.join(" | "));
    }
}

fn cell(column: &Column, row: usize, best: f64) -> String {
    let Some(rate) = column.rates[row].1 else { return "-".into() };
    let body = if rate < 10.0 { format!("{rate:.2}") } else { format!("{rate:.0}") };
    if column.is_peer { body } else { format!("{body} ({:.1})", rate / best) }
}
