//! Addresses of databases: parsing, defaults, and printing without a password.

mod key_value;
mod parameters;
mod url;

use std::fmt;

pub use self::parameters::AddressError;
use self::parameters::HIDDEN;

/// How connections to PostgreSQL are opened unless the address says otherwise:
/// a machine that vanished is noticed within seconds instead of minutes.
const CONNECTION_DEFAULTS: [(&str, &str); 6] = [
    // Seconds, for each host.
    ("connect_timeout", "3"),
    // Milliseconds until data that was sent must be acknowledged.
    ("tcp_user_timeout", "5000"),
    // Seconds, for a connection on which we wait for a response.
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("fallback_application_name", "usher"),
];

/// Of several hosts, the one that takes writes, unless the address says
/// otherwise.
const MULTI_HOST_DEFAULT: (&str, &str) = ("target_session_attrs", "read-write");

/// Schemes that are mistaken for supported ones, each with the reason.
const NOT_SUPPORTED: [(&str, &str); 18] = [
    ("mysql", "is MySQL, which is not supported"),
    ("mariadb", "is MariaDB, which is not supported"),
    ("sqlserver", "is SQL Server, which is not supported"),
    ("mssql", "is SQL Server, which is not supported"),
    ("oracle", "is Oracle, which is not supported"),
    ("cockroachdb", "is CockroachDB, which is not supported"),
    ("mongodb", "is MongoDB, which is not supported"),
    ("mongodb+srv", "is MongoDB, which is not supported"),
    ("redis", "is Redis, which is not supported"),
    ("rediss", "is Redis, which is not supported"),
    ("http", "is the address of a web page, not of a database"),
    ("https", "is the address of a web page, not of a database"),
    ("jdbc", "is a JDBC address: leave out the `jdbc:`"),
    ("file", "is a file URL: write sqlite:FILE"),
    ("sqlite3", "has the scheme sqlite3: write sqlite:FILE"),
    ("pgsql", "has the scheme pgsql: write postgres://"),
    ("psql", "has the scheme psql: write postgres://"),
    ("postgress", "has the scheme postgress: write postgres://"),
];

/// The address of a database, checked. Its `Debug` and `Display` show no
/// password.
#[derive(Clone)]
pub struct DatabaseAddress(AddressKind);

#[derive(Clone)]
pub(super) enum AddressKind {
    /// The path of a file.
    Sqlite(String),
    /// The address of a server.
    Postgres(PostgresAddress),
}

impl DatabaseAddress {
    /// Reads `sqlite:FILE`, a path that begins with `/` or `.`, `postgres://…`
    /// with one host or several, or libpq's `key=value` form.
    ///
    /// # Errors
    /// [`AddressError`] for anything else, so that a mistyped address does not
    /// become a file.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.contains('\0') {
            return Err(AddressError::new("must not contain NUL"));
        }
        if url::is_postgres(text) {
            return Ok(Self(AddressKind::Postgres(PostgresAddress::Url(url::PostgresUrl::parse(
                text,
            )?))));
        }
        let path = match text.strip_prefix("sqlite:") {
            Some(path) => path.strip_prefix("//").unwrap_or(path),
            None if text.starts_with(['/', '.']) => text,
            None if key_value::KeyValue::looks_like(text) => {
                let parsed = key_value::KeyValue::parse(text)?;
                return Ok(Self(AddressKind::Postgres(PostgresAddress::KeyValue(parsed))));
            }
            None => return Err(unsupported(text)),
        };
        match path {
            "" => Err(AddressError::new("must name a file after sqlite:")),
            ":memory:" => Err(AddressError::new(
                "must name a file: a database in memory can't be shared between connections",
            )),
            path => Ok(Self(AddressKind::Sqlite(path.to_owned()))),
        }
    }

    /// The text without passwords in any place. `(hidden)` if the places can't be
    /// determined.
    #[must_use]
    pub fn redact(text: &str) -> String {
        match Self::parse(text) {
            Ok(Self(AddressKind::Sqlite(_))) => text.to_owned(),
            Ok(address) => address.to_string(),
            Err(_) => url::PostgresUrl::parse(text)
                .map_or_else(|_| format!("({HIDDEN})"), |url| url.redacted()),
        }
    }

    /// Whether it is the address of a file that does not exist, or is empty.
    #[must_use]
    pub fn is_missing_file(&self) -> bool {
        match &self.0 {
            AddressKind::Sqlite(path) => match std::fs::metadata(path) {
                Ok(file) => file.len() == 0,
                // If its folder is not there either, more than the file is missing.
                Err(_) => std::path::absolute(path)
                    .is_ok_and(|path| path.parent().is_some_and(std::path::Path::is_dir)),
            },
            AddressKind::Postgres(_) => false,
        }
    }

    /// Whether it is the address of a folder, in which no database can be.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        match &self.0 {
            AddressKind::Sqlite(path) => std::path::Path::new(path).is_dir(),
            AddressKind::Postgres(_) => false,
        }
    }

    /// Whether it is the address of a file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.0, AddressKind::Sqlite(_))
    }

    pub(super) fn kind(&self) -> &AddressKind {
        &self.0
    }
}

impl fmt::Display for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            AddressKind::Sqlite(path) => write!(f, "sqlite:{path}"),
            AddressKind::Postgres(address) => f.write_str(&address.redacted()),
        }
    }
}

impl fmt::Debug for DatabaseAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseAddress({self})")
    }
}

fn unsupported(text: &str) -> AddressError {
    const EXPECTED: &str = "Use sqlite:FILE, a path that begins with / or ., or \
                            postgres://USER@HOST/NAME.";
    if text.trim().is_empty() {
        return AddressError::new(format!("is empty. {EXPECTED}"));
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return AddressError::new(format!(
            "must begin with a scheme. {EXPECTED} A file in the current folder is sqlite:FILE."
        ));
    };
    let scheme = scheme.to_ascii_lowercase();
    if let Some((_, reason)) = NOT_SUPPORTED.iter().find(|(name, _)| *name == scheme) {
        return AddressError::new(format!("{reason}. {EXPECTED}"));
    }
    let bare = scheme.split('+').next().unwrap_or_default();
    let reason = match bare {
        "postgres" | "postgresql" if scheme.contains('+') => {
            "names a driver after the scheme's `+`: leave it out"
        }
        "postgres" | "postgresql" if rest.starts_with("//") => "must have its scheme in lower case",
        "postgres" | "postgresql" => "must begin with postgres://, with two slashes",
        "sqlite" => "must begin with sqlite:, in lower case",
        _ => "has a scheme that is not supported",
    };
    AddressError::new(format!("{reason}. {EXPECTED}"))
}

/// How a PostgreSQL server is reached.
#[derive(Clone)]
pub(super) enum PostgresAddress {
    Url(url::PostgresUrl),
    KeyValue(key_value::KeyValue),
}

impl PostgresAddress {
    /// Returns the address for libpq, with our defaults for missing parameters.
    pub(super) fn to_libpq(&self) -> String {
        let several = self.has_several_hosts().then_some(MULTI_HOST_DEFAULT);
        let defaults = CONNECTION_DEFAULTS.into_iter().chain(several);
        let missing: Vec<_> = defaults.filter(|(name, _)| self.parameter(name).is_none()).collect();
        match self {
            Self::Url(url) => url.for_libpq(&missing),
            Self::KeyValue(pairs) => pairs.for_libpq(&missing),
        }
    }

    /// A limit of the session, if the address sets it: `None` leaves it to us.
    /// `Some(None)` if it is set by `options`, so that the server knows it.
    pub(super) fn session_limit(&self, name: &str) -> Option<Option<String>> {
        if let Some(value) = self.parameter(name) {
            return Some(Some(value));
        }
        let options = self.parameter("options").unwrap_or_default();
        options.contains(name).then_some(None)
    }

    /// Every secret in the address, encoded and decoded.
    pub(super) fn secrets(&self) -> Vec<String> {
        match self {
            Self::Url(url) => url.secrets(),
            Self::KeyValue(pairs) => pairs.secrets(),
        }
    }

    fn parameter(&self, name: &str) -> Option<String> {
        match self {
            Self::Url(url) => url.parameter(name),
            Self::KeyValue(pairs) => pairs.parameter(name),
        }
    }

    fn has_several_hosts(&self) -> bool {
        let hosts = match self {
            Self::Url(url) => url.has_several_hosts(),
            Self::KeyValue(_) => false,
        };
        let listed = |name| self.parameter(name).is_some_and(|value| value.contains(','));
        hosts || listed("host") || listed("hostaddr")
    }

    fn redacted(&self) -> String {
        match self {
            Self::Url(url) => url.redacted(),
            Self::KeyValue(pairs) => pairs.redacted(),
        }
    }
}

#[cfg(test)]
mod tests;
