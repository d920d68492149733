//! `usher user import`

use std::{
    collections::HashMap,
    fs::File,
    io::{self, IsTerminal as _, Read, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;

use super::{Failure, output, owner::Owner, setup::Setup, wording};
use crate::{
    app::{
        Error,
        import::{
            Counts, Import as AppImport, Outcome, Report, Row, RowResult, RowSource, Rows, Step,
            Watch, count_rows,
        },
    },
    domain::{
        audit::Author,
        import::{Charset, Format, Mode, OnExisting, Options, Results},
    },
    http::{IMPORT_BYTES, ImportReport, import_rows},
    store::Tx,
};

/// How many cells the progress bar has.
const BAR_CELLS: u64 = 30;

/// Imports users from a file.
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    of: Owner,
    /// The file
    file: PathBuf,
    /// How it is written: CSV or NDJSON. By the end of its name, unless given
    #[arg(long)]
    format: Option<Format>,
    /// Its character encoding, such as windows-1252. A byte order mark overrides it
    #[arg(long, default_value = "utf-8")]
    charset: Charset,
    /// ATOMIC: all rows or nothing. ROW_BY_ROW: the rows that can be used
    #[arg(long, default_value = "ATOMIC")]
    mode: Mode,
    /// Write nothing, and show what would change
    #[arg(long)]
    dry_run: bool,
    /// Create teams that are named and do not exist
    #[arg(long)]
    create_missing_teams: bool,
    /// The policy for existing users: FAIL, SKIP or UPDATE
    #[arg(long, default_value = "FAIL")]
    on_existing: OnExisting,
    /// Which rows the report has: AUTO (all of a dry run, else those that failed), FAILED or ALL
    #[arg(long, default_value = "AUTO")]
    results: Results,
}

/// A file as it was read.
struct Content {
    options: Options,
    bytes: Vec<u8>,
}

impl RowSource for Content {
    fn rows(&self) -> Result<Rows<'_>, Error> {
        import_rows(&self.options, self.bytes.as_slice())
    }
}

impl Import {
    pub(super) fn run(self, setup: &Setup) -> Result<(), Failure> {
        let source = Content { options: self.options(), bytes: read(&self.file)? };
        let rows = count_rows(&source)?;
        let app = setup.app()?;
        let author = Author::command_line(self.of.account(&app)?.id);
        let import =
            AppImport { app: &app, author: &author, options: &source.options, source: &source };
        let mut bar = ProgressBar::new(rows);
        let report = import.resume(Counts::default(), &mut bar);
        bar.clear();
        self.show(report?, &source)
    }

    fn options(&self) -> Options {
        let named = self.file.extension().and_then(|end| end.to_str()).unwrap_or_default();
        let by_name = match named.to_ascii_lowercase().as_str() {
            "ndjson" | "jsonl" => Format::Ndjson,
            _ => Format::Csv,
        };
        Options {
            format: self.format.unwrap_or(by_name),
            charset: self.charset,
            mode: self.mode,
            dry_run: self.dry_run,
            create_missing_teams: self.create_missing_teams,
            on_existing: self.on_existing,
            results: self.results,
        }
    }

    /// Shows the report. Failed rows are an error of the command.
    fn show(&self, report: Report, source: &Content) -> Result<(), Failure> {
        let (counts, refused) = (report.counts, report.is_refused());
        if self.of.json {
            output::json(&ImportReport::from(report))?;
        } else {
            show_results(&report.results, &addresses(source)?)?;
            output::write(&summary(&report))?;
        }
        let failed = format!("{} of {} rows failed", counts.failed, counts.rows);
        match (refused, counts.failed) {
            (true, _) => Err(Failure::Other(format!(
                "{failed}, so nothing was written: correct them, or use --mode ROW_BY_ROW"
            ))),
            (false, 0) => Ok(()),
            (false, _) => {
                Err(Failure::Other(format!("{failed}: correct them and import them again")))
            }
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(Failure::io(&name))?;
    let most = u64::try_from(IMPORT_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(Failure::io(&name))?;
    if bytes.len() > IMPORT_BYTES {
        let text = format!("{name}: must not be larger than {IMPORT_BYTES} bytes: split the file");
        return Err(Failure::Other(text));
    }
    Ok(bytes)
}

fn summary(report: &Report) -> String {
    let counts = &report.counts;
    let all = [
        (counts.created, "created"),
        (counts.changed, "changed"),
        (counts.unchanged, "unchanged"),
        (counts.skipped, "skipped"),
        (counts.not_written, "not written"),
        (counts.failed, "failed"),
    ];
    let message = all.iter().filter(|(count, _)| *count > 0);
    let message: Vec<_> = message.map(|(count, what)| format!("{count} {what}")).collect();
    let message = if message.is_empty() { "no rows".to_owned() } else { message.join(", ") };
    let left = match counts.omitted {
        0 => String::new(),
        omitted => format!(" {omitted} results are not shown."),
    };
    if report.dry_run {
        format!("Dry run, nothing was written: {message}.{left}")
    } else {
        format!("Rows: {message}.{left}")
    }
}

/// The address of each row of a file, by the line on which the row begins.
fn addresses(source: &impl RowSource) -> Result<HashMap<u64, String>, Error> {
    let address = |row: Row| Some((row.line, row.email?));
    source.rows()?.filter_map(|row| row.map(address).transpose()).collect()
}

fn show_results(results: &[RowResult], addresses: &HashMap<u64, String>) -> Result<(), Failure> {
    if results.is_empty() {
        return Ok(());
    }
    let mut table = output::table(&["line", "status", "e-mail", "what"]).wrapping(&["what"]);
    for RowResult { row: _, line, outcome, changes } in results {
        let (status, faults) = match outcome {
            Outcome::Created(_) => ("CREATED", &[][..]),
            Outcome::Changed(_) => ("CHANGED", &[][..]),
            Outcome::Unchanged(_) => ("UNCHANGED", &[][..]),
            Outcome::Skipped(_) => ("SKIPPED", &[][..]),
            Outcome::NotWritten(_) => ("NOT_WRITTEN", &[][..]),
            Outcome::Exists(_, faults) | Outcome::Failed(faults) => ("FAILED", faults.as_slice()),
        };
        let value =
            |value: &Option<String>| value.as_deref().map_or_else(|| "-".to_owned(), output::plain);
        let changes = changes.iter().map(|change| {
            let team = change.team.as_deref().map(|team| format!(" {}", output::plain(team)));
            let (team, field) = (team.unwrap_or_default(), &change.field);
            format!("{field}{team}: {} -> {}", value(&change.from), value(&change.to))
        });
        table.add_row([
            line.to_string(),
            status.to_owned(),
            output::plain_or_dash(addresses.get(line).map(String::as_str)),
            faults.iter().map(wording::fault).chain(changes).collect::<Vec<_>>().join("\n"),
        ]);
    }
    output::write(&table.to_string())
}

/// A progress bar on standard error, if that is a terminal.
struct ProgressBar {
    rows: u64,
    is_shown: bool,
}

impl ProgressBar {
    fn new(rows: u64) -> Self {
        Self { rows, is_shown: io::stderr().is_terminal() }
    }

    fn draw(&self, text: &str) {
        if self.is_shown {
            // Errors of the progress bar are ignored.
            let mut terminal = io::stderr().lock();
            let _ = write!(terminal, "\r\x1b[2K{text}").and_then(|()| terminal.flush());
        }
    }

    fn clear(&self) {
        self.draw("");
    }
}

impl Watch for ProgressBar {
    fn reached(&mut self, rows: u64) -> Result<(), Error> {
        self.draw(&bar(rows, self.rows));
        Ok(())
    }

    fn commit(&mut self, _: &mut Tx<'_>, step: &Step<'_>) -> Result<(), Error> {
        self.draw(&format!("{} writing", bar(step.counts.rows, self.rows)));
        Ok(())
    }
}

fn bar(done: u64, all: u64) -> String {
    let filled = (done.min(all) * BAR_CELLS).checked_div(all).unwrap_or(BAR_CELLS);
    let cells: String = (0..BAR_CELLS).map(|cell| if cell < filled { '#' } else { '.' }).collect();
    format!("[{cells}] {done} of {all} rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_bar_fills() {
        assert_eq!(bar(0, 10), format!("[{}] 0 of 10 rows", ".".repeat(30)));
        assert_eq!(bar(5, 10), format!("[{}{}] 5 of 10 rows", "#".repeat(15), ".".repeat(15)));
        assert_eq!(bar(0, 0), format!("[{}] 0 of 0 rows", "#".repeat(30)));
    }
}
