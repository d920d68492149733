//! Imports that run in the background: a list by time, the newest first.

use super::attributes;
use crate::domain::filter::ValueType::{Id, Moment, Name};

/// The states on the wire; an import whose file is coming in is on no list.
pub(super) const STATES: &[&str] = &["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"];

attributes! {
    /// What the list of imports can be filtered and sorted by.
    ImportAttribute of "imports" by CreatedAt, Descending {
        /// The import's own identifier.
        Id("id", Id, unique),
        /// How far it is.
        State("state", Name(STATES)),
        /// When the file came in. The order.
        CreatedAt("createdAt", Moment, indexed, sortable),
        /// When it ended.
        FinishedAt("finishedAt", Moment),
    }
}
