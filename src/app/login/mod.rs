//! A login: sent off, come back, decided, written.

mod begin;
mod landing;
mod message;
mod record;
mod settle;
mod write;

pub use self::begin::{Begin, Begun, begin};
pub(super) use self::settle::{Decided, decide};
use self::{
    message::Kept,
    record::Record,
    settle::{Settled, settle},
};
use super::{App, Error, keys, random::Secret, service_provider::Addresses};
use crate::{
    domain::{
        Timestamp,
        attempt::{Attempt, Reference},
        check::Check,
        connection::Connection,
        id::ConnectionId,
        session::PendingRequest,
    },
    saml::response::{self, Expectations, Received, RequestState, Verdict},
    store::Tx,
};

/// What a browser posted to the assertion consumer service.
#[derive(Debug, Clone, Copy)]
pub struct Posted<'a> {
    /// The connection whose address was posted to.
    pub connection: ConnectionId,
    /// The form's `SAMLResponse`.
    pub saml_response: Option<&'a str>,
    /// The form's `RelayState`.
    pub relay_state: Option<&'a str>,
    /// The cookie of the browser, if it has begun a login here before.
    pub browser: Option<&'a str>,
}

/// How a login ended.
#[derive(Debug)]
pub enum Completed {
    /// Somebody is signed in.
    SignedIn {
        /// The secret of the session's cookie.
        cookie: Secret,
        /// Until when the session lasts.
        expires_at: Timestamp,
        /// Where the browser goes on to.
        go_to: String,
    },
    /// Nobody is.
    Refused {
        /// What the person can quote.
        reference: Reference,
    },
}

/// Takes a response that was posted to a connection: verifies it, decides what
/// the login does, does it, and opens a session.
///
/// Everything is written in one transaction, or, when nobody is let in,
/// nothing but the attempt.
///
/// # Errors
/// [`Error::NotFound`] if there is no such connection. Anything else is ours,
/// not the sender's.
pub fn complete(app: &App, posted: &Posted<'_>) -> Result<Completed, Error> {
    let now = app.now();
    let received = response::open(posted.saml_response);
    let (connection, request) = app.db.read(|tx| {
        let connection = tx.connection(posted.connection)?;
        let connection =
            connection.ok_or_else(|| Error::not_found("connection", posted.connection))?;
        let request = match &received {
            Ok(received) => Request::find(tx, &connection, received, posted.browser, now)?,
            Err(_) => Request::NotAsked,
        };
        Ok::<_, Error>((connection, request))
    })?;
    let record = Record::new(&connection, now)?;
    let message = message::keep(app, &connection, &record, posted.saml_response)?;
    let message = message.as_ref();
    let received = match received {
        Ok(received) => received,
        Err(mut checks) => {
            checks.extend([Check::not_run(RELAY_STATE), Check::not_run(REPLAY)]);
            return refuse(app, &record.rejected(checks), message);
        }
    };
    let verdict = judge(app, &connection, &received, request.state(), now, response::verify)?;
    let relay_state = landing::check(app, &connection, request.pending(), posted.relay_state);
    let Verdict { mut checks, assertion } = verdict;
    let relayed = relay_state.is_ok();
    checks.push(relay_state.unwrap_or_else(|failed| failed));

    match assertion.filter(|_| relayed) {
        None => {
            checks.push(Check::not_run(REPLAY));
            refuse(app, &record.rejected(checks), message)
        }
        Some(assertion) => {
            match settle(app, &connection, request.pending(), assertion, record, checks, message)? {
                Settled::SignedIn { cookie, expires_at } => {
                    let go_to =
                        landing::after(app, &connection, request.pending(), posted.relay_state);
                    Ok(Completed::SignedIn { cookie, expires_at, go_to })
                }
                Settled::Refused { reference } => Ok(Completed::Refused { reference }),
            }
        }
    }
}

/// What is known of the request that a response says it answers.
enum Request {
    NotAsked,
    Pending(PendingRequest),
    Unknown(&'static str),
}

impl Request {
    fn find(
        tx: &mut Tx<'_>,
        connection: &Connection,
        received: &Received,
        browser: Option<&str>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let Some(id) = received.in_response_to() else { return Ok(Self::NotAsked) };
        let Some(request) = tx.pending_request(connection.id, id)? else {
            return Ok(Self::Unknown(
                "no login with this ID is under way on this connection, or it has come back already",
            ));
        };
        if request.expires_at <= now {
            return Ok(Self::Unknown("the login with this ID was begun too long ago"));
        }
        let Some(browser) = browser.and_then(Secret::shown) else {
            return Ok(Self::Unknown("this browser has no cookie of a login that it has begun"));
        };
        if !openssl::memcmp::eq(&browser.hash, &request.browser_hash) {
            return Ok(Self::Unknown("the login with this ID was begun in another browser"));
        }
        Ok(Self::Pending(request))
    }

    fn pending(&self) -> Option<&PendingRequest> {
        match self {
            Self::Pending(request) => Some(request),
            Self::NotAsked | Self::Unknown(_) => None,
        }
    }

    fn state(&self) -> RequestState<'_> {
        match self {
            Self::NotAsked => RequestState::NotAsked,
            Self::Pending(request) => RequestState::Pending(&request.id),
            Self::Unknown(why) => RequestState::Unknown(why),
        }
    }
}

/// Judges a response by what its connection expects: a login by
/// [`response::verify`], a preview by [`response::examine`].
pub(super) fn judge<V>(
    app: &App,
    connection: &Connection,
    received: &Received,
    request: RequestState<'_>,
    now: Timestamp,
    how: impl FnOnce(&Received, &Expectations<'_>, Timestamp) -> V,
) -> Result<V, Error> {
    let addresses = Addresses::of(&app.settings.base_url, connection.id);
    let decryption_keys = match received.is_encrypted() {
        true => keys::decryption(app, connection.account)?,
        false => Vec::new(),
    };
    let expected = Expectations {
        idp_entity_id: &connection.idp.entity_id,
        certificates: &connection.idp.certificates,
        sp_entity_id: &addresses.entity_id,
        acs_url: &addresses.acs,
        policy: &connection.saml,
        request,
        decryption_keys: &decryption_keys,
    };
    Ok(how(received, &expected, now))
}

/// Writes an attempt that let nobody in, and nothing else.
fn refuse(app: &App, attempt: &Attempt, message: Option<&Kept>) -> Result<Completed, Error> {
    app.db.write(|tx| message::insert(tx, attempt, message))?;
    Ok(Completed::Refused { reference: attempt.reference.clone() })
}

/// The check that the login path itself makes: whether the assertion was seen
/// before.
pub(super) const REPLAY: &str = "replay";

/// The check of where the browser goes on to.
pub(super) const RELAY_STATE: &str = landing::ID;

pub(super) fn replay_check(fresh: bool) -> Check {
    let got = if fresh { "not seen before" } else { "seen before" };
    Check::of(REPLAY, fresh, "an assertion that was not used before", got)
}
