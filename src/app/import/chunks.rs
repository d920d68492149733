//! The rows of a file, in chunks of a few hundred.

use std::collections::HashMap;

use crate::{
    app::Error,
    domain::{
        email::EmailKey,
        field_error::{FieldError, Reason},
        user_patch::ParsedUser,
    },
};

/// The number of rows that are looked up and written together. Small enough that
/// a login does not wait long.
const CHUNK_ROWS: usize = 250;

/// A parsed row.
#[derive(Debug, Clone)]
pub struct ImportRow {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Its user.
    pub user: ParsedUser,
    /// The address as the row has it, if the row could be read so far.
    pub email: Option<String>,
}

/// The rows of a file, from its beginning.
pub type ImportRows<'a> = Box<dyn Iterator<Item = Result<ImportRow, Error>> + 'a>;

/// A chunk of rows.
pub(super) struct Chunk {
    /// The rows.
    pub(super) rows: Vec<RowPosition>,
    /// The users of the rows, in their order.
    pub(super) users: Vec<ParsedUser>,
}

/// The number and the line of a row.
#[derive(Clone, Copy)]
pub(super) struct RowPosition {
    /// Which row it is, from 1.
    pub(super) number: u64,
    /// The line on which it begins.
    pub(super) line: u64,
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
    /// How many users it can change at most.
    pub(super) fn max_changes(&self) -> u32 {
        u32::try_from(self.users.len()).unwrap_or(u32::MAX)
    }
}

impl<'a> Chunks<'a> {
    pub(super) fn new(rows: ImportRows<'a>) -> Self {
        Self { rows, number: 0, rows_by_email: HashMap::new() }
    }

    /// Returns the next chunk, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, Error> {
        let mut chunk = Chunk { rows: Vec::new(), users: Vec::new() };
        while chunk.rows.len() < CHUNK_ROWS {
            let Some(row) = self.rows.next() else { break };
            let ImportRow { line, mut user, email: _ } = row?;
            self.number += 1;
            user.errors.extend(self.check_repeated(&user));
            chunk.users.push(user);
            chunk.rows.push(RowPosition { number: self.number, line });
        }
        Ok(Some(chunk).filter(|chunk| !chunk.rows.is_empty()))
    }

    /// Skips rows that were imported before.
    pub(super) fn skip(&mut self, rows: u64) -> Result<(), Error> {
        while self.number < rows {
            let Some(row) = self.rows.next() else { return Ok(()) };
            self.number += 1;
            self.check_repeated(&row?.user);
        }
        Ok(())
    }

    /// Returns an error if an earlier valid row has the address, and records it otherwise.
    fn check_repeated(&mut self, user: &ParsedUser) -> Option<FieldError> {
        let email = user.patch.email.as_ref()?;
        match self.rows_by_email.get(email.key()) {
            Some(first) => {
                let reason = Reason::new(
                    format!("is also the address of row {first}"),
                    "each address in one row",
                    "Leave one of the two rows out.",
                );
                Some(FieldError::new("email", email.to_string(), reason))
            }
            None if !user.errors.is_empty() => None,
            None => {
                self.rows_by_email.insert(email.key().clone(), self.number);
                None
            }
        }
    }
}
