//! The resources as answers have them, for the command line: its JSON has the
//! names and the spelling of the contract.

pub(crate) use super::{
    account::Account,
    attempts::{Attempt, AttemptSummary},
    audit::AuditEntry,
    connections::Connection,
    keys::{ApiKey, MadeApiKey, RotatedApiKey},
    members::TeamMember,
    scim_clients::{CompatibilityFixCount, ScimClient},
    teams::Team,
    users::{User, UserIdentity},
};
