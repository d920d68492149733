//! The enums of login outcomes and decisions in the contract.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{
    attempt::AttemptOutcome as DomainOutcome,
    check::CheckResult as DomainResult,
    provisioning::{
        Decision as DomainDecision, Denial, FallbackReason as DomainReason,
        FoundBy as DomainFoundBy, TeamChange, ValueSource,
    },
};

/// Declares an enum of the contract with the names of the cases of a domain enum, whose
/// cases may hold data. Every case is named.
macro_rules! code_enums {
    ($($(#[$doc:meta])* $name:ident($domain:ident) { $($case:ident = $text:tt),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
        pub(in crate::http::api) enum $name {
            $(#[serde(rename = $text)] $case),+
        }

        impl From<&$domain> for $name {
            fn from(value: &$domain) -> Self {
                match value { $($domain::$case { .. } => Self::$case),+ }
            }
        }
    )+};
}

/// Declares enums of the contract: the codes of a domain enum.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident($domain:ty);)+) => {$(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        pub(in crate::http::api) struct $name(&'static str);

        impl From<&$domain> for $name {
            fn from(value: &$domain) -> Self {
                Self(value.code())
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let about = concat!($($doc, "\n"),*);
                $crate::http::api::enums::schema(about.trim(), <$domain>::CODES)
            }
        }

        impl ToSchema for $name {}
    )+};
}

/// What a login does to a membership: the user comes into the team, gets another role in it,
/// or leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::http::api) enum PlanTeamChange {
    Add,
    Change,
    Remove,
}

impl From<&TeamChange> for PlanTeamChange {
    fn from(change: &TeamChange) -> Self {
        match change.before {
            None => Self::Add,
            Some(_) if change.is_removal => Self::Remove,
            Some(_) => Self::Change,
        }
    }
}

code_enums! {
    /// How a login ends. CREATED: the user was created. CLAIMED: a staged user logged in
    /// for the first time. SIGNED_IN: an existing user logged in. DENIED: the message is
    /// valid, and a rule denied the login. REJECTED: a check of the message failed.
    Outcome(DomainOutcome) {
        Created = "CREATED",
        Claimed = "CLAIMED",
        SignedIn = "SIGNED_IN",
        Denied = "DENIED",
        Rejected = "REJECTED",
    }
    /// How a check ended. NOT_RUN: it was not run, usually because an earlier check
    /// failed.
    CheckResult(DomainResult) {
        Passed = "PASSED",
        Failed = "FAILED",
        NotRun = "NOT_RUN",
    }
    /// How an existing user was found: by an identity of the connection, or by the e-mail
    /// address.
    FoundBy(DomainFoundBy) {
        Identity = "IDENTITY",
        Email = "EMAIL",
    }
    /// What a login does: create a user, sign in a staged user for the first time, sign
    /// in an existing user, or deny the login.
    PlanDecision(DomainDecision) {
        Create = "CREATE",
        Claim = "CLAIM",
        SignIn = "SIGN_IN",
        Deny = "DENY",
    }
}

codes! {
    /// Where a value comes from: the `NameID`, an attribute, the e-mail address
    /// (names), a default, the default value of the connection, or the account role, to
    /// which a team role was raised. NOT_RECEIVED: the value was removed, because the
    /// assertion does not have it any more.
    PlanSourceKind(ValueSource);
    /// The reason why a value was replaced.
    FallbackReason(DomainReason);
    /// The rule that denied the login.
    DenialCode(Denial);
}
