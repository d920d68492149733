//! Addresses of servers as URLs, read as libpq reads them: several hosts are
//! allowed, so no general parser of URLs will do.

use super::parameters::{AddressError, HIDDEN, SESSION_LIMITS, check_limit, is_secret};

/// A connection URI of libpq. Its parts are kept as they were written.
#[derive(Clone)]
pub(in crate::store) struct PostgresUrl {
    scheme: String,
    /// The user and the password.
    credentials: Option<(String, Option<String>)>,
    /// `HOST:PORT`, separated by commas.
    hosts: String,
    /// With its slash.
    database: String,
    parameters: Vec<(String, String)>,
}

/// Whether a text looks like the URL of a PostgreSQL server.
pub(super) fn is_postgres(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

impl PostgresUrl {
    /// Reads an address of any scheme.
    pub(super) fn parse(text: &str) -> Result<Self, AddressError> {
        let malformed = || {
            AddressError::new(
                "is not postgres://USER:PASSWORD@HOST:PORT/NAME. In user and password, write / \
                 as %2F, @ as %40, : as %3A, ? as %3F and % as %25.",
            )
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(malformed)?;
        let end = rest.find('/').unwrap_or(rest.len());
        let (credentials, rest) = match rest.split_once('@') {
            Some((userinfo, rest)) if userinfo.len() < end => (Some(userinfo), rest),
            _ => (None, rest),
        };
        let (place, query) = match rest.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (rest, None),
        };
        let (hosts, database) = place.split_at(place.find('/').unwrap_or(place.len()));
        let is_clean = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
            && hosts.split(',').all(is_host)
            && [credentials, Some(database), query].into_iter().flatten().all(is_encoded)
            && !database.get(1..).unwrap_or_default().contains(['/', '@', ':']);
        if !is_clean {
            return Err(malformed());
        }
        let credentials = credentials.map(|userinfo| match userinfo.split_once(':') {
            Some((user, password)) => (user.to_owned(), Some(password.to_owned())),
            None => (userinfo.to_owned(), None),
        });
        let url = Self {
            scheme: scheme.to_owned(),
            credentials,
            hosts: hosts.to_owned(),
            database: database.to_owned(),
            parameters: parse_parameters(query.unwrap_or_default())?,
        };
        for name in SESSION_LIMITS {
            if let Some(value) = url.parameter(name) {
                check_limit(name, &value)?;
            }
        }
        Ok(url)
    }

    /// A parameter, decoded. The last of several counts.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let found = self.parameters.iter().rfind(|(its_name, _)| decode(its_name) == name);
        found.map(|(_, value)| decode(value))
    }

    pub(super) fn has_several_hosts(&self) -> bool {
        self.hosts.contains(',')
    }

    pub(super) fn for_libpq(&self, defaults: &[(&str, &str)]) -> String {
        let ours = |name: &str| SESSION_LIMITS.contains(&decode(name).as_str());
        let input = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let parameters = input.filter(|(name, _)| !ours(name)).chain(defaults.iter().copied());
        self.write(
            self.credentials.as_ref().and_then(|(_, password)| password.as_deref()),
            parameters,
        )
    }

    pub(super) fn redacted(&self) -> String {
        let has_password =
            self.credentials.as_ref().is_some_and(|(_, password)| password.is_some());
        let parameters = self.parameters.iter().map(|(name, value)| {
            let value = if is_secret(&decode(name)) { HIDDEN } else { value.as_str() };
            (name.as_str(), value)
        });
        self.write(has_password.then_some(HIDDEN), parameters)
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        let password = self.credentials.iter().filter_map(|(_, password)| password.as_ref());
        let parameters = self.parameters.iter().filter(|(name, _)| is_secret(&decode(name)));
        let raw: Vec<&String> = password.chain(parameters.map(|(_, value)| value)).collect();
        raw.iter().flat_map(|text| [(*text).clone(), decode(text)]).collect()
    }

    fn write<'a>(
        &self,
        password: Option<&str>,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> String {
        let mut text = format!("{}://", self.scheme);
        if let Some((user, _)) = &self.credentials {
            let password = password.map(|password| format!(":{password}")).unwrap_or_default();
            text += &format!("{user}{password}@");
        }
        text += &self.hosts;
        text += &self.database;
        for (number, (name, value)) in parameters.enumerate() {
            let separator = if number == 0 { '?' } else { '&' };
            text += &format!("{separator}{name}={value}");
        }
        text
    }
}

/// Whether it is a host, with a port or without, as it may stand in a list.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, rest)) => {
            let is_address =
                host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":.%".contains(&byte));
            match (is_address, rest) {
                (false, _) => return false,
                (true, "") => (host, None),
                (true, rest) => match rest.strip_prefix(':') {
                    Some(port) => (host, Some(port)),
                    None => return false,
                },
            }
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let is_name = text.starts_with('[')
        || !host.contains(|char: char| "[]@:\\".contains(char) || char.is_whitespace());
    // An empty port is the default one.
    is_name
        && port.is_none_or(|port| port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Whether each percent sign begins the code of a byte, as libpq asks for.
fn is_encoded(text: &str) -> bool {
    let is_code = |code: &[u8]| code.len() == 2 && code.iter().all(u8::is_ascii_hexdigit);
    text.split('%').skip(1).all(|rest| rest.as_bytes().get(..2).is_some_and(is_code))
}

fn parse_parameters(query: &str) -> Result<Vec<(String, String)>, AddressError> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(AddressError::new("has a parameter after ? that is not NAME=VALUE.")),
    });
    pairs.collect()
}

/// A text without its percent-encoding. The parser is for forms: only the
/// percent signs may mean something.
fn decode(text: &str) -> String {
    let one_name = text.replace('+', "%2B").replace('=', "%3D").replace('&', "%26");
    let mut parsed = ::url::form_urlencoded::parse(one_name.as_bytes());
    parsed.next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
