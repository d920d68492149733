//! Logins: the request to the identity provider, and the processing of its
//! response.

mod attempt_builder;
mod checks;
mod existing_record;
mod form_post;
mod known_user;
mod login_start;
mod message;
mod plan_writer;
mod redirect_target;
mod request;
mod resubmission;
mod sign_in;

use self::{
    attempt_builder::AttemptBuilder,
    message::RetainedMessage,
    request::Request,
    resubmission::Resubmission,
    sign_in::{OpenedSession, SignIn, SignInOutcome},
};
pub(super) use self::{
    checks::{check_needs_are_clear, replay_check},
    sign_in::{decide, load_definitions},
};
pub use self::{
    form_post::PostedResponse,
    login_start::{LoginRequest, LoginStart, begin},
    request::SealedRequest,
};
use super::{App, Error, key_pairs, random::Secret, service_provider::ServiceProviderAddresses};
use crate::{
    domain::{
        Timestamp,
        attempt::{Attempt, AttemptOutcome, AttemptReference},
        check::CheckId,
        connection::Connection,
        id::ConnectionId,
        provisioning::Decision,
    },
    saml::response::{self, Expectations, ReceivedResponse, RequestState, Verdict},
};

/// How a login ended.
#[derive(Debug)]
pub enum CompletedLogin {
    /// The person is signed in.
    SignedIn {
        /// The secret of the session's cookie.
        cookie: Secret,
        /// Until when the session lasts.
        expires_at: Timestamp,
        /// The redirect target.
        go_to: String,
        /// The summary for the log.
        summary: LoginSummary,
    },
    /// The person is not signed in.
    Failed {
        /// The summary for the log. The person can quote its reference.
        summary: LoginSummary,
    },
    /// The browser posted the response again that opened its session. Nothing changes.
    Resubmitted {
        /// The redirect target of that login.
        redirect_to: String,
    },
}

/// The summary of a login for the log. It has no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSummary {
    /// The slug of the account.
    pub account: String,
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub connection_name: String,
    /// The reference of the attempt, which the person can quote.
    pub reference: AttemptReference,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The first check that failed, if one has.
    pub failed_check: Option<CheckId>,
    /// The code of the denial, if a rule denied the login.
    pub denial: Option<&'static str>,
}

/// Processes a response that was posted to a connection: verifies it, plans the
/// login, applies the plan, and opens a session.
///
/// A sign-in is written in one transaction. A failed login writes the attempt and the message
/// that is retained and, if the assertion was valid, that the request was answered.
///
/// # Errors
/// [`Error::NotFound`] if there is no such connection. All other errors are
/// internal.
pub fn complete(app: &App, posted: &PostedResponse<'_>) -> Result<CompletedLogin, Error> {
    let now = app.now();
    let received = response::decode_form(&response::PostedForm {
        saml_response: posted.saml_response,
        repeated: posted.repeated,
        has_wresult: posted.has_wresult,
    });
    let (connection, account) = load_connection(app, posted.connection)?;
    let request = match &received {
        Ok(received) => Request::find(app, &connection, received, posted.requests, now),
        Err(_) => Request::Unsolicited,
    };
    let login = UnverifiedLogin { connection, account, request };
    let record = AttemptBuilder::new(&login.connection, now)?;
    match received {
        Ok(received) => login.process(app, posted, &received, record),
        Err(checks) => {
            let connection = &login.connection;
            let message =
                message::seal_message(app, connection, &record, posted.saml_response, None)?;
            login.record_failure(app, &record.finish_rejected(checks), message.as_ref())
        }
    }
}

/// Loads a connection, and the slug of its account.
fn load_connection(app: &App, id: ConnectionId) -> Result<(Connection, String), Error> {
    let found = app.db.query(|tx| tx.connection_with_account(id))?;
    found.ok_or_else(|| Error::not_found("connection", id))
}

/// A received response with its connection and request, before verification.
struct UnverifiedLogin {
    connection: Connection,
    /// The slug of the account.
    account: String,
    request: Request,
}

impl UnverifiedLogin {
    fn process(
        self,
        app: &App,
        posted: &PostedResponse<'_>,
        received: &ReceivedResponse,
        record: AttemptBuilder,
    ) -> Result<CompletedLogin, Error> {
        let (connection, request) = (&self.connection, self.request.pending());
        let resubmission = Resubmission { posted, received, request: &self.request };
        let state = self.request.state();
        let verdict =
            examine(app, connection, received, state, record.started_at(), response::verify)?;
        let relay_state = redirect_target::check(app, connection, request, posted.relay_state);
        let Verdict { mut checks, assertion, claims } = verdict;
        let claims = claims.as_ref();
        let message =
            message::seal_message(app, connection, &record, posted.saml_response, claims)?;
        let message = message.as_ref();
        let record = claims
            .into_iter()
            .fold(record, |record, claims| record.with_claims(connection, claims));
        checks.record(relay_state);
        let relay_state_passed = !checks.any_failed(&[CheckId::RelayState]);
        let Some(assertion) = assertion.filter(|_| relay_state_passed) else {
            let now = record.started_at();
            let target = app.db.read(|tx| resubmission.find_redirect(tx, now))?;
            return match target {
                Some(redirect_to) => Ok(CompletedLogin::Resubmitted { redirect_to }),
                None => self.record_failure(app, &record.finish_rejected(checks), message),
            };
        };
        let go_to = redirect_target::resolve(app, connection, request, posted.relay_state);
        let sign_in = SignIn {
            app,
            connection,
            assertion: &assertion,
            record: &record,
            checks: &checks,
            message,
            resubmission: &resubmission,
            redirect_to: &go_to,
        };
        Ok(match sign_in.run()? {
            SignInOutcome::SignedIn(opened) => {
                let OpenedSession { cookie, expires_at, attempt, .. } = *opened;
                let summary = self.summary(&attempt);
                CompletedLogin::SignedIn { cookie, expires_at, go_to, summary }
            }
            SignInOutcome::Failed { attempt } => {
                CompletedLogin::Failed { summary: self.summary(&attempt) }
            }
            SignInOutcome::Resubmitted { redirect_to } => {
                CompletedLogin::Resubmitted { redirect_to }
            }
        })
    }

    /// Writes a rejected attempt, with its message if that is retained.
    fn record_failure(
        &self,
        app: &App,
        attempt: &Attempt,
        message: Option<&RetainedMessage>,
    ) -> Result<CompletedLogin, Error> {
        app.db.write_for(attempt.account, |tx| message::insert_attempt(tx, attempt, message))?;
        Ok(CompletedLogin::Failed { summary: self.summary(attempt) })
    }

    fn summary(&self, attempt: &Attempt) -> LoginSummary {
        let Attempt { reference, outcome, checks, plan, .. } = attempt;
        let failed = checks.failed().next();
        let denial = match plan.as_ref().map(|plan| &plan.decision) {
            Some(Decision::Deny(denial)) => Some(denial.code()),
            Some(Decision::Create(_) | Decision::Claim(_) | Decision::SignIn(_)) | None => None,
        };
        LoginSummary {
            account: self.account.clone(),
            connection: self.connection.id,
            connection_name: self.connection.name.clone(),
            reference: reference.clone(),
            outcome: *outcome,
            failed_check: failed.map(|check| check.id),
            denial,
        }
    }
}

/// Checks a response against its connection: a login with [`response::verify`], a
/// preview with [`response::examine`].
pub(super) fn examine<V>(
    app: &App,
    connection: &Connection,
    received: &ReceivedResponse,
    request: RequestState<'_>,
    now: Timestamp,
    verify: impl FnOnce(&ReceivedResponse, &Expectations<'_>, Timestamp) -> V,
) -> Result<V, Error> {
    let addresses = ServiceProviderAddresses::new(&app.settings.base_url, connection.id);
    let decryption_keys = match received.is_encrypted() {
        true => key_pairs::load_decryption_keys(app, connection.account)?,
        false => Vec::new(),
    };
    let expected = Expectations {
        idp_entity_id: &connection.idp.entity_id,
        certificates: &connection.idp.certificates,
        ignored: &connection.idp.ignored,
        sp_entity_id: &addresses.entity_id,
        acs_url: &addresses.acs,
        policy: &connection.saml,
        subject_attribute: connection.provisioning.subject_attribute(),
        request,
        decryption_keys: &decryption_keys,
        second_opinion: app.settings.second_opinion,
    };
    Ok(verify(received, &expected, now))
}
