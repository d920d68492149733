//! Imports that run in the background: a list by time, the newest first.

use super::attributes;
use crate::domain::filter::ValueType::{Id, Moment, Name};

/// The states on the wire. An import whose file is still being received is not listed.
pub(super) const STATES: &[&str] = &["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"];

attributes! {
    /// The filter and sort attributes of the list of imports.
    ImportAttribute of "imports" by CreatedAt, Descending {
        /// The ID of the import.
        Id("id", Id, unique),
        /// Its state.
        State("state", Name(STATES)),
        /// When the file was received. The default order.
        CreatedAt("createdAt", Moment, indexed, sortable),
        /// When it ended.
        FinishedAt("finishedAt", Moment),
    }
}
