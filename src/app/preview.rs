//! The preview of a login: what it would do, without doing it.
//!
//! Uses the same checks and plan as a login, in a read-only transaction. It
//! consumes neither a request nor an assertion.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{App, Error, attempts, callers::Caller, login};
use crate::{
    domain::{
        attempt::{self, AttemptOutcome},
        attributes::Attributes,
        check::{Check, CheckId, Checks},
        connection::Connection,
        field_error::{FieldError, Reason},
        id::{AttemptId, ConnectionId},
        provisioning::{self, LoginInput, LoginPlan, Plan, StatedSubject, Subject},
        user::User,
    },
    saml::response::{self, Examination, RequestState, SignedClaims},
    store::{StoreError, Tx},
};

/// The source of a previewed login.
#[derive(Debug, Clone)]
pub enum PreviewSource {
    /// A message as it is posted: base64 of XML.
    Message(String),
    /// The claims of a hypothetical valid assertion.
    Person {
        /// Its subject.
        subject: Subject,
        /// Its attributes.
        attributes: Attributes,
    },
    /// An attempt, whose message is checked again.
    Attempt(AttemptId),
}

/// What a login would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// How it would end.
    pub outcome: AttemptOutcome,
    /// How it would end if no check had failed. Set if a check failed and the
    /// message can still be read.
    pub would_be: Option<AttemptOutcome>,
    /// The checks of the message. `None` if there is no message.
    pub checks: Option<Checks>,
    /// The subject of the message.
    pub subject: Option<String>,
    /// The e-mail address that was found.
    pub email: Option<String>,
    /// The plan, if the message can be read. A login would apply it only if no
    /// check failed.
    pub plan: Option<Plan>,
    /// The user of the account whom the plan is about, as they are now.
    pub user: Option<User>,
}

impl Preview {
    /// Why the login would end so, as a sentence.
    #[must_use]
    pub fn explanation(&self) -> String {
        attempt::explain(self.outcome, self.checks.as_ref(), self.plan.as_ref())
    }
}

/// Returns what a login through a connection would do now. Writes nothing.
///
/// # Errors
/// [`Error::NotFound`] if the account has no such connection, or the connection no such
/// attempt; [`Error::Invalid`] if the attempt's message is not retained.
pub fn preview(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    source: &PreviewSource,
) -> Result<Preview, Error> {
    let connection = app.db.read(|tx| tx.connection(id).map_err(Error::from))?;
    let connection = connection.filter(|connection| connection.account == caller.author.account);
    let connection = connection.ok_or_else(|| Error::not_found("connection", id))?;
    match source {
        PreviewSource::Message(posted) => preview_message(app, &connection, posted),
        PreviewSource::Attempt(attempt) => {
            let xml = load_message(app, caller, &connection, *attempt)?;
            preview_message(app, &connection, &BASE64_STANDARD.encode(xml))
        }
        PreviewSource::Person { subject, attributes } => {
            let planned = app.db.read(|tx| {
                PlannedLogin::decide(tx, &connection, subject, attributes).map_err(Error::from)
            })?;
            Ok(planned.into_preview(None))
        }
    }
}

/// The message of an attempt on the connection.
fn load_message(
    app: &App,
    caller: &Caller,
    connection: &Connection,
    id: AttemptId,
) -> Result<Vec<u8>, Error> {
    let view = match attempts::get(app, caller, id) {
        Ok(view) if view.attempt.connection == connection.id => view,
        Ok(_) | Err(Error::NotFound { .. }) => {
            let reason =
                "must be the ID of an attempt on this connection: list the attempts to find the ID";
            return Err(FieldError::new("attemptId", id.to_string(), reason).into());
        }
        Err(error) => return Err(error),
    };
    if view.has_message {
        return Ok(attempts::read_message(app, caller, id)?.1);
    }
    let (statement, remedy) = match connection.saml.keep_messages_hours {
        0 => (
            "has no message to verify again: this connection retains none".to_owned(),
            "Set keepMessagesHours of the connection, and log in again.",
        ),
        hours => (
            format!(
                "has no message to verify again: it was deleted after {hours} hours (keepMessagesHours), arrived before that was set, or could not be decoded"
            ),
            "Use a later attempt, or send its samlResponse.",
        ),
    };
    let reason = Reason::new(statement, "an attempt whose message is retained", remedy);
    Err(FieldError::new("attemptId", id.to_string(), reason).into())
}

fn preview_message(app: &App, connection: &Connection, posted: &str) -> Result<Preview, Error> {
    let now = app.now();
    let received = match response::decode(Some(posted)) {
        Ok(received) => received,
        Err(checks) => return Ok(Preview::unreadable(checks)),
    };
    let request = match received.in_response_to() {
        Some(request) => RequestState::NotLookedUp(request),
        None => RequestState::Unsolicited,
    };
    let Examination { mut checks, claims } =
        login::examine(app, connection, &received, request, now, response::examine)?;
    checks.record(Check::not_run(
        CheckId::RelayState,
        "the value sent with the request, or none",
        "a preview has none",
    ));
    let Some(SignedClaims { id, subject, attributes }) = claims else {
        return Ok(Preview::unreadable(checks));
    };
    app.db.read(|tx| {
        let is_replayed = tx.is_remembered(connection.account, connection.id, &id, now)?;
        let mut checks = checks.clone();
        checks.record(login::replay_check(!is_replayed));
        let planned = PlannedLogin::decide(tx, connection, &subject, &attributes)?;
        let decision = &planned.plan.decision;
        let clear = login::check_needs_are_clear(connection, &subject, &attributes, decision);
        clear.into_iter().for_each(|failed| checks.record(failed));
        Ok(planned.into_preview(Some(checks)))
    })
}

impl Preview {
    /// The preview of a message without claims that could be trusted.
    fn unreadable(checks: Checks) -> Self {
        Self {
            outcome: AttemptOutcome::Rejected,
            would_be: None,
            checks: Some(checks),
            subject: None,
            email: None,
            plan: None,
            user: None,
        }
    }
}

/// The plan of a login, its subject, and the user whom it concerns.
struct PlannedLogin {
    stated: StatedSubject,
    plan: Plan,
    user: Option<User>,
}

impl PlannedLogin {
    fn decide(
        tx: &mut Tx<'_>,
        connection: &Connection,
        subject: &Subject,
        attributes: &Attributes,
    ) -> Result<Self, StoreError> {
        let definitions = login::load_definitions(tx, connection)?;
        let LoginPlan { plan, update: _ } =
            login::decide(tx, connection, subject, attributes, &definitions)?;
        let user = match plan.decision.user() {
            Some(user) => tx.user(connection.account, user)?,
            None => None,
        };
        let stated =
            provisioning::extract_subject(&LoginInput::new(connection, subject, attributes));
        Ok(Self { stated, plan, user })
    }

    fn into_preview(self, checks: Option<Checks>) -> Preview {
        let Self { stated: StatedSubject { subject, email }, plan, user } = self;
        let planned = AttemptOutcome::from_decision(&plan.decision);
        let rejected = checks.iter().any(|checks| checks.failed().next().is_some());
        Preview {
            outcome: if rejected { AttemptOutcome::Rejected } else { planned },
            would_be: rejected.then_some(planned),
            checks,
            subject,
            email,
            plan: Some(plan),
            user,
        }
    }
}
