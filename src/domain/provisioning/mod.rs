//! What a login does: the rules of just-in-time provisioning.
//!
//! There are two steps. [`identify()`] returns the subject of the assertion, so that
//! the caller can look up existing records; [`plan()`] decides what to do with them.
//! A login applies the plan, and a preview shows it; there is no second copy of these
//! rules. `docs/provisioning.md` explains them to administrators.

mod attribute_reader;
mod decision;
mod display;
mod fallback;
mod identify;
mod input;
mod names;
mod person;
mod plan;
mod planned_fields;
mod preset;
mod teams;

#[cfg(test)]
mod tests;

pub use super::profile_field::ProfileField;
pub use decision::{
    Creation, Decision, Denial, ExistingUserLogin, FoundBy, Plan, Source, Sourced, TeamAssignment,
};
pub use fallback::{FallbackReason, ValueFallback};
pub use identify::{MAX_SUBJECT_CHARS, identify, reads, stated};
pub use input::{
    DeletedUserMatch, ExistingRecords, ExistingTeam, ExistingUser, Login, ResolvedSubject,
    StatedSubject, Subject,
};
pub use names::{Names, names};
pub use person::{MAX_URL_CHARS, image};
pub use plan::plan;
pub use planned_fields::PlannedField;
pub use preset::{MappingPreset, UnknownPreset};
