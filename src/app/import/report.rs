//! The report of an import.

use std::collections::HashSet;

use uuid::Uuid;

use super::chunks::RowPosition;
use crate::{
    app::users::{IdentifierConflict, PlannedUser, StagingOutcome},
    domain::{
        field_error::{FieldError, Reason},
        id::UserId,
        import::{FieldChange, Format, ImportCounts, ImportOptions},
    },
};

/// The maximum number of failed rows with a result in a report.
const MAX_FAILED_RESULTS: u64 = 1_000;

/// The maximum number of results in a report of all rows.
pub const MAX_RESULTS: u64 = 10_000;

/// The maximum number of errors of a row in a report.
const MAX_ERRORS_PER_ROW: usize = 30;

/// The report of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRunReport {
    /// Whether the counted changes were written.
    pub committed: bool,
    /// Whether this was a dry run: the counts say what an import would do.
    pub dry_run: bool,
    /// The number of rows by outcome.
    pub counts: ImportCounts,
    /// The results of the rows, in their order.
    pub results: Vec<RowResult>,
}

/// The result of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowResult {
    /// The number of the row, from 1.
    pub row: u64,
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// The outcome.
    pub outcome: RowOutcome,
    /// The number of errors that are not listed.
    pub errors_omitted: usize,
    /// The fields that would change, in a dry run.
    pub changes: Vec<FieldChange>,
}

/// The result of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// A user was created. `None` in a dry run.
    Created(Option<UserId>),
    /// An existing user was changed.
    Changed(UserId),
    /// An existing user has the values of the row already.
    Unchanged(UserId),
    /// An existing user was skipped.
    Skipped(UserId),
    /// The row could be used, but nothing was written, because others failed.
    /// The user, if they exist.
    NotWritten(Option<UserId>),
    /// A unique value belongs to another user, or to an existing user who differs
    /// from the row. `None`: it belongs to an earlier row.
    Exists(Option<UserId>, Vec<FieldError>),
    /// The row is invalid.
    Failed(Vec<FieldError>),
}

impl ImportCounts {
    /// Counts some rows, and returns the results that a report contains.
    pub(super) fn add(
        &mut self,
        options: &ImportOptions,
        rows: &[RowPosition],
        planned: Vec<PlannedUser>,
    ) -> Vec<RowResult> {
        let mut results = Vec::new();
        for (row, PlannedUser { staged, changes }) in rows.iter().zip(planned) {
            let outcome = to_outcome(staged);
            self.count(&outcome);
            if !self.is_reported(options, &outcome) {
                continue;
            }
            let changes = if options.dry_run { changes } else { Vec::new() };
            let (outcome, errors_omitted) = locate_errors(options.format, outcome);
            results.push(RowResult {
                row: row.number,
                line: row.line,
                outcome,
                errors_omitted,
                changes: changes
                    .into_iter()
                    .map(|change| FieldChange {
                        field: options.format.locate(&change.field.replace('.', "/")),
                        ..change
                    })
                    .collect(),
            });
        }
        results
    }

    fn count(&mut self, outcome: &RowOutcome) {
        self.rows += 1;
        *match outcome {
            RowOutcome::Created(_) => &mut self.created,
            RowOutcome::Changed(_) => &mut self.changed,
            RowOutcome::Unchanged(_) => &mut self.unchanged,
            RowOutcome::Skipped(_) => &mut self.skipped,
            RowOutcome::NotWritten(_) => &mut self.not_written,
            RowOutcome::Exists(..) | RowOutcome::Failed(_) => &mut self.failed,
        } += 1;
    }

    /// Whether the row that was just counted has a result in the report.
    fn is_reported(&mut self, options: &ImportOptions, outcome: &RowOutcome) -> bool {
        let failed = matches!(outcome, RowOutcome::Exists(..) | RowOutcome::Failed(_));
        let all = options.reports_all();
        let reported =
            all && self.reported < MAX_RESULTS || failed && self.failed <= MAX_FAILED_RESULTS;
        self.reported += u64::from(reported);
        self.omitted += u64::from(!reported && (all || failed));
        reported
    }
}

impl ImportRunReport {
    /// The report of a finished import.
    pub(super) fn committed(counts: ImportCounts, results: Vec<RowResult>) -> Self {
        Self { committed: true, dry_run: false, counts, results }
    }

    /// The report of an import that wrote nothing. `created`: the users who do not
    /// exist because of that.
    pub(super) fn not_written(
        dry_run: bool,
        mut counts: ImportCounts,
        mut results: Vec<RowResult>,
        created: &HashSet<UserId>,
    ) -> Self {
        if !dry_run {
            counts.not_written += counts.created + counts.changed;
            (counts.created, counts.changed) = (0, 0);
        }
        let missing: HashSet<_> = created.iter().map(|user| user.as_uuid()).collect();
        for RowResult { outcome, .. } in &mut results {
            match outcome {
                RowOutcome::Created(user) if dry_run => *user = None,
                RowOutcome::Created(_) => *outcome = RowOutcome::NotWritten(None),
                RowOutcome::Changed(user) if !dry_run => {
                    *outcome = RowOutcome::NotWritten(Some(*user));
                }
                RowOutcome::Exists(user, errors) => {
                    *user = user.filter(|user| !created.contains(user));
                    forget_conflicts(errors, &missing);
                }
                RowOutcome::Failed(errors) => forget_conflicts(errors, &missing),
                _ => {}
            }
        }
        Self { committed: false, dry_run, counts, results }
    }

    /// Whether nothing was written because a row failed.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        !self.committed && !self.dry_run
    }
}

/// Removes the users who do not exist from the errors.
fn forget_conflicts(errors: &mut [FieldError], missing: &HashSet<Uuid>) {
    for error in errors {
        error.conflicts_with = error.conflicts_with.take().filter(|user| !missing.contains(user));
    }
}

/// Returns the outcome with the first errors at their places in the file, and the
/// number of the others.
fn locate_errors(format: Format, mut outcome: RowOutcome) -> (RowOutcome, usize) {
    let mut omitted = 0;
    if let RowOutcome::Exists(_, errors) | RowOutcome::Failed(errors) = &mut outcome {
        omitted = errors.len().saturating_sub(MAX_ERRORS_PER_ROW);
        errors.truncate(MAX_ERRORS_PER_ROW);
        *errors = std::mem::take(errors).into_iter().map(|it| format.locate_error(it)).collect();
    }
    (outcome, omitted)
}

fn to_outcome(staged: StagingOutcome) -> RowOutcome {
    match staged {
        StagingOutcome::Created(user) => RowOutcome::Created(Some(user.id)),
        StagingOutcome::Changed(user) => RowOutcome::Changed(user),
        StagingOutcome::Unchanged(user) => RowOutcome::Unchanged(user),
        StagingOutcome::Skipped(user) => RowOutcome::Skipped(user),
        StagingOutcome::Exists(values) => {
            let user = values.first().map(|conflict| conflict.user);
            RowOutcome::Exists(user, values.into_iter().map(conflict_error).collect())
        }
        StagingOutcome::Rejected(errors, conflicts) => {
            let conflicts = conflicts.into_iter().map(conflict_error);
            RowOutcome::Failed(errors.into_iter().chain(conflicts).collect())
        }
    }
}

fn conflict_error(taken: IdentifierConflict) -> FieldError {
    let IdentifierConflict { field, value, user } = taken;
    let reason = match field {
        "email" => Reason::new(
            "belongs to a user with other values than the row",
            "an address that no user has, or the present values of the user",
            "Use onExisting=UPDATE to change the user, or onExisting=SKIP to leave the user.",
        ),
        _ => Reason::new(
            "belongs to another user",
            "a value that no other user has",
            "Use another value, or change that user first.",
        ),
    };
    FieldError::new(field, value, reason).with_conflict(Some(user.as_uuid()))
}
