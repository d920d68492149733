//! Importing users from a file: all rows or none, or as many as can be.

mod chunks;
mod report;

pub use chunks::{Row, Rows};
pub use report::{Outcome, Report, RowResult};

use self::chunks::Chunks;
use super::{
    App, Error,
    callers::Caller,
    error::Refusal,
    users::{self, IfThere, MAX_TRIES, Staged, Staging, again, overtaken},
};
use crate::{
    domain::{Timestamp, api_key::Scope, fault::Fault, import::Format, staging::Draft},
    store::Tx,
};

/// The most rows of a file.
pub const MAX_ROWS: u64 = 100_000;

/// Why somebody stays an administrator.
const NO_ADMIN: &str = "would leave the account without an administrator who is enabled";

/// How a file is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How its rows are written.
    pub format: Format,
    /// What becomes of the others if a row fails.
    pub mode: Mode,
    /// Whether everything is done but written.
    pub dry_run: bool,
    /// Whether teams that are named and not there are made.
    pub create_missing_teams: bool,
    /// What becomes of a user who is there already.
    pub if_there: IfThere,
    /// Whether the result of each row is reported, and not of those only that
    /// failed.
    pub all_results: bool,
}

/// What becomes of the other rows if one fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is written.
    Atomic,
    /// The others are written.
    RowByRow,
}

/// Imports users. `open` gives the rows, each time it is called from the
/// beginning: a transaction may have to be run again.
///
/// Rows are looked up and written some hundred at a time, so that no more of
/// them are held than that. All of them in one transaction, if it is all or
/// nothing or nothing at all; else each few in one of their own.
///
/// # Errors
/// [`Error::Invalid`] if the file is none of users, is too long, or, all or
/// nothing, would leave no administrator: nothing was written.
/// [`Error::MissingScope`]. If the database fails row by row, or the caller's
/// right ends on the way ([`Error::Revoked`]), what was written stays: the same
/// file can be sent again.
pub fn import<'a>(
    app: &App,
    caller: &Caller,
    options: &Options,
    open: &dyn Fn() -> Result<Rows<'a>, Error>,
) -> Result<Report, Error> {
    if options.create_missing_teams {
        caller.require(Scope::TeamsWrite)?;
    }
    bounded(open()?)?;
    let import = Import { app, caller, options, now: app.now() };
    match options.mode {
        Mode::RowByRow if !options.dry_run => import.row_by_row(open()?),
        Mode::Atomic | Mode::RowByRow => import.at_once(open),
    }
}

fn bounded(rows: Rows<'_>) -> Result<(), Error> {
    let mut count = 0;
    for row in rows {
        row?;
        count += 1;
        if count > MAX_ROWS {
            let reason = format!("has more than {MAX_ROWS} rows: send it in several parts");
            return Err(Fault::new("rows", "", reason).into());
        }
    }
    Ok(())
}

struct Import<'a> {
    app: &'a App,
    caller: &'a Caller,
    options: &'a Options,
    now: Timestamp,
}

/// Why a transaction was rolled back.
enum Stopped {
    /// As it was meant to be.
    Reported(Box<Report>),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

impl Import<'_> {
    fn at_once<'a>(&self, open: &dyn Fn() -> Result<Rows<'a>, Error>) -> Result<Report, Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.app.write_as(&self.caller.author, |tx| self.all(tx, open()?)) {
                Ok(report) => return Ok(report),
                Err(Stopped::Reported(report)) => return Ok(*report),
                Err(Stopped::Error(error)) if overtaken(&error) && tries < MAX_TRIES => {}
                Err(Stopped::Error(Error::Refused(Refusal::LastAdmin))) => {
                    return Err(Fault::new("rows", "", NO_ADMIN).into());
                }
                Err(Stopped::Error(error)) => return Err(error),
            }
        }
    }

    /// All rows in one transaction, which is rolled back if one fails and it is
    /// all or nothing, or if nothing is to be written.
    fn all(&self, tx: &mut Tx<'_>, rows: Rows<'_>) -> Result<Report, Stopped> {
        let (mut report, mut chunks) = (self.report(), Chunks::of(rows));
        while let Some(chunk) = chunks.next()? {
            let staged = self.stage(tx, &chunk.drafts)?;
            report.add(chunk, staged);
        }
        let keep = report.failed == 0 || self.options.mode == Mode::RowByRow;
        if keep && !self.options.dry_run {
            return Ok(report.committed());
        }
        Err(Stopped::Reported(Box::new(report)))
    }

    /// Some rows in each transaction. Those that fail are left out.
    fn row_by_row(&self, rows: Rows<'_>) -> Result<Report, Error> {
        let (mut report, mut chunks) = (self.report(), Chunks::of(rows));
        while let Some(chunk) = chunks.next()? {
            let staged = match self.stage_by_themselves(&chunk.drafts) {
                Err(Error::Refused(Refusal::LastAdmin)) => self.one_by_one(&chunk.drafts)?,
                other => other?,
            };
            report.add(chunk, staged);
        }
        Ok(report.committed())
    }

    /// Each row in a transaction of its own, to find those that would take the
    /// last administrator away.
    fn one_by_one(&self, drafts: &[Draft]) -> Result<Vec<Staged>, Error> {
        let mut all = Vec::with_capacity(drafts.len());
        for draft in drafts {
            match self.stage_by_themselves(std::slice::from_ref(draft)) {
                Err(Error::Refused(Refusal::LastAdmin)) => {
                    let fault = Fault::new("role", &draft.email, NO_ADMIN);
                    all.push(Staged::Refused(vec![fault]));
                }
                other => all.extend(other?),
            }
        }
        Ok(all)
    }

    /// In a transaction of their own.
    fn stage_by_themselves(&self, drafts: &[Draft]) -> Result<Vec<Staged>, Error> {
        again(self.app, &self.caller.author, |tx| self.stage(tx, drafts))
    }

    fn stage(&self, tx: &mut Tx<'_>, drafts: &[Draft]) -> Result<Vec<Staged>, Error> {
        let staging = Staging {
            author: &self.caller.author,
            now: self.now,
            if_there: self.options.if_there,
            create_missing_teams: self.options.create_missing_teams,
        };
        users::stage(tx, &staging, drafts)
    }

    fn report(&self) -> Report {
        Report::new(self.options.format, self.options.all_results)
    }
}
