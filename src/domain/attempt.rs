//! Attempts: the checks, the plan and the outcome of one login.

use super::{
    Timestamp,
    check::{Check, Checks},
    id::{AccountId, AttemptId, ConnectionId, UserId},
    named_enum::named,
    provisioning::{Decision, FoundBy, Plan},
    received_attribute::ReceivedAttribute,
};

/// One attempt to log in.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Never changes.
    pub id: AttemptId,
    /// The account of the connection.
    pub account: AccountId,
    /// The connection that received the response.
    pub connection: ConnectionId,
    /// The reference that the person can quote, e.g. `7KQ3-M2XB-90FD`.
    pub reference: AttemptReference,
    /// When the response arrived.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The user, if one was found or created.
    pub user: Option<UserId>,
    /// The subject that a verified signature covers, even if the login failed.
    pub subject: Option<String>,
    /// The e-mail address that a verified signature covers, likewise.
    pub email: Option<String>,
    /// The attributes that a verified signature covers. `None`: no signature was
    /// verified.
    pub received: Option<Vec<ReceivedAttribute>>,
    /// The checks of the message.
    pub checks: Checks,
    /// The plan, if the checks all passed.
    pub plan: Option<Plan>,
}

named! {
    /// How an attempt ended.
    AttemptOutcome as "outcome" {
        /// The user was created.
        Created = "created",
        /// A staged user logged in for the first time.
        Claimed = "claimed",
        /// An existing user logged in.
        SignedIn = "signed_in",
        /// The message is valid, and a rule denied the login.
        Denied = "denied",
        /// A check of the message failed.
        Rejected = "rejected",
    }
}

impl AttemptOutcome {
    /// Returns the outcome of a login with a valid message.
    #[must_use]
    pub fn from_decision(decision: &Decision) -> Self {
        match decision {
            Decision::Create(_) => Self::Created,
            Decision::Claim(_) => Self::Claimed,
            Decision::SignIn(_) => Self::SignedIn,
            Decision::Deny(_) => Self::Denied,
        }
    }
}

/// Explains the outcome of a login to an account administrator, as a sentence.
#[must_use]
pub fn explain(outcome: AttemptOutcome, checks: Option<&Checks>, plan: Option<&Plan>) -> String {
    match (outcome, plan.map(|plan| &plan.decision)) {
        (AttemptOutcome::Created, _) => "a new user is created and signed in".into(),
        (AttemptOutcome::Claimed, Some(Decision::Claim(login))) if login.changes_user() => {
            "the staged user signs in for the first time, and is changed by the update policies of the connection".into()
        }
        (AttemptOutcome::Claimed, _) => {
            "the staged user signs in for the first time; the prepared fields, role and teams are unchanged".into()
        }
        (AttemptOutcome::SignedIn, Some(Decision::SignIn(login))) => {
            let found = match login.found_by {
                FoundBy::Email => "an existing user, found by e-mail address, signs in",
                FoundBy::Identity => "an existing user signs in",
            };
            let effect = match login.changes_user() {
                true => "is changed by the update policies of the connection",
                false => "is not changed",
            };
            format!("{found}; the user {effect}")
        }
        (AttemptOutcome::SignedIn, _) => "an existing user signs in".into(),
        (AttemptOutcome::Denied, Some(Decision::Deny(denial))) => denial.to_string(),
        (AttemptOutcome::Denied, _) => "a provisioning rule denies the login".into(),
        (AttemptOutcome::Rejected, _) => explain_rejection(checks),
    }
}

/// Explains the first failed check of a message.
fn explain_rejection(checks: Option<&Checks>) -> String {
    let summary = "the login is rejected";
    let mut failed = checks.into_iter().flat_map(Checks::failed);
    let Some(Check { id, result: _, expected, actual }) = failed.next() else {
        return summary.into();
    };
    let more = match failed.count() {
        0 => String::new(),
        more => format!(" ({more} more failed)"),
    };
    format!("{summary}: check {} expected {expected}, and received {actual}{more}", id.as_str())
}

/// The reference of an attempt, which a person can quote: 12 characters of
/// Crockford's base 32 (60 random bits) in three groups.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttemptReference(String);

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl AttemptReference {
    /// Creates a reference from random bytes.
    #[must_use]
    pub fn new(random: [u8; 12]) -> Self {
        let mut text = String::with_capacity(14);
        for (index, byte) in random.into_iter().enumerate() {
            if index == 4 || index == 8 {
                text.push('-');
            }
            text.push(
                CROCKFORD.get(usize::from(byte % 32)).map_or('0', |digit| char::from(*digit)),
            );
        }
        Self(text)
    }

    /// Reads a reference as a person types it: any case, with or without
    /// hyphens, I and L for 1, O for 0. `None` if it can't be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = [0; 12];
        let mut typed = text.trim().chars().filter(|char| *char != '-');
        for digit in &mut digits {
            let char = match typed.next()?.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            };
            let value = CROCKFORD.iter().position(|known| char::from(*known) == char)?;
            *digit = u8::try_from(value).ok()?;
        }
        typed.next().is_none().then(|| Self::new(digits))
    }

    /// The reference, in its groups.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AttemptReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check::CheckId;

    #[test]
    fn reference_is_parsed_in_any_case_and_with_look_alike_characters() {
        let reference = AttemptReference::new([7, 1, 0, 31, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert_eq!(reference.as_str(), "710Z-89AB-CDEF");
        for typed in ["710Z-89AB-CDEF", " 7loz89abcdef ", "7I0z-89ab-CDEF"] {
            assert_eq!(AttemptReference::parse(typed).as_ref(), Some(&reference), "{typed}");
        }
        for other in ["", "710Z", "710Z-89AB-CDEU", "710Z-89AB-CDEF-0", "é"] {
            assert_eq!(AttemptReference::parse(other), None, "{other}");
        }
    }

    #[test]
    fn rejection_names_the_first_failed_check_and_counts_the_others() {
        let explain_rejection =
            |checks: &Checks| explain(AttemptOutcome::Rejected, Some(checks), None);
        let none = "the login is rejected";
        assert_eq!(explain_rejection(&Checks::default()), none);
        assert_eq!(explain(AttemptOutcome::Rejected, None, None), none);
        let mut checks: Checks = [
            Check::passed(CheckId::FormEncoding, "a", "b"),
            Check::failed(CheckId::ConditionsTime, "valid now", "valid yesterday"),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            explain_rejection(&checks),
            "the login is rejected: check \
             conditions.time expected valid now, and received valid yesterday"
        );
        checks.record(Check::failed(CheckId::AuthnSession, "a", "b"));
        assert!(explain_rejection(&checks).ends_with("valid yesterday (1 more failed)"));
    }
}
