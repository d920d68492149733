//! The resources as answers have them, for the command line: its JSON has the
//! names and the spelling of the contract.

pub(crate) use super::{
    account::Account,
    attempts::{Attempt, AttemptSummary},
    audit::AuditEntry,
    connections::Connection,
    members::TeamMember,
    teams::Team,
    users::User,
};
