//! The header `Prefer` (RFC 7240).

use std::time::Duration;

use actix_web::HttpRequest;

/// The longest wait that is granted. Proxies do not wait longer.
const MAX_WAIT_SECONDS: u64 = 60;

/// The preferences of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Preferences {
    /// Whether the caller prefers an asynchronous response.
    pub(super) respond_async: bool,
    /// How long to wait for the end of a background import.
    pub(super) wait: Duration,
}

impl Preferences {
    /// Parses the headers `Prefer` of a request. Unknown preferences are ignored, as
    /// the RFC requires.
    pub(super) fn from_request(request: &HttpRequest) -> Self {
        let values = request.headers().get_all("prefer");
        Self::parse(values.filter_map(|value| value.to_str().ok()))
    }

    fn parse<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        let mut preferences = Self { respond_async: false, wait: Duration::ZERO };
        for preference in values.flat_map(|value| value.split(',')) {
            let preference = preference.split(';').next().unwrap_or_default();
            let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
            let seconds = value.trim().trim_matches('"').parse::<u64>().ok();
            match (name.trim().to_ascii_lowercase().as_str(), seconds) {
                ("respond-async", _) => preferences.respond_async = true,
                ("wait", Some(seconds)) => {
                    preferences.wait = Duration::from_secs(seconds.min(MAX_WAIT_SECONDS));
                }
                _ => {}
            }
        }
        preferences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preferences_are_parsed_by_rfc_7240() {
        for (header, respond_async, wait) in [
            ("", false, 0),
            ("respond-async", true, 0),
            ("Respond-Async, wait=10", true, 10),
            ("wait = \"7\"; foo", false, 7),
            ("wait=3600", false, 60),
            ("wait=soon, return=minimal", false, 0),
            ("respond-asynchronously", false, 0),
        ] {
            let desired = Preferences { respond_async, wait: Duration::from_secs(wait) };
            assert_eq!(Preferences::parse([header].into_iter()), desired, "{header}");
        }
    }
}
