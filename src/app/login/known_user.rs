//! The sign-in of a user whom the login does not change, as most logins are.
//!
//! It is planned before it is written. What it writes depends on what was planned: the user
//! is still active and has the identity, and neither the assertion nor the request was used
//! before. If anything is otherwise, nothing is written, and the whole login is done in one
//! transaction, which finds out what it is.

use super::{
    checks::{check_needs_are_clear, replay_check},
    plan_writer::SignedInUser,
    sign_in::{OpenedSession, SignIn},
};
use crate::{
    app::Error,
    domain::{
        attempt::Attempt,
        connection::Connection,
        provisioning::{
            self, Decision, ExistingRecords, ExistingUserLogin, FoundBy, LoginInput, LoginPlan,
        },
        session::Session,
        subject::SubjectKey,
    },
    saml::response::Assertion,
    store::{SignInRecords, StoreError},
};

/// A sign-in that was planned, and is not written yet.
struct PlannedSignIn {
    attempt: Attempt,
    user: SignedInUser,
    /// The subject of the user's identity.
    subject: SubjectKey,
}

impl SignIn<'_> {
    /// Signs in a known user whom the login does not change. Returns `None` if it is another
    /// login, or could not be written as planned: then nothing was written.
    pub(super) fn sign_in_known_user(&self) -> Result<Option<OpenedSession>, Error> {
        let Some(PlannedSignIn { attempt, user, subject }) = self.plan_known_user()? else {
            return Ok(None);
        };
        let (session, cookie) = self.new_session(user.id, &attempt)?;
        let opened_by = self.resubmission.opened_by(self.redirect_to);
        let request = self.resubmission.request.pending();
        let records = SignInRecords {
            session: &session,
            subject: &subject,
            token_hash: cookie.hash,
            opened_by: &opened_by,
            attempt: &attempt,
            assertion: (&self.assertion.id, self.assertion.remember_until),
            request: request.map(|request| (request.id.as_str(), request.remember_until())),
        };
        let account = attempt.account;
        let written = self.app.db.write_statement_for(account, |tx| tx.insert_sign_in(&records));
        match written {
            Ok(()) => {
                Ok(Some(OpenedSession { cookie, expires_at: session.expires_at, attempt, user }))
            }
            Err(
                StoreError::Conflict(_)
                | StoreError::Stale { .. }
                | StoreError::Dangling
                | StoreError::Contended(_),
            ) => Ok(None),
            // The connection was lost before the login was written, or after it.
            Err(StoreError::Unavailable(_)) => {
                let stored = self.app.db.query(|tx| tx.session_by_hash(cookie.hash))?;
                Ok(stored.map(|Session { expires_at, .. }| OpenedSession {
                    cookie,
                    expires_at,
                    attempt,
                    user,
                }))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Plans the login, if it signs in an active user by their identity and changes nothing
    /// of them.
    fn plan_known_user(&self) -> Result<Option<PlannedSignIn>, Error> {
        let Connection { account, id, provisioning: policy, .. } = self.connection;
        let Assertion { subject, attributes, .. } = self.assertion;
        let needs_more =
            policy.changes_existing_users() || policy.custom_targets().next().is_some();
        if needs_more || self.message.is_some() {
            return Ok(None);
        }
        let login = LoginInput::new(self.connection, subject, attributes);
        let Ok(resolved) = provisioning::identify(&login) else { return Ok(None) };
        let Some(key) = &resolved.subject else { return Ok(None) };
        let found = self.app.db.query(|tx| tx.existing_user_by_identity(*account, *id, key))?;
        let Some(user) = found else { return Ok(None) };
        let Some(subject_of_identity) = user.subject.clone() else { return Ok(None) };
        let user_record = SignedInUser { id: user.id, last_login_at: user.last_login_at };
        let existing = ExistingRecords { by_identity: Some(user), ..ExistingRecords::default() };
        let LoginPlan { plan, update } = provisioning::plan(&login, &resolved, &existing);
        let is_unchanged = match &plan.decision {
            Decision::SignIn(login) => {
                let ExistingUserLogin { user: _, found_by, link, changes, teams } = login;
                let is_unchanged = changes.is_empty() && teams.is_empty() && update.is_none();
                *found_by == FoundBy::Identity && link.is_none() && is_unchanged
            }
            Decision::Create(_) | Decision::Claim(_) | Decision::Deny(_) => false,
        };
        let needs_clear =
            check_needs_are_clear(self.connection, subject, attributes, &plan.decision);
        let mut checks = self.checks.clone();
        checks.record(replay_check(true));
        if !is_unchanged || needs_clear.is_some() || !checks.all_passed_except(&[]) {
            return Ok(None);
        }
        let record =
            self.record.clone().with_attributes_read(self.connection, attributes, &plan.decision);
        let attempt = record.finish_planned(checks, plan, Some(user_record.id));
        Ok(Some(PlannedSignIn { attempt, user: user_record, subject: subject_of_identity }))
    }
}
