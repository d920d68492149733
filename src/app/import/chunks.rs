//! The rows of a file, some hundred at a time.

use std::collections::HashMap;

use crate::{
    app::Error,
    domain::{
        email::EmailKey,
        field_error::{FieldError, Reason},
        user_patch::UserPatch,
    },
};

/// The number of rows that are looked up and written together. Small enough that
/// a login does not wait long.
const CHUNK_ROWS: usize = 250;

/// A row, as it was read.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// What it says, or what is wrong with it.
    pub patch: Result<UserPatch, Vec<FieldError>>,
    /// The address as the row has it, if the row could be read so far.
    pub email: Option<String>,
}

/// The rows of a file, from its beginning.
pub type ImportRows<'a> = Box<dyn Iterator<Item = Result<ImportRow, Error>> + 'a>;

/// Some rows.
pub(super) struct Chunk {
    /// The rows.
    pub(super) rows: Vec<CheckedRow>,
    /// The patches of the valid rows, in their order.
    pub(super) patches: Vec<UserPatch>,
}

/// A row that was read.
#[derive(Clone)]
pub(super) struct CheckedRow {
    /// Which row it is, from 1.
    pub(super) number: u64,
    /// The line on which it begins.
    pub(super) line: u64,
    /// What is wrong with it. Without an error, it has a patch.
    pub(super) errors: Vec<FieldError>,
}

/// The rows of a file, chunk by chunk.
pub(super) struct Chunks<'a> {
    rows: ImportRows<'a>,
    number: u64,
    /// The row of each address so far. Without it, the result of a repeated
    /// address would depend on where a chunk ends.
    rows_by_email: HashMap<EmailKey, u64>,
}

impl Chunk {
    /// Returns the same rows without their patches.
    pub(super) fn without_patches(&self) -> Self {
        Self { rows: self.rows.clone(), patches: Vec::new() }
    }

    /// How many users it can change at most.
    pub(super) fn max_changes(&self) -> u32 {
        u32::try_from(self.patches.len()).unwrap_or(u32::MAX)
    }
}

impl<'a> Chunks<'a> {
    pub(super) fn new(rows: ImportRows<'a>) -> Self {
        Self { rows, number: 0, rows_by_email: HashMap::new() }
    }

    /// The next rows; none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, Error> {
        let mut chunk = Chunk { rows: Vec::new(), patches: Vec::new() };
        while chunk.rows.len() < CHUNK_ROWS {
            let Some(row) = self.rows.next() else { break };
            let ImportRow { line, patch, email: _ } = row?;
            self.number += 1;
            let errors = match patch {
                Err(errors) => errors,
                Ok(patch) => match self.check_repeated(&patch) {
                    Some(error) => vec![error],
                    None => {
                        chunk.patches.push(patch);
                        Vec::new()
                    }
                },
            };
            chunk.rows.push(CheckedRow { number: self.number, line, errors });
        }
        Ok(Some(chunk).filter(|chunk| !chunk.rows.is_empty()))
    }

    /// Passes over rows that were imported before.
    pub(super) fn skip(&mut self, rows: u64) -> Result<(), Error> {
        while self.number < rows {
            let Some(row) = self.rows.next() else { return Ok(()) };
            self.number += 1;
            if let Ok(patch) = row?.patch {
                self.check_repeated(&patch);
            }
        }
        Ok(())
    }

    fn check_repeated(&mut self, patch: &UserPatch) -> Option<FieldError> {
        let email = patch.email.as_ref()?;
        match self.rows_by_email.get(email.key()) {
            Some(first) => {
                let reason = Reason::new(
                    format!("is the address of row {first} as well"),
                    "each address in one row",
                    "Leave one of the two rows out.",
                );
                Some(FieldError::new("email", email.to_string(), reason))
            }
            None => {
                self.rows_by_email.insert(email.key().clone(), self.number);
                None
            }
        }
    }
}
