//! The report of an import.

use std::collections::HashSet;

use super::chunks::Chunk;
use crate::{
    app::users::{IdentifierConflict, Planned, Staged},
    domain::{
        field_error::{FieldError, Reason},
        id::UserId,
        import::{Counts, FieldChange, Format, Options},
    },
};

/// The most rows that failed of which a report has a result.
const MOST_FAILED: u64 = 1_000;

/// The most results of a report that has those of all rows.
pub const MOST_RESULTS: u64 = 10_000;

/// The most faults of a row in a report.
const MOST_FAULTS: usize = 10;

/// The report of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whether the counted changes were written.
    pub committed: bool,
    /// Whether this was a dry run: the counts say what an import would do.
    pub dry_run: bool,
    /// The number of rows by outcome.
    pub counts: Counts,
    /// The results of the rows, in their order.
    pub results: Vec<RowResult>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowResult {
    /// Which row, from 1.
    pub row: u64,
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// The fields that would change, in a dry run.
    pub changes: Vec<FieldChange>,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A user was created. `None`: would have been.
    Created(Option<UserId>),
    /// The user existed, and has changed.
    Changed(UserId),
    /// The user existed, and is as the row says.
    Unchanged(UserId),
    /// The user existed, and was not looked at.
    Skipped(UserId),
    /// The row could be used, but nothing was written, because others failed.
    /// The user, if they exist.
    NotWritten(Option<UserId>),
    /// A unique value belongs to another user, or to an existing user who differs
    /// from the row. `None`: it belongs to an earlier row.
    Exists(Option<UserId>, Vec<FieldError>),
    /// It can't be used.
    Failed(Vec<FieldError>),
}

impl Counts {
    /// Counts some rows, and returns the results that a report contains.
    pub(super) fn add(
        &mut self,
        options: &Options,
        chunk: Chunk,
        planned: Vec<Planned>,
    ) -> Vec<RowResult> {
        let (mut planned, mut results) = (planned.into_iter(), Vec::new());
        for read in chunk.rows {
            let (outcome, changes) = if read.faults.is_empty() {
                let Some(planned) = planned.next() else { continue };
                (outcome(planned.staged), planned.changes)
            } else {
                (Outcome::Failed(read.faults), Vec::new())
            };
            self.count(&outcome);
            if !self.is_reported(options, &outcome) {
                continue;
            }
            let changes = if options.dry_run { changes } else { Vec::new() };
            results.push(RowResult {
                row: read.number,
                line: read.line,
                outcome: placed(options.format, outcome),
                changes: changes
                    .into_iter()
                    .map(|change| FieldChange {
                        field: options.format.place(&change.field),
                        ..change
                    })
                    .collect(),
            });
        }
        results
    }

    fn count(&mut self, outcome: &Outcome) {
        self.rows += 1;
        *match outcome {
            Outcome::Created(_) => &mut self.created,
            Outcome::Changed(_) => &mut self.changed,
            Outcome::Unchanged(_) => &mut self.unchanged,
            Outcome::Skipped(_) => &mut self.skipped,
            Outcome::NotWritten(_) => &mut self.not_written,
            Outcome::Exists(..) | Outcome::Failed(_) => &mut self.failed,
        } += 1;
    }

    /// Whether the row that was just counted has a result in the report.
    fn is_reported(&mut self, options: &Options, outcome: &Outcome) -> bool {
        let failed = matches!(outcome, Outcome::Exists(..) | Outcome::Failed(_));
        let all = options.reports_all();
        let reported = all && self.reported < MOST_RESULTS || failed && self.failed <= MOST_FAILED;
        self.reported += u64::from(reported);
        self.omitted += u64::from(!reported && (all || failed));
        reported
    }
}

impl Report {
    /// A report of what was written.
    pub(super) fn committed(counts: Counts, results: Vec<RowResult>) -> Self {
        Self { committed: true, dry_run: false, counts, results }
    }

    /// A report of what would have been written, and was not. `created`: the
    /// users who do not exist for that.
    pub(super) fn not_written(
        dry_run: bool,
        mut counts: Counts,
        mut results: Vec<RowResult>,
        created: &HashSet<UserId>,
    ) -> Self {
        if !dry_run {
            counts.not_written += counts.created + counts.changed;
            (counts.created, counts.changed) = (0, 0);
        }
        for RowResult { outcome, .. } in &mut results {
            match outcome {
                Outcome::Created(user) if dry_run => *user = None,
                Outcome::Created(_) => *outcome = Outcome::NotWritten(None),
                Outcome::Changed(user) if !dry_run => {
                    *outcome = Outcome::NotWritten(Some(*user));
                }
                Outcome::Exists(user, _) => *user = user.filter(|user| !created.contains(user)),
                _ => {}
            }
        }
        Self { committed: false, dry_run, counts, results }
    }

    /// Whether nothing was written because a row failed.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.committed && !self.dry_run
    }
}

fn placed(format: Format, outcome: Outcome) -> Outcome {
    let all = |faults: Vec<FieldError>| {
        faults.into_iter().take(MOST_FAULTS).map(|fault| format.placed(fault)).collect()
    };
    match outcome {
        Outcome::Exists(user, faults) => Outcome::Exists(user, all(faults)),
        Outcome::Failed(faults) => Outcome::Failed(all(faults)),
        other => other,
    }
}

fn outcome(staged: Staged) -> Outcome {
    match staged {
        Staged::Created(user) => Outcome::Created(Some(user.id)),
        Staged::Changed(user) => Outcome::Changed(user),
        Staged::Unchanged(user) => Outcome::Unchanged(user),
        Staged::Skipped(user) => Outcome::Skipped(user),
        Staged::Exists(values) => {
            let user = values.first().map(|taken| taken.user);
            Outcome::Exists(user, values.into_iter().map(taken).collect())
        }
        Staged::Refused(faults) => Outcome::Failed(faults),
    }
}

fn taken(taken: IdentifierConflict) -> FieldError {
    let IdentifierConflict { field, value, user: _ } = taken;
    let reason = match field {
        "email" => Reason::new(
            "belongs to a user who is not as the row says",
            "an address that no user has, or a row that changes nothing",
            "Use onExisting=UPDATE to change the user, or onExisting=SKIP to leave the user.",
        ),
        _ => Reason::new(
            "belongs to another user",
            "a value that no other user has",
            "Use another value, or change that user first.",
        ),
    };
    FieldError::new(field, value, reason)
}
