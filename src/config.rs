//! Every setting, checked, in one place.
//!
//! Settings come in layers: flags and environment, then one TOML file, then
//! the defaults. [`Layer`] is one of them, [`Config`] what they come to. The
//! default file, `usher.toml`, is the manual.

mod file;
mod validation;

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

pub use self::file::Number;
use self::validation::Judge;

use crate::{
    app::Settings,
    domain::{
        connection::is_web_address,
        field_error::{FieldError, Reason},
        return_to,
    },
    store::DatabaseAddress,
};

/// The default configuration with every setting explained.
pub const DEFAULT_FILE: &str = include_str!("../usher.toml");

/// The most threads that take requests.
const MAX_WORKERS: i64 = 1024;

/// Settings as they are given in one place; what is not given is `None`.
#[derive(Debug, Clone, Default, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(next_help_heading = "Configuration (each also in the configuration file)")]
pub struct Layer {
    /// The address by which browsers and identity providers reach Usher
    #[arg(long, env = "USHER_BASE_URL", global = true, hide_short_help = true)]
    pub base_url: Option<String>,
    /// The address and port to listen on
    #[arg(long, env = "USHER_LISTEN", global = true, hide_short_help = true)]
    pub listen: Option<String>,
    /// The database: `sqlite:FILE` or `postgres://...`
    #[arg(long, env = "USHER_DATABASE", global = true, hide_env_values = true, value_parser = secret)]
    pub database: Option<SecretString>,
    /// The most connections to the database
    #[arg(
        long,
        env = "USHER_DATABASE_CONNECTIONS",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub database_connections: Option<Number>,
    /// Never a flag: others can see those.
    #[arg(skip)]
    pub secret_key: Option<SecretString>,
    /// Holds the secret key; made at the first start
    #[arg(long, env = "USHER_SECRET_KEY_FILE", global = true, hide_short_help = true)]
    pub secret_key_file: Option<PathBuf>,
    /// How long a session lasts, in hours
    #[arg(
        long,
        env = "USHER_SESSION_HOURS",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub session_hours: Option<Number>,
    /// How long a login may take, in minutes
    #[arg(
        long,
        env = "USHER_REQUEST_MINUTES",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub request_minutes: Option<Number>,
    /// How long a token is good, in minutes
    #[arg(
        long,
        env = "USHER_TOKEN_MINUTES",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub token_minutes: Option<Number>,
    /// For whom tokens are made
    #[arg(long, env = "USHER_TOKEN_AUDIENCE", global = true, hide_short_help = true)]
    pub token_audience: Option<String>,
    /// Where a browser goes after a login that names no place
    #[arg(long, env = "USHER_LANDING", global = true, hide_short_help = true)]
    pub landing: Option<String>,
    /// Origins that a browser may be sent to after a login
    #[arg(
        long,
        env = "USHER_RETURN_ORIGINS",
        global = true,
        hide_short_help = true,
        value_delimiter = ','
    )]
    pub return_origins: Option<Vec<String>>,
    /// How long attempts are kept, in days
    #[arg(
        long,
        env = "USHER_ATTEMPT_DAYS",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub attempt_days: Option<Number>,
    /// What is logged, e.g. `info`
    #[arg(long, env = "USHER_LOG", global = true, hide_short_help = true)]
    pub log: Option<String>,
    /// How it is logged: `text` or `json`
    #[arg(long, env = "USHER_LOG_FORMAT", global = true, hide_short_help = true)]
    pub log_format: Option<String>,
    /// The number of threads that take requests; 0 for one a core
    #[arg(
        long,
        env = "USHER_WORKERS",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub workers: Option<Number>,
    /// The seconds that requests in progress have to finish when the server stops
    #[arg(
        long,
        env = "USHER_GRACE",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub grace: Option<Number>,
}

/// What the settings come to. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The database's address.
    pub database: SecretString,
    /// The most connections to it.
    pub database_connections: u32,
    /// What private keys are sealed with.
    pub secret_key: SecretKey,
    /// What the use cases look at.
    pub settings: Settings,
    /// What is logged.
    pub log: String,
    /// How it is logged.
    pub log_format: LogFormat,
    /// The number of threads that take requests; `None` for one a core.
    pub workers: Option<usize>,
    /// How long requests in progress have to finish when the server stops.
    pub grace: Duration,
}

/// Where the secret key is.
#[derive(Debug, Clone)]
pub enum SecretKey {
    /// Given as it is.
    Given(SecretString),
    /// In a file that is made if it is not there.
    File(PathBuf),
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl Layer {
    /// Where the secret key is.
    #[must_use]
    pub fn secret_key(&self) -> SecretKey {
        let input = self.secret_key.clone().filter(|key| !key.expose_secret().is_empty());
        let file = || self.secret_key_file.clone().unwrap_or_else(|| "usher.key".into());
        input.map_or_else(|| SecretKey::File(file()), SecretKey::Given)
    }

    /// The address of the database, unchecked.
    #[must_use]
    pub fn database(&self) -> SecretString {
        self.database.clone().unwrap_or_else(|| "sqlite:usher.sqlite".to_owned().into())
    }

    /// This layer, and where it says nothing, the one below.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            base_url: self.base_url.or(below.base_url),
            listen: self.listen.or(below.listen),
            database: self.database.or(below.database),
            database_connections: self.database_connections.or(below.database_connections),
            secret_key: self.secret_key.or(below.secret_key),
            secret_key_file: self.secret_key_file.or(below.secret_key_file),
            session_hours: self.session_hours.or(below.session_hours),
            request_minutes: self.request_minutes.or(below.request_minutes),
            token_minutes: self.token_minutes.or(below.token_minutes),
            token_audience: self.token_audience.or(below.token_audience),
            landing: self.landing.or(below.landing),
            return_origins: self.return_origins.or(below.return_origins),
            attempt_days: self.attempt_days.or(below.attempt_days),
            log: self.log.or(below.log),
            log_format: self.log_format.or(below.log_format),
            workers: self.workers.or(below.workers),
            grace: self.grace.or(below.grace),
        }
    }
}

impl Config {
    /// Checks the settings, and fills in the defaults.
    ///
    /// # Errors
    /// Every fault at once, each with the setting, the value, and the remedy.
    pub fn new(layer: Layer) -> Result<Self, Vec<FieldError>> {
        let mut validator = Judge::default();
        let secret_key = layer.secret_key();
        let listen = validator.listen(layer.listen.as_deref().unwrap_or("127.0.0.1:8080"));
        let database = layer.database();
        validator.database(database.expose_secret());
        let log_format = validator.log_format(layer.log_format.as_deref().unwrap_or("text"));
        let log = layer.log.unwrap_or_else(|| "info".into());
        validator.log(&log);
        let grace = validator.within("grace", layer.grace, 10, 1, 3600);
        let connections =
            validator.within("database_connections", layer.database_connections, 10, 1, 1000);
        let workers = validator.within("workers", layer.workers, 0, 0, MAX_WORKERS);
        let session_lifetime =
            TimeDelta::hours(validator.within("session_hours", layer.session_hours, 12, 1, 720));
        let request_lifetime = TimeDelta::minutes(validator.within(
            "request_minutes",
            layer.request_minutes,
            10,
            1,
            10,
        ));
        let token_lifetime =
            TimeDelta::minutes(validator.within("token_minutes", layer.token_minutes, 5, 1, 5));
        let attempt_retention =
            TimeDelta::days(validator.within("attempt_days", layer.attempt_days, 90, 1, 3650));
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

    /// The database's address without its password, wherever that stands in it.
    #[must_use]
    pub fn database_shown(&self) -> String {
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
        } = settings;
        writeln!(f, "base_url = {:?}", base_url.as_str())?;
        writeln!(f, "listen = \"{listen}\"")?;
        writeln!(f, "database = {:?}", self.database_shown())?;
        writeln!(f, "database_connections = {database_connections}")?;
        match secret_key {
            SecretKey::Given(_) => writeln!(f, "secret_key = \"(hidden)\"")?,
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

/// Takes a text for a secret, for flags.
fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.to_owned().into())
}

#[cfg(test)]
mod tests;
