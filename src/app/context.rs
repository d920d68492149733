//! What every use case works with.

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
    /// What private keys are sealed with.
    pub sealer: Arc<Sealer>,
    /// What the operator has set.
    pub settings: Arc<Settings>,
    /// What records uses behind the responses.
    pub usage: UsageRecorder,
}

/// The operator's settings for the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address by which browsers and identity providers reach us, with a
    /// trailing slash.
    pub base_url: Url,
    /// How long a session lasts.
    pub session_lifetime: TimeDelta,
    /// How long a begun login may take.
    pub request_lifetime: TimeDelta,
    /// How long a token for other services is good; at most 5 minutes.
    pub token_lifetime: TimeDelta,
    /// The `aud` of tokens.
    pub token_audience: String,
    /// Where a browser goes after a login that names no place.
    pub landing: String,
    /// Origins besides our own that a browser may be sent to after a login.
    pub return_origins: Vec<Url>,
    /// How long attempts are kept.
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

    /// The moment at which a use case begins.
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
