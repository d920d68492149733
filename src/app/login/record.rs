//! The attempt, as it comes to be known.

use crate::{
    app::{Error, random},
    domain::{
        Timestamp,
        attempt::{Attempt, Outcome, Reference},
        check::Check,
        connection::Connection,
        id::{AttemptId, UserId},
        provisioning::Plan,
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
        let user = plan.decision.user().or(created);
        Attempt { outcome: Outcome::of(&plan.decision), user, checks, plan: Some(plan), ..self.0 }
    }
}
