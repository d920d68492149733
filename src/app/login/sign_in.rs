//! The sign-in with a verified assertion: look-up, plan and writes in one
//! transaction.

use super::{
    attempt_builder::AttemptBuilder,
    checks::{check_needs_are_clear, replay_check},
    existing_record,
    message::{self, RetainedMessage},
    resubmission::Resubmission,
};
use crate::{
    app::{
        App, Error,
        login::plan_writer::{self, SignedInUser},
        random::{self, Secret},
        retry::{is_conflict, retry},
        users::lock_planned_definitions,
    },
    domain::{
        Timestamp,
        attempt::Attempt,
        attributes::Attributes,
        check::{Check, CheckId, Checks},
        connection::Connection,
        custom_attribute::AttributeDefinition,
        id::{AccountId, ConnectionId, SessionId, UserId},
        last_use,
        provisioning::{
            self, DeletedUserMatch, ExistingRecord, ExistingRecords, LoginInput, LoginPlan,
            ResolvedSubject, Subject, TakenValues, is_address_taken,
        },
        session::Session,
    },
    saml::response::Assertion,
    store::{StoreError, Tx},
};

/// The outcome of a sign-in.
pub(super) enum SignInOutcome {
    SignedIn(Box<OpenedSession>),
    Failed { attempt: Box<Attempt> },
    Resubmitted { redirect_to: String },
}

/// A session that a login opened.
pub(super) struct OpenedSession {
    pub(super) cookie: Secret,
    pub(super) expires_at: Timestamp,
    pub(super) attempt: Attempt,
    /// The user, and when their latest login is recorded.
    pub(super) user: SignedInUser,
}

/// Why a transaction was rolled back.
enum TxAbort {
    /// The login is rejected or denied: everything is rolled back, and the attempt is written.
    Failed(Box<Attempt>),
    /// The response opened the browser's session before, and led to this target.
    Resubmitted(String),
    Error(Error),
}

impl<E: Into<Error>> From<E> for TxAbort {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// A verified assertion, with the context of its login.
pub(super) struct SignIn<'a> {
    pub(super) app: &'a App,
    pub(super) connection: &'a Connection,
    pub(super) assertion: &'a Assertion,
    pub(super) record: &'a AttemptBuilder,
    pub(super) checks: &'a Checks,
    pub(super) message: Option<&'a RetainedMessage>,
    pub(super) resubmission: &'a Resubmission<'a>,
    pub(super) redirect_to: &'a str,
}

impl SignIn<'_> {
    /// Looks up existing records, plans the login, and applies the plan.
    ///
    /// Two first logins of one person at once: the loser of the unique index
    /// rolls back, is retried, and finds the user.
    pub(super) fn run(&self) -> Result<SignInOutcome, Error> {
        let is_retryable =
            |abort: &TxAbort| matches!(abort, TxAbort::Error(error) if is_conflict(error));
        let account = self.connection.account;
        if let Some(opened) = self.sign_in_known_user()? {
            return Ok(self.finish(opened));
        }
        match retry(is_retryable, || self.app.db.write_for(account, |tx| self.write(tx))) {
            Ok(opened) => Ok(self.finish(opened)),
            Err(TxAbort::Error(error)) => Err(error),
            Err(TxAbort::Resubmitted(redirect_to)) => {
                Ok(SignInOutcome::Resubmitted { redirect_to })
            }
            Err(TxAbort::Failed(attempt)) => self.record_failure(*attempt),
        }
    }

    /// Records the login behind the response.
    fn finish(&self, opened: OpenedSession) -> SignInOutcome {
        let OpenedSession { attempt, user, .. } = &opened;
        self.record_certificates();
        if last_use::is_due(user.last_login_at, attempt.at) {
            self.app.usage.record_login(attempt.account, user.id, attempt.at);
        }
        SignInOutcome::SignedIn(Box::new(opened))
    }

    fn write(&self, tx: &mut Tx<'_>) -> Result<OpenedSession, TxAbort> {
        let mut checks = self.checks.clone();
        self.check_first_answer(tx, &mut checks)?;
        self.check_replay(tx, &mut checks)?;

        let Assertion { subject, attributes, .. } = self.assertion;
        let definitions = load_definitions(tx, self.connection)?;
        let login_plan = decide(tx, self.connection, subject, attributes, &definitions)?;
        if login_plan.changes_custom_attributes() {
            lock_planned_definitions(tx, self.connection.account, &definitions)?;
        }
        let LoginPlan { plan, update } = login_plan;
        let clear = check_needs_are_clear(self.connection, subject, attributes, &plan.decision);
        if let Some(failed) = clear {
            checks.record(failed);
            return Err(self.reject(&checks));
        }
        let record =
            self.record.clone().with_attributes_read(self.connection, attributes, &plan.decision);
        let Some(user) =
            plan_writer::apply_plan(tx, self.connection, &plan, update.as_deref(), &record)?
        else {
            return Err(TxAbort::Failed(Box::new(record.finish_planned(checks, plan, None))));
        };
        let attempt = record.finish_planned(checks, plan, Some(user.id));
        message::insert_attempt(tx, &attempt, self.message)?;
        Ok(self.open_session(tx, user, attempt)?)
    }

    /// Records which certificates verified the login: they can be removed only with `force`.
    fn record_certificates(&self) {
        let Connection { account, id, .. } = *self.connection;
        let now = self.record.started_at();
        self.app.usage.record_certificates(account, id, &self.assertion.signers, now);
    }

    /// Checks that this is the first response to its request.
    fn check_first_answer(&self, tx: &mut Tx<'_>, checks: &mut Checks) -> Result<(), TxAbort> {
        let Some(request) = self.resubmission.request.pending() else { return Ok(()) };
        if self.remember_request(tx)? {
            return Ok(());
        }
        checks.record(Check::failed(
            CheckId::ResponseInResponseTo,
            format!("{}, the pending request", request.id),
            "the request with this ID was answered already",
        ));
        Err(self.reject_unless_resubmitted(tx, checks)?)
    }

    /// Remembers that the request was answered. Returns whether it is the first time.
    fn remember_request(&self, tx: &mut Tx<'_>) -> Result<bool, StoreError> {
        let Connection { account, id, .. } = *self.connection;
        match self.resubmission.request.pending() {
            Some(request) => {
                let (until, now) = (request.remember_until(), self.record.started_at());
                tx.remember_request(account, id, &request.id, until, now)
            }
            None => Ok(true),
        }
    }

    /// Rejects a response that was used before, unless the browser has the session that it
    /// opened.
    fn reject_unless_resubmitted(
        &self,
        tx: &mut Tx<'_>,
        checks: &Checks,
    ) -> Result<TxAbort, StoreError> {
        let target = self.resubmission.find_redirect(tx, self.record.started_at())?;
        Ok(target.map_or_else(|| self.reject(checks), TxAbort::Resubmitted))
    }

    fn check_replay(&self, tx: &mut Tx<'_>, checks: &mut Checks) -> Result<(), TxAbort> {
        let Connection { account, id, .. } = self.connection;
        let Assertion { id: assertion, remember_until, .. } = self.assertion;
        let fresh = tx.remember_assertion(
            *account,
            *id,
            assertion,
            *remember_until,
            self.record.started_at(),
        )?;
        checks.record(replay_check(fresh));
        if !fresh {
            return Err(self.reject_unless_resubmitted(tx, checks)?);
        }
        // A check that did not run also rejects the login.
        if checks.all_passed_except(&[]) { Ok(()) } else { Err(self.reject(checks)) }
    }

    fn reject(&self, checks: &Checks) -> TxAbort {
        TxAbort::Failed(Box::new(self.record.clone().finish_rejected(checks.clone())))
    }

    fn open_session(
        &self,
        tx: &mut Tx<'_>,
        user: SignedInUser,
        attempt: Attempt,
    ) -> Result<OpenedSession, Error> {
        let (session, cookie) = self.new_session(user.id, &attempt)?;
        tx.insert_session(&session, cookie.hash, &self.resubmission.opened_by(self.redirect_to))?;
        Ok(OpenedSession { cookie, expires_at: session.expires_at, attempt, user })
    }

    /// The session of an attempt, and the secret of its cookie.
    pub(super) fn new_session(
        &self,
        user: UserId,
        attempt: &Attempt,
    ) -> Result<(Session, Secret), Error> {
        let now = attempt.at;
        let ours = now + self.app.settings.session_lifetime;
        let expires_at =
            self.assertion.session_not_on_or_after.map_or(ours, |theirs| theirs.min(ours));
        let session = Session {
            id: random::generate_id(SessionId::new, now)?,
            account: attempt.account,
            user,
            connection: attempt.connection,
            attempt: attempt.id,
            created_at: now,
            expires_at,
        };
        Ok((session, Secret::new()?))
    }

    /// Writes the attempt, and remembers the request as answered: its response was valid,
    /// but the login was rejected.
    fn record_failure(&self, attempt: Attempt) -> Result<SignInOutcome, Error> {
        self.app.db.write_for(attempt.account, |tx| {
            self.remember_request(tx)?;
            message::insert_attempt(tx, &attempt, self.message)
        })?;
        self.record_certificates();
        Ok(SignInOutcome::Failed { attempt: Box::new(attempt) })
    }
}

/// Loads the definitions of the custom attributes that a login through a connection needs.
pub(in crate::app) fn load_definitions(
    tx: &mut Tx<'_>,
    connection: &Connection,
) -> Result<Vec<AttributeDefinition>, StoreError> {
    match connection.provisioning.custom_targets().next() {
        Some(_) => tx.attribute_definitions(connection.account),
        None => Ok(Vec::new()),
    }
}

/// Looks up existing records, and plans the login. Writes nothing, so a preview
/// can use it.
pub(in crate::app) fn decide(
    tx: &mut Tx<'_>,
    connection: &Connection,
    subject: &Subject,
    attributes: &Attributes,
    definitions: &[AttributeDefinition],
) -> Result<LoginPlan, StoreError> {
    let login = LoginInput { definitions, ..LoginInput::new(connection, subject, attributes) };
    Ok(match provisioning::identify(&login) {
        Ok(resolved_subject) => {
            let existing = load_existing(tx, connection, &resolved_subject)?;
            provisioning::plan(&login, &resolved_subject, &existing)
        }
        Err(denial) => denial.into(),
    })
}

/// Looks up only the records that the plan needs: an identity ends the search.
fn load_existing(
    tx: &mut Tx<'_>,
    connection: &Connection,
    resolved_subject: &ResolvedSubject,
) -> Result<ExistingRecords, StoreError> {
    let (account, id) = (connection.account, connection.id);
    let by_identity = match &resolved_subject.subject {
        Some(subject) => tx.existing_user_by_identity(account, id, subject)?,
        None => None,
    };
    let by_email = match (&by_identity, resolved_subject.email_key()) {
        // A user whose SCIM userName is this address is the same person.
        (None, Some(key)) => match tx.existing_user_by_email(account, id, key)? {
            Some(user) => Some(user),
            None => tx.existing_user_by_user_name(account, id, &key.into())?,
        },
        (Some(_), _) | (None, None) => None,
    };
    let user = by_identity.as_ref().or(by_email.as_ref());
    let record = match user {
        Some(user) => existing_record::load(tx, connection, user.id)?,
        None => None,
    };
    let teams = match resolved_subject.teams.as_slice() {
        [] => Vec::new(),
        teams if user.is_none() || record.is_some() => tx.existing_teams(account, teams)?,
        _ => Vec::new(),
    };
    let deleted = match user {
        Some(_) => None,
        None => find_deleted(tx, account, id, resolved_subject)?,
    };
    let taken = match (user, &record) {
        (Some(_), None) => TakenValues::default(),
        (_, record) => find_taken(tx, account, record.as_deref(), resolved_subject)?,
    };
    Ok(ExistingRecords { by_identity, by_email, deleted, teams, record, taken })
}

/// Finds the unique values of an assertion that other users have.
fn find_taken(
    tx: &mut Tx<'_>,
    account: AccountId,
    record: Option<&ExistingRecord>,
    resolved_subject: &ResolvedSubject,
) -> Result<TakenValues, StoreError> {
    let ResolvedSubject { email, external_id, user_name, .. } = resolved_subject;
    let own = record.map(|record| record.user.id);
    let is_other = |users: Vec<(String, UserId)>| users.iter().any(|(_, user)| Some(*user) != own);
    let mut taken = TakenValues::default();
    if let (Some(record), Some(email)) = (record, email)
        && record.user.email.key() != email.value.key()
    {
        let key = email.value.key();
        let keys = std::slice::from_ref(key);
        let has_other_user = is_other(tx.users_by_email(account, keys)?)
            || is_other(tx.users_by_user_name(account, &[key.into()])?);
        let has_deleted_user = !tx.deleted_by_email(account, keys)?.is_empty();
        taken.is_email_taken =
            is_address_taken(has_other_user, has_deleted_user, may_recreate(tx, account)?);
    }
    if let Some(external_id) = external_id {
        let ids = std::slice::from_ref(external_id);
        taken.is_external_id_taken = is_other(tx.users_by_external_id(account, ids)?);
    }
    if let Some(name) = user_name {
        let keys = std::slice::from_ref(name.key());
        taken.is_user_name_taken = is_other(tx.users_by_user_name(account, keys)?);
    }
    Ok(taken)
}

fn may_recreate(tx: &mut Tx<'_>, account: AccountId) -> Result<bool, StoreError> {
    Ok(tx.account(account)?.is_some_and(|account| account.recreate_deleted))
}

/// Finds the tombstone of a person by their subject on the connection, or else by
/// their e-mail address.
fn find_deleted(
    tx: &mut Tx<'_>,
    account: AccountId,
    connection: ConnectionId,
    resolved_subject: &ResolvedSubject,
) -> Result<Option<DeletedUserMatch>, StoreError> {
    let by_subject = match &resolved_subject.subject {
        Some(subject) => tx.deleted_by_subject(account, connection, subject)?,
        None => None,
    };
    let id = match (by_subject, resolved_subject.email_key()) {
        (Some(id), _) => Some(id),
        (None, Some(key)) => tx.deleted_by_email(account, std::slice::from_ref(key))?.pop(),
        (None, None) => None,
    };
    let Some(id) = id else { return Ok(None) };
    Ok(Some(DeletedUserMatch { id, may_return: may_recreate(tx, account)? }))
}
