//! What a login does: the rules of just-in-time provisioning.
//!
//! A login asks twice. [`identify()`] says who the assertion speaks of, so that
//! the caller can look up what is known; [`plan()`] takes that and says what to
//! do. The login executes the plan, a preview shows it; there is no second
//! copy of these rules. `docs/provisioning.md` tells them to administrators.

mod attribute_reader;
mod display;
mod identify;
mod names;
mod person;
mod plan;
mod planned_fields;
mod preset;
mod teams;
mod types;

#[cfg(test)]
mod tests;

pub(in crate::domain) use identify::chosen;
pub use identify::{MAX_SUBJECT_CHARS, identify, reads, stated};
pub use names::{Names, names};
pub use person::{MAX_URL_CHARS, image};
pub use plan::plan;
pub use planned_fields::PlannedField;
pub use preset::{MappingPreset, UnknownPreset};
pub use types::*;
