//! The builder of an attempt, which collects the facts of a login.

use crate::{
    app::{Error, random},
    domain::{
        Timestamp,
        attempt::{Attempt, AttemptOutcome, AttemptReference},
        attributes::Attributes,
        check::Checks,
        connection::Connection,
        id::{AttemptId, UserId},
        provisioning::{self, Decision, LoginInput, Plan, StatedSubject},
        received_attribute,
    },
    saml::response::SignedClaims,
};

/// An attempt that has not ended yet.
#[derive(Debug, Clone)]
pub(super) struct AttemptBuilder(Attempt);

impl AttemptBuilder {
    /// Begins the record of an attempt.
    pub(super) fn new(connection: &Connection, now: Timestamp) -> Result<Self, Error> {
        Ok(Self(Attempt {
            id: random::generate_id(AttemptId::new, now)?,
            account: connection.account,
            connection: connection.id,
            reference: AttemptReference::new(random::generate_bytes()?),
            at: now,
            outcome: AttemptOutcome::Rejected,
            user: None,
            subject: None,
            email: None,
            checks: Checks::default(),
            plan: None,
            received: None,
        }))
    }

    /// When the attempt began.
    pub(super) fn started_at(&self) -> Timestamp {
        self.0.at
    }

    /// The attempt's ID.
    pub(super) fn id(&self) -> AttemptId {
        self.0.id
    }

    /// Records the claims of an assertion with a valid signature.
    pub(super) fn with_claims(self, connection: &Connection, claims: &SignedClaims) -> Self {
        let SignedClaims { id: _, subject, attributes } = claims;
        let StatedSubject { subject, email } =
            provisioning::extract_subject(&LoginInput::new(connection, subject, attributes));
        let received = Some(received_attribute::record(attributes, |_| false));
        Self(Attempt { subject, email, received, ..self.0 })
    }

    /// Records the attributes that a decision was based on.
    pub(super) fn with_attributes_read(
        self,
        connection: &Connection,
        attributes: &Attributes,
        decision: &Decision,
    ) -> Self {
        let policy = &connection.provisioning;
        let is_read = |attribute: &_| {
            provisioning::is_attribute_read(policy, decision, attributes, attribute)
        };
        Self(Attempt { received: Some(received_attribute::record(attributes, is_read)), ..self.0 })
    }

    /// Ends with a check that failed.
    pub(super) fn finish_rejected(self, checks: Checks) -> Attempt {
        Attempt { outcome: AttemptOutcome::Rejected, checks, ..self.0 }
    }

    /// Finishes with the outcome of a plan. `created` is the user whom it created.
    pub(super) fn finish_planned(
        self,
        checks: Checks,
        plan: Plan,
        created: Option<UserId>,
    ) -> Attempt {
        let user = plan.decision.user().or(created);
        Attempt {
            outcome: AttemptOutcome::from_decision(&plan.decision),
            user,
            checks,
            plan: Some(plan),
            ..self.0
        }
    }
}
