//! The response schemas for the command line, whose JSON conforms to the contract.

pub(crate) use super::{
    account::Account,
    attempts::{Attempt, AttemptSummary},
    attribute_definitions::AttributeDefinition,
    audit::AuditEntry,
    connections::Connection,
    keys::{ApiKey, CreatedApiKey, RotatedApiKey},
    members::TeamMember,
    scim_clients::{CompatibilityFixCount, ScimClient},
    teams::Team,
    users::{User, UserExplanation, UserIdentity},
};
