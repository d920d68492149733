//! The context of every use case.

use std::sync::Arc;

use chrono::TimeDelta;
use url::Url;

use super::{Error, clock::Clock, sealing::Sealer, usage::UsageRecorder};
use crate::{domain::Timestamp, store::Db};

/// The dependencies of every use case. Cheap to clone; one for a process.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The clock. The only one.
    pub clock: Clock,
    /// Encrypts and decrypts private keys.
    pub sealer: Arc<Sealer>,
    /// The operator's settings.
    pub settings: Arc<Settings>,
    /// What records uses behind the responses.
    pub usage: UsageRecorder,
}

/// The operator's settings for the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The public base URL of this deployment, with a trailing slash.
    pub base_url: Url,
    /// How long a session lasts.
    pub session_lifetime: TimeDelta,
    /// The lifetime of a login request.
    pub request_lifetime: TimeDelta,
    /// The lifetime of a token for other services; at most 5 minutes.
    pub token_lifetime: TimeDelta,
    /// The `aud` of tokens.
    pub token_audience: String,
    /// The redirect target of a login without `return_to`.
    pub landing: String,
    /// The other origins that a browser may be redirected to after a login.
    pub return_origins: Vec<Url>,
    /// The retention of attempts.
    pub attempt_retention: TimeDelta,
    /// Whether a second library has to verify each SAML signature as well.
    pub second_opinion: bool,
}

impl App {
    /// The context of a database.
    #[must_use]
    pub fn new(db: Db, clock: Clock, sealer: Arc<Sealer>, settings: Arc<Settings>) -> Self {
        let usage = UsageRecorder::new(&db);
        Self { db, clock, sealer, settings, usage }
    }

    /// The same context with a database that rolls every write back.
    #[must_use]
    pub fn into_rehearsal(self) -> Self {
        Self { db: self.db.into_rehearsal(), ..self }
    }

    /// The current time, read once at the start of a use case.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether a login could be written, as checked within the last second.
    /// `None` while the check is running. Does not block.
    #[must_use]
    pub fn readiness(&self) -> Option<Result<(), Error>> {
        self.db.readiness().map(|found| found.map_err(Error::from))
    }
}
