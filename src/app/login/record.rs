//! The attempt, as it comes to be known.

use crate::{
    app::{Error, random},
    domain::{
        Timestamp,
        attempt::{Attempt, Outcome, Reference},
        check::Check,
        connection::Connection,
        id::{AttemptId, UserId},
        provisioning::{Decision, Denial, Plan},
    },
};

/// An attempt that has not ended yet.
#[derive(Debug, Clone)]
pub(super) struct Record(Attempt);

impl Record {
    /// Begins the record of an attempt.
    pub(super) fn new(connection: &Connection, now: Timestamp) -> Result<Self, Error> {
        Ok(Self(Attempt {
            id: random::id(AttemptId::new, now)?,
            account: connection.account,
            connection: connection.id,
            reference: Reference::new(random::bytes()?),
            at: now,
            outcome: Outcome::Rejected,
            user: None,
            subject: None,
            email: None,
            checks: Vec::new(),
            plan: None,
        }))
    }

    /// When the attempt began.
    pub(super) fn at(&self) -> Timestamp {
        self.0.at
    }

    /// The attempt's id.
    pub(super) fn id(&self) -> AttemptId {
        self.0.id
    }

    /// Notes what the assertion says of the person.
    pub(super) fn says(&mut self, subject: String, email: Option<String>) {
        self.0.subject = Some(subject);
        self.0.email = email;
    }

    /// Ends with a check that failed.
    pub(super) fn rejected(self, checks: Vec<Check>) -> Attempt {
        Attempt { outcome: Outcome::Rejected, checks, ..self.0 }
    }

    /// Ends with what was planned. `created` is the user that the plan made.
    pub(super) fn planned(
        self,
        checks: Vec<Check>,
        plan: Plan,
        created: Option<UserId>,
    ) -> Attempt {
        let (outcome, user) = match &plan.decision {
            Decision::Create(_) => (Outcome::Created, created),
            Decision::Claim(entry) => (Outcome::Claimed, Some(entry.user)),
            Decision::SignIn(entry) => (Outcome::SignedIn, Some(entry.user)),
            Decision::Deny(denial) => (Outcome::Denied, denied_user(denial)),
        };
        Attempt { outcome, user, checks, plan: Some(plan), ..self.0 }
    }
}

fn denied_user(denial: &Denial) -> Option<UserId> {
    match denial {
        Denial::UserDisabled(user) | Denial::IdentityConflict(user) => Some(*user),
        Denial::ConnectionDisabled
        | Denial::SubjectUnusable
        | Denial::EmailUnusable
        | Denial::GuardAttributeMissing { .. } => None,
    }
}
