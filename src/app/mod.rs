//! The use cases: one function for each thing that a caller can want.
//!
//! A use case reads what is known, asks the rules, and writes what they say,
//! in one transaction. It decides nothing itself, and knows no HTTP and no
//! SQL.

pub mod accounts;
pub mod api_keys;
pub mod attempts;
pub mod audit;
pub mod callers;
pub mod clock;
pub mod connections;
pub mod deleted_users;
pub mod error;
pub mod housekeeping;
pub mod idempotency;
pub mod import;
pub mod keys;
pub mod listing;
pub mod login;
pub mod members;
pub mod preview;
pub mod random;
pub mod scim;
pub mod scim_clients;
pub mod sealing;
pub mod service_provider;
pub mod sessions;
pub mod teams;
pub mod tokens;
pub mod users;
mod writing;

use std::sync::Arc;

use chrono::TimeDelta;
use url::Url;

pub use self::error::{Error, Refusal};
pub use crate::store::with_deadline;
use crate::{domain::Timestamp, store::Db};

/// What every use case works with. Cheap to clone; one for a process.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The clock. The only one.
    pub clock: clock::Clock,
    /// What private keys are sealed with.
    pub sealer: Arc<sealing::Sealer>,
    /// What the operator has set.
    pub settings: Arc<Settings>,
}

/// What an operator can set that the use cases look at.
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
}

impl App {
    /// The moment at which a use case begins.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Prepares a fresh database for serving: the keys of the deployment, and
    /// the account `default`, unless they are there.
    ///
    /// # Errors
    /// If the database can't be used, or holds keys that were sealed with
    /// another secret key.
    pub fn prepare(&self) -> Result<(), Error> {
        tokens::ensure_key(self)?;
        accounts::ensure_default(self)?;
        Ok(())
    }

    /// Whether the private keys in the database can be opened.
    ///
    /// # Errors
    /// [`Error::Sealed`] if they were sealed with another secret key.
    pub fn check_keys(&self) -> Result<(), Error> {
        tokens::check_key(self)
    }

    /// Whether a login could be written at this moment; at most a second old.
    /// `None` while it is being found out: ask again in a moment. Does not block.
    #[must_use]
    pub fn readiness(&self) -> Option<Result<(), Error>> {
        self.db.readiness().map(|found| found.map_err(Error::from))
    }
}
