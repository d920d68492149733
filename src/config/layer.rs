//! One layer of settings: flags and environment, or a file.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// The settings of one layer. A setting that the layer does not have is `None`.
#[derive(Debug, Clone, Default, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[command(next_help_heading = "Configuration (each also in the configuration file)")]
pub struct SettingsLayer {
    /// The URL by which browsers and identity providers reach Usher
    #[arg(long, env = "USHER_BASE_URL", global = true, hide_short_help = true)]
    pub base_url: Option<String>,
    /// The address and port to listen on
    #[arg(long, env = "USHER_LISTEN", global = true, hide_short_help = true)]
    pub listen: Option<String>,
    /// The database: `sqlite:FILE` or `postgres://...`
    #[arg(long, env = "USHER_DATABASE", global = true, hide_env_values = true, value_parser = secret)]
    pub database: Option<SecretString>,
    /// The maximum number of connections to the database
    #[arg(
        long,
        env = "USHER_DATABASE_CONNECTIONS",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub database_connections: Option<Number>,
    /// Not a flag, because other users can see flags.
    #[arg(skip)]
    pub secret_key: Option<SecretString>,
    /// The file of the secret key; created at the first start
    #[arg(long, env = "USHER_SECRET_KEY_FILE", global = true, hide_short_help = true)]
    pub secret_key_file: Option<PathBuf>,
    /// The lifetime of a session, in hours
    #[arg(
        long,
        env = "USHER_SESSION_HOURS",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub session_hours: Option<Number>,
    /// The lifetime of a login request, in minutes
    #[arg(
        long,
        env = "USHER_REQUEST_MINUTES",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub request_minutes: Option<Number>,
    /// The lifetime of a token, in minutes
    #[arg(
        long,
        env = "USHER_TOKEN_MINUTES",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub token_minutes: Option<Number>,
    /// The audience of tokens
    #[arg(long, env = "USHER_TOKEN_AUDIENCE", global = true, hide_short_help = true)]
    pub token_audience: Option<String>,
    /// The redirect target after a login without `return_to`
    #[arg(long, env = "USHER_LANDING", global = true, hide_short_help = true)]
    pub landing: Option<String>,
    /// The other origins that a browser may be redirected to after a login
    #[arg(
        long,
        env = "USHER_RETURN_ORIGINS",
        global = true,
        hide_short_help = true,
        value_delimiter = ','
    )]
    pub return_origins: Option<Vec<String>>,
    /// The retention of attempts, in days
    #[arg(
        long,
        env = "USHER_ATTEMPT_DAYS",
        global = true,
        hide_short_help = true,
        allow_negative_numbers = true,
        value_parser = Number::read
    )]
    pub attempt_days: Option<Number>,
    /// Whether a second library must also verify each SAML signature: true or false
    #[arg(
        long,
        env = "USHER_SECOND_OPINION",
        global = true,
        hide_short_help = true,
        value_parser = Switch::read
    )]
    pub second_opinion: Option<Switch>,
    /// The filter of the log, e.g. `info`
    #[arg(long, env = "USHER_LOG", global = true, hide_short_help = true)]
    pub log: Option<String>,
    /// The format of the log: `text` or `json`
    #[arg(long, env = "USHER_LOG_FORMAT", global = true, hide_short_help = true)]
    pub log_format: Option<String>,
    /// The number of threads that accept requests; 0 for one per core
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

/// The source of the secret key.
#[derive(Debug, Clone)]
pub enum SecretKey {
    /// The key itself.
    Value(SecretString),
    /// The path of a file, which is created if it does not exist.
    File(PathBuf),
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

impl SettingsLayer {
    /// The source of the secret key.
    #[must_use]
    pub fn secret_key(&self) -> SecretKey {
        let input = self.secret_key.clone().filter(|key| !key.expose_secret().is_empty());
        let file = || self.secret_key_file.clone().unwrap_or_else(|| "usher.key".into());
        input.map_or_else(|| SecretKey::File(file()), SecretKey::Value)
    }

    /// The address of the database, unchecked.
    #[must_use]
    pub fn database(&self) -> SecretString {
        self.database.clone().unwrap_or_else(|| "sqlite:usher.sqlite".to_owned().into())
    }

    /// Merges this layer over the one below.
    #[must_use]
    pub fn merge_over(self, below: Self) -> Self {
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
            second_opinion: self.second_opinion.or(below.second_opinion),
            log: self.log.or(below.log),
            log_format: self.log_format.or(below.log_format),
            workers: self.workers.or(below.workers),
            grace: self.grace.or(below.grace),
        }
    }
}

/// A setting that should be a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// Something else.
    Invalid(String),
}

impl Number {
    /// Reads a flag or a variable of the environment.
    ///
    /// # Errors
    /// Never: other text is reported with the errors of all settings.
    pub fn read(text: &str) -> Result<Self, std::convert::Infallible> {
        Ok(text.trim().parse().map_or_else(|_| Self::Invalid(text.to_owned()), Self::Whole))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match toml::Value::deserialize(deserializer)? {
            toml::Value::Integer(number) => Self::Whole(number),
            // Without the quotes of the file.
            toml::Value::String(text) => Self::Invalid(text),
            other => Self::Invalid(other.to_string()),
        })
    }
}

/// A setting that should be `true` or `false`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Switch {
    /// A boolean.
    Valid(bool),
    /// Something else.
    Invalid(String),
}

impl Switch {
    /// Reads a flag or a variable of the environment.
    ///
    /// # Errors
    /// Never: other text is reported with the errors of all settings.
    pub fn read(text: &str) -> Result<Self, std::convert::Infallible> {
        Ok(text.trim().parse().map_or_else(|_| Self::Invalid(text.to_owned()), Self::Valid))
    }
}

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match toml::Value::deserialize(deserializer)? {
            toml::Value::Boolean(value) => Self::Valid(value),
            // Without the quotes of the file.
            toml::Value::String(text) => Self::Invalid(text),
            other => Self::Invalid(other.to_string()),
        })
    }
}

/// Takes a text for a secret, for flags.
fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.to_owned().into())
}
