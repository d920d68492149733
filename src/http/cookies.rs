//! The cookies: one for the session, and one that binds a login to its browser.

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::OffsetDateTime},
};
use url::Url;

use crate::{app::random::Secret, domain::Timestamp};

/// The kinds of cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CookieKind {
    /// Holds the secret of a session.
    Session,
    /// Binds a login to the browser that began it, across the identity
    /// provider's cross-site POST.
    Browser,
}

impl CookieKind {
    /// The cookie's name. Over https it has the `__Host-` prefix, so that no
    /// other host, no subdomain and no plain http can set it.
    fn name(self, base: &Url) -> &'static str {
        match (self, is_https(base)) {
            (Self::Session, true) => "__Host-usher-session",
            (Self::Session, false) => "usher-session",
            (Self::Browser, true) => "__Host-usher-login",
            (Self::Browser, false) => "usher-login",
        }
    }

    /// Reads the cookie from a request.
    #[must_use]
    pub(super) fn read(self, request: &HttpRequest, base: &Url) -> Option<String> {
        request.cookie(self.name(base)).map(|cookie| cookie.value().to_owned())
    }

    /// Builds the cookie with a secret and an expiry time.
    #[must_use]
    pub(super) fn build(self, base: &Url, secret: &Secret, until: Timestamp) -> Cookie<'static> {
        let mut cookie = self.build_with_value(base, secret.expose().to_owned());
        if let Ok(until) = OffsetDateTime::from_unix_timestamp(until.timestamp()) {
            cookie.set_expires(until);
        }
        cookie
    }

    /// Builds the cookie that removes it from the browser.
    #[must_use]
    pub(super) fn build_removal(self, base: &Url) -> Cookie<'static> {
        let mut cookie = self.build_with_value(base, String::new());
        cookie.make_removal();
        cookie
    }

    fn build_with_value(self, base: &Url, value: String) -> Cookie<'static> {
        let mut cookie = Cookie::new(self.name(base), value);
        cookie.set_path("/");
        cookie.set_http_only(true);
        cookie.set_secure(is_https(base));
        match self {
            Self::Session => cookie.set_same_site(SameSite::Lax),
            // The response comes by a POST from the identity provider's site.
            Self::Browser if is_https(base) => cookie.set_same_site(SameSite::None),
            // A browser rejects `None` without `Secure`. On http://localhost its
            // default applies.
            Self::Browser => {}
        }
        cookie
    }
}

fn is_https(base: &Url) -> bool {
    base.scheme() == "https"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(kind: CookieKind, base: &str) -> String {
        let until = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
        let secret = Secret::new().unwrap();
        let cookie = kind.build(&Url::parse(base).unwrap(), &secret, until).to_string();
        cookie.replace(secret.expose(), "SECRET")
    }

    #[test]
    fn cookie_over_https_has_the_host_prefix() {
        assert_eq!(
            cookie(CookieKind::Session, "https://login.example.com"),
            "__Host-usher-session=SECRET; HttpOnly; SameSite=Lax; Secure; Path=/; Expires=Fri, 15 Jan 2027 08:00:00 GMT"
        );
        assert_eq!(
            cookie(CookieKind::Browser, "https://login.example.com"),
            "__Host-usher-login=SECRET; HttpOnly; SameSite=None; Secure; Path=/; Expires=Fri, 15 Jan 2027 08:00:00 GMT"
        );
    }

    #[test]
    fn cookie_on_localhost_does_not_require_https() {
        assert_eq!(
            cookie(CookieKind::Session, "http://localhost:8080"),
            "usher-session=SECRET; HttpOnly; SameSite=Lax; Path=/; Expires=Fri, 15 Jan 2027 08:00:00 GMT"
        );
        assert!(!cookie(CookieKind::Browser, "http://localhost:8080").contains("SameSite"));
    }
}
