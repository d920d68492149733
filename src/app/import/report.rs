//! What became of the rows of a file.

use std::collections::HashSet;

use super::chunks::Chunk;
use crate::{
    app::users::{Staged, Taken},
    domain::{fault::Fault, id::UserId, import::Format},
};

/// The most rows that failed of which a report tells more than their number.
const FAILED_TOLD: u64 = 1_000;

/// The most faults of a row that a report tells.
const FAULTS_TOLD: usize = 10;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whether what the counts say was written. If not, it is what would have
    /// been.
    pub committed: bool,
    /// How many rows there are.
    pub rows: u64,
    /// How many users were made.
    pub created: u64,
    /// How many users who were there have changed.
    pub changed: u64,
    /// How many users were there, as their rows say.
    pub unchanged: u64,
    /// How many users were there, and were not looked at.
    pub skipped: u64,
    /// How many rows could not be used.
    pub failed: u64,
    /// The rows that failed, or all of them, in their order.
    pub results: Vec<RowResult>,
    /// How many rows failed of which `results` has nothing.
    pub untold: u64,
    /// Whom the rows have made.
    made: HashSet<UserId>,
    format: Format,
    all: bool,
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
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A user was made.
    Created(UserId),
    /// The user was there, and has changed.
    Changed(UserId),
    /// The user was there, and is as the row says.
    Unchanged(UserId),
    /// The user was there, and was not looked at.
    Skipped(UserId),
    /// Something that is unique is another user's, or the user's who is there
    /// and is not as the row says.
    Exists(UserId, Fault),
    /// It can't be used.
    Failed(Vec<Fault>),
}

impl Report {
    pub(super) fn new(format: Format, all: bool) -> Self {
        Self {
            committed: false,
            rows: 0,
            created: 0,
            changed: 0,
            unchanged: 0,
            skipped: 0,
            failed: 0,
            results: Vec::new(),
            untold: 0,
            made: HashSet::new(),
            format,
            all,
        }
    }

    /// It was written.
    pub(super) fn committed(self) -> Self {
        Self { committed: true, ..self }
    }

    /// Whether a user of the results is there: one whom a row would have made
    /// is nobody if nothing was written.
    #[must_use]
    pub fn is_there(&self, user: UserId) -> bool {
        self.committed || !self.made.contains(&user)
    }

    /// Adds some rows, and what became of their drafts.
    pub(super) fn add(&mut self, chunk: Chunk, staged: Vec<Staged>) {
        let mut staged = staged.into_iter();
        for read in chunk.rows {
            let outcome = if read.faults.is_empty() {
                let Some(staged) = staged.next() else { continue };
                outcome(staged)
            } else {
                Outcome::Failed(read.faults)
            };
            self.count(&outcome);
            let outcome = self.placed(outcome);
            self.tell(RowResult { row: read.number, line: read.line, outcome });
        }
    }

    fn count(&mut self, outcome: &Outcome) {
        self.rows += 1;
        if let Outcome::Created(user) = outcome {
            self.made.insert(*user);
        }
        *match outcome {
            Outcome::Created(_) => &mut self.created,
            Outcome::Changed(_) => &mut self.changed,
            Outcome::Unchanged(_) => &mut self.unchanged,
            Outcome::Skipped(_) => &mut self.skipped,
            Outcome::Exists(..) | Outcome::Failed(_) => &mut self.failed,
        } += 1;
    }

    fn placed(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Exists(user, fault) => Outcome::Exists(user, self.format.placed(fault)),
            Outcome::Failed(faults) => {
                let faults = faults.into_iter().take(FAULTS_TOLD);
                Outcome::Failed(faults.map(|fault| self.format.placed(fault)).collect())
            }
            other => other,
        }
    }

    fn tell(&mut self, result: RowResult) {
        let failed = matches!(result.outcome, Outcome::Exists(..) | Outcome::Failed(_));
        if failed && !self.all && self.failed > FAILED_TOLD {
            self.untold += 1;
        } else if failed || self.all {
            self.results.push(result);
        }
    }
}

fn outcome(staged: Staged) -> Outcome {
    match staged {
        Staged::Created(user) => Outcome::Created(user.id),
        Staged::Changed(user) => Outcome::Changed(user),
        Staged::Unchanged(user) => Outcome::Unchanged(user),
        Staged::Skipped(user) => Outcome::Skipped(user),
        Staged::Exists(values) => match values.into_iter().next() {
            Some(Taken { field, value, user }) => {
                let reason = match field {
                    "email" => {
                        "belongs to a user who is not as the row says: update the user with onExisting=update, or leave the row out"
                    }
                    _ => "belongs to another user: use another value",
                };
                Outcome::Exists(user, Fault::new(field, value, reason))
            }
            None => Outcome::Failed(Vec::new()),
        },
        Staged::Refused(faults) => Outcome::Failed(faults),
    }
}
