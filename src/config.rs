//! The configuration.
//!
//! Settings come in layers: flags and environment, then one TOML file, then
//! the defaults. [`SettingsLayer`] is one layer, [`Config`] the checked result.
//! The default file, `usher.toml`, is the manual.

mod file;
mod layer;
mod validation;

use std::{fmt, net::SocketAddr, time::Duration};

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};

pub use self::layer::{LogFormat, Number, SecretKey, SettingsLayer, Switch};
use self::validation::ConfigValidator;
use crate::{app::Settings, domain::field_error::FieldError, store::DatabaseAddress};

/// The default configuration with every setting explained.
pub const DEFAULT_FILE: &str = include_str!("../usher.toml");

/// The maximum number of threads that take requests.
const MAX_WORKERS: i64 = 1024;

/// The checked settings of all layers. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The database's address.
    pub database: SecretString,
    /// The most connections to it.
    pub database_connections: u32,
    /// The key that seals private keys.
    pub secret_key: SecretKey,
    /// The settings of the use cases.
    pub settings: Settings,
    /// The filter of the log.
    pub log: String,
    /// The format of the log.
    pub log_format: LogFormat,
    /// The number of threads that take requests; `None` for one a core.
    pub workers: Option<usize>,
    /// How long requests in progress have to finish when the server stops.
    pub grace: Duration,
}

impl Config {
    /// Checks the settings, and fills in the defaults.
    ///
    /// # Errors
    /// Every error at once, each with the setting, the value, and the remedy.
    pub fn new(layer: SettingsLayer) -> Result<Self, Vec<FieldError>> {
        let mut validator = ConfigValidator::default();
        let secret_key = layer.secret_key();
        let listen = validator.listen(layer.listen.as_deref().unwrap_or("127.0.0.1:8080"));
        let database = layer.database();
        validator.database(database.expose_secret());
        let log_format = validator.log_format(layer.log_format.as_deref().unwrap_or("text"));
        let log = layer.log.unwrap_or_else(|| "info".into());
        validator.log(&log);
        let grace = validator.number("grace", layer.grace, 10, 1, 3600);
        let connections =
            validator.number("database_connections", layer.database_connections, 10, 1, 1000);
        let workers = validator.number("workers", layer.workers, 0, 0, MAX_WORKERS);
        let session_lifetime =
            TimeDelta::hours(validator.number("session_hours", layer.session_hours, 12, 1, 720));
        let request_lifetime = TimeDelta::minutes(validator.number(
            "request_minutes",
            layer.request_minutes,
            10,
            1,
            10,
        ));
        let token_lifetime =
            TimeDelta::minutes(validator.number("token_minutes", layer.token_minutes, 5, 1, 5));
        let attempt_retention =
            TimeDelta::days(validator.number("attempt_days", layer.attempt_days, 90, 1, 3650));
        let second_opinion = validator.switch("second_opinion", layer.second_opinion, false);
        let origins = layer.return_origins.unwrap_or_default();
        let return_origins =
            origins.iter().filter_map(|origin| validator.origin(origin)).collect::<Vec<_>>();
        let base_url =
            validator.base_url(layer.base_url.as_deref().unwrap_or("http://localhost:8080"));
        let landing = layer.landing.unwrap_or_else(|| "/".into());
        let landing = validator.landing(landing, base_url.as_ref(), &return_origins);
        validator.secret_key(&secret_key);
        let Some(base_url) = base_url.filter(|_| validator.0.is_empty()) else {
            return Err(validator.0);
        };
        let audience = layer.token_audience.filter(|audience| !audience.is_empty());
        let settings = Settings {
            token_audience: audience
                .unwrap_or_else(|| base_url.as_str().trim_end_matches('/').to_owned()),
            base_url,
            session_lifetime,
            request_lifetime,
            token_lifetime,
            landing,
            return_origins,
            attempt_retention,
            second_opinion,
        };
        Ok(Self {
            listen,
            database,
            database_connections: u32::try_from(connections).unwrap_or(1),
            secret_key,
            settings,
            log,
            log_format,
            workers: usize::try_from(workers).ok().filter(|workers| *workers > 0),
            grace: Duration::from_secs(u64::try_from(grace).unwrap_or(1)),
        })
    }

    /// The database's address without its password.
    #[must_use]
    pub fn redacted_database(&self) -> String {
        DatabaseAddress::redact(self.database.expose_secret())
    }
}

impl fmt::Display for Config {
    /// Writes the settings as TOML, without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            listen,
            database: _,
            database_connections,
            secret_key,
            settings,
            log,
            log_format,
            workers,
            grace,
        } = self;
        let Settings {
            base_url,
            session_lifetime,
            request_lifetime,
            token_lifetime,
            token_audience,
            landing,
            return_origins,
            attempt_retention,
            second_opinion,
        } = settings;
        writeln!(f, "base_url = {:?}", base_url.as_str())?;
        writeln!(f, "listen = \"{listen}\"")?;
        writeln!(f, "database = {:?}", self.redacted_database())?;
        writeln!(f, "database_connections = {database_connections}")?;
        match secret_key {
            SecretKey::Value(_) => writeln!(f, "secret_key = \"(hidden)\"")?,
            SecretKey::File(path) => {
                writeln!(f, "secret_key_file = {:?}", path.display().to_string())?
            }
        }
        writeln!(f, "session_hours = {}", session_lifetime.num_hours())?;
        writeln!(f, "request_minutes = {}", request_lifetime.num_minutes())?;
        writeln!(f, "token_minutes = {}", token_lifetime.num_minutes())?;
        writeln!(f, "token_audience = {token_audience:?}")?;
        writeln!(f, "landing = {landing:?}")?;
        let origins =
            return_origins.iter().map(|url| url.origin().ascii_serialization()).collect::<Vec<_>>();
        writeln!(f, "return_origins = {origins:?}")?;
        writeln!(f, "attempt_days = {}", attempt_retention.num_days())?;
        writeln!(f, "second_opinion = {second_opinion}")?;
        writeln!(f, "log = {log:?}")?;
        let format = match log_format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        };
        writeln!(f, "log_format = \"{format}\"")?;
        writeln!(f, "workers = {}", workers.unwrap_or(0))?;
        writeln!(f, "grace = {}", grace.as_secs())
    }
}

#[cfg(test)]
mod tests;
