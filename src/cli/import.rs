//! `usher user import`

use std::{
    collections::HashMap,
    fs::File,
    io::{self, IsTerminal as _, Read, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;

use super::{CliError, account_arg::AccountArg, messages, output, setup::Setup};
use crate::{
    app::{
        Error,
        import::{
            Import as AppImport, ImportCounts, ImportObserver, ImportRow, ImportRows,
            ImportRunReport, ImportStep, RowOutcome, RowResult, RowSource, count_rows,
        },
    },
    domain::{
        audit::Author,
        import::{Charset, Format, ImportOptions, Mode, OnExisting, ReportedRows},
    },
    http::{IMPORT_BYTES, ImportReport, import_rows},
    store::Tx,
};

/// The number of cells of the progress bar.
const BAR_CELLS: u64 = 30;

/// Imports users from a file.
#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(flatten)]
    of: AccountArg,
    /// The file
    file: PathBuf,
    /// The format: CSV or NDJSON. By default, the end of the file's name decides
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
    results: ReportedRows,
}

/// A file in memory.
struct ImportFile {
    options: ImportOptions,
    bytes: Vec<u8>,
}

impl RowSource for ImportFile {
    fn rows(&self) -> Result<ImportRows<'_>, Error> {
        import_rows(&self.options, self.bytes.as_slice())
    }
}

impl Import {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let source = ImportFile { options: self.options(), bytes: read_file(&self.file)? };
        let rows = count_rows(&source)?;
        let app = setup.app()?;
        let author = Author::command_line(self.of.load(&app)?.id);
        let import = AppImport::new(&app, &author, &source.options, &source);
        let mut bar = ProgressBar::new(rows);
        let report = import.resume(ImportCounts::default(), &mut bar);
        bar.clear();
        self.show(report?, &source)
    }

    fn options(&self) -> ImportOptions {
        let extension = self.file.extension().and_then(|end| end.to_str()).unwrap_or_default();
        let by_name = match extension.to_ascii_lowercase().as_str() {
            "ndjson" | "jsonl" => Format::Ndjson,
            _ => Format::Csv,
        };
        ImportOptions {
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
    fn show(&self, report: ImportRunReport, source: &ImportFile) -> Result<(), CliError> {
        let (counts, is_rejected) = (report.counts, report.is_rejected());
        if self.of.json {
            output::json(&ImportReport::from(report))?;
        } else {
            show_results(&report.results, &emails_by_line(source)?)?;
            output::write(&format_summary(&report))?;
        }
        let failed = format!("{} of {} rows failed", counts.failed, counts.rows);
        match (is_rejected, counts.failed) {
            (true, _) => Err(CliError::Other(format!(
                "{failed}, so nothing was written: correct them, or use --mode ROW_BY_ROW"
            ))),
            (false, 0) => Ok(()),
            (false, _) => {
                Err(CliError::Other(format!("{failed}: correct them and import them again")))
            }
        }
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, CliError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(CliError::io(&name))?;
    let most = u64::try_from(IMPORT_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).map_err(CliError::io(&name))?;
    if bytes.len() > IMPORT_BYTES {
        let text = format!("{name}: must not be larger than {IMPORT_BYTES} bytes: split the file");
        return Err(CliError::Other(text));
    }
    Ok(bytes)
}

fn format_summary(report: &ImportRunReport) -> String {
    let counts = &report.counts;
    let all = [
        (counts.created, "created"),
        (counts.changed, "changed"),
        (counts.unchanged, "unchanged"),
        (counts.skipped, "skipped"),
        (counts.not_written, "not written"),
        (counts.failed, "failed"),
    ];
    let nonzero = all.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = nonzero.map(|(count, what)| format!("{count} {what}")).collect();
    let text = if parts.is_empty() { "no rows".to_owned() } else { parts.join(", ") };
    let left = match counts.omitted {
        0 => String::new(),
        omitted => format!(" {omitted} results are not shown."),
    };
    if report.dry_run {
        format!("Dry run, nothing was written: {text}.{left}")
    } else {
        format!("Rows: {text}.{left}")
    }
}

/// The address of each row of a file, by the line on which the row begins.
fn emails_by_line(source: &impl RowSource) -> Result<HashMap<u64, String>, Error> {
    let address = |row: ImportRow| Some((row.line, row.email?));
    source.rows()?.filter_map(|row| row.map(address).transpose()).collect()
}

fn show_results(results: &[RowResult], addresses: &HashMap<u64, String>) -> Result<(), CliError> {
    if results.is_empty() {
        return Ok(());
    }
    let mut table = output::table(&["line", "status", "e-mail", "what"]).with_wrapping(&["what"]);
    for RowResult { row: _, line, outcome, errors_omitted, changes } in results {
        let (status, errors) = match outcome {
            RowOutcome::Created(_) => ("CREATED", &[][..]),
            RowOutcome::Changed(_) => ("CHANGED", &[][..]),
            RowOutcome::Unchanged(_) => ("UNCHANGED", &[][..]),
            RowOutcome::Skipped(_) => ("SKIPPED", &[][..]),
            RowOutcome::NotWritten(_) => ("NOT_WRITTEN", &[][..]),
            RowOutcome::Exists(_, errors) | RowOutcome::Failed(errors) => {
                ("FAILED", errors.as_slice())
            }
        };
        let value =
            |value: &Option<String>| value.as_deref().map_or_else(|| "-".to_owned(), output::plain);
        let changes = changes.iter().map(|change| {
            let team = change.team.as_deref().map(|team| format!(" {}", output::plain(team)));
            let (team, field) = (team.unwrap_or_default(), &change.field);
            format!("{field}{team}: {} -> {}", value(&change.from), value(&change.to))
        });
        let more = (*errors_omitted > 0).then(|| format!("and {errors_omitted} more errors"));
        table.add_row([
            line.to_string(),
            status.to_owned(),
            output::plain_or_dash(addresses.get(line).map(String::as_str)),
            errors
                .iter()
                .map(messages::row_error_message)
                .chain(more)
                .chain(changes)
                .collect::<Vec<_>>()
                .join("\n"),
        ]);
    }
    output::write(&table.to_string())
}

/// A progress bar on standard error, if that is a terminal.
struct ProgressBar {
    rows: u64,
    is_visible: bool,
}

impl ProgressBar {
    fn new(rows: u64) -> Self {
        Self { rows, is_visible: io::stderr().is_terminal() }
    }

    fn draw(&self, text: &str) {
        if self.is_visible {
            // Errors of the progress bar are ignored.
            let mut terminal = io::stderr().lock();
            let _ = write!(terminal, "\r\x1b[2K{text}").and_then(|()| terminal.flush());
        }
    }

    fn clear(&self) {
        self.draw("");
    }
}

impl ImportObserver for ProgressBar {
    fn on_progress(&mut self, rows: u64) -> Result<(), Error> {
        self.draw(&render_bar(rows, self.rows));
        Ok(())
    }

    fn before_commit(&mut self, _: &mut Tx<'_>, step: &ImportStep<'_>) -> Result<(), Error> {
        self.draw(&format!("{} writing", render_bar(step.counts.rows, self.rows)));
        Ok(())
    }
}

fn render_bar(done: u64, all: u64) -> String {
    let filled = (done.min(all) * BAR_CELLS).checked_div(all).unwrap_or(BAR_CELLS);
    let cells: String = (0..BAR_CELLS).map(|cell| if cell < filled { '#' } else { '.' }).collect();
    format!("[{cells}] {done} of {all} rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_progress_bar_fills() {
        assert_eq!(render_bar(0, 10), format!("[{}] 0 of 10 rows", ".".repeat(30)));
        assert_eq!(
            render_bar(5, 10),
            format!("[{}{}] 5 of 10 rows", "#".repeat(15), ".".repeat(15))
        );
        assert_eq!(render_bar(0, 0), format!("[{}] 0 of 0 rows", "#".repeat(30)));
    }
}
