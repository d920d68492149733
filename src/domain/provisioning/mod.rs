//! What a login does: the rules of just-in-time provisioning.
//!
//! There are two steps. [`identify()`] returns the subject of the assertion, so that
//! the caller can look up existing records; [`plan()`] decides what to do with them.
//! A login applies the plan, and a preview shows it; there is no second copy of these
//! rules. `docs/provisioning.md` explains them to administrators.

mod attribute_reader;
mod custom_attributes;
mod decision;
mod display;
mod encrypted_need;
mod fallback;
mod identification;
mod identifiers;
mod input;
mod lists;
mod names;
mod person;
mod plan;
mod planned_fields;
mod preset;
mod teams;
mod update;
mod update_identifiers;

#[cfg(test)]
mod tests;

pub use super::{mapping_target::MappingTarget, profile_field::ProfileField};
pub use decision::{
    AttributeChange, Decision, Denial, ExistingUserLogin, FoundBy, Plan, TeamAssignment,
    TeamChange, UserCreation, ValueSource, ValueWithSource,
};
pub use encrypted_need::find_encrypted_need;
pub use fallback::{FallbackReason, ValueFallback};
pub use identification::{MAX_SUBJECT_CHARS, extract_subject, identify, is_attribute_read};
pub use identifiers::is_address_taken;
pub use input::{
    DeletedUserMatch, ExistingMembership, ExistingRecord, ExistingRecords, ExistingTeam,
    ExistingUser, LoginInput, ResolvedSubject, StatedSubject, Subject, TakenValues,
};
pub use names::{DerivedNames, derive_names};
pub use plan::{LoginPlan, plan};
pub use planned_fields::PlannedField;
pub use preset::{MappingPreset, UnknownPreset};
pub use update::PlannedUserUpdate;
