//! The cookies: one for the session, and one for each login request that a browser has
//! begun.

use std::cell::Ref;

use actix_web::{
    HttpRequest,
    cookie::{Cookie, SameSite, time::OffsetDateTime},
};
use url::Url;

use crate::{app::login::SealedRequest, domain::Timestamp};

/// The kinds of cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CookieKind<'a> {
    /// Holds the secret of a session.
    Session,
    /// Holds a sealed login request, across the cross-site POST of the identity provider.
    /// With the ID of the request.
    Request(&'a str),
}

impl CookieKind<'_> {
    /// The cookie's name. Over https it has the `__Host-` prefix, so that no
    /// other host, no subdomain and no plain http can set it.
    fn name(self, base: &Url) -> String {
        let prefix = if is_https(base) { "__Host-" } else { "" };
        match self {
            Self::Session => format!("{prefix}usher-session"),
            Self::Request(id) => format!("{prefix}usher-login{id}"),
        }
    }

    /// Reads the cookie from a request.
    #[must_use]
    pub(super) fn read(self, request: &HttpRequest, base: &Url) -> Option<String> {
        let name = self.name(base);
        let cookies = read_cookies(request)?;
        cookies.iter().find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
    }

    /// Builds the cookie with a value and an expiry time.
    #[must_use]
    pub(super) fn build(self, base: &Url, value: &str, until: Timestamp) -> Cookie<'static> {
        let mut cookie = self.build_with_value(base, value.to_owned());
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
            Self::Request(_) if is_https(base) => cookie.set_same_site(SameSite::None),
            // A browser rejects `None` without `Secure`. On http://localhost its
            // default applies.
            Self::Request(_) => {}
        }
        cookie
    }
}

/// The cookies of a request, with their names as they were sent. A name that is decoded could
/// have the prefix `__Host-` although the browser did not see it.
fn read_cookies(request: &HttpRequest) -> Option<Ref<'_, Vec<Cookie<'static>>>> {
    request.cookies_raw().ok()
}

/// Reads the login requests that the browser has begun.
#[must_use]
pub(super) fn read_login_requests(request: &HttpRequest, base: &Url) -> Vec<SealedRequest> {
    let prefix = CookieKind::Request("_").name(base);
    let Some(cookies) = read_cookies(request) else { return Vec::new() };
    let requests = cookies.iter().filter_map(|cookie| {
        let id = format!("_{}", cookie.name().strip_prefix(&prefix)?);
        Some(SealedRequest { id, value: cookie.value().to_owned() })
    });
    requests.collect()
}

fn is_https(base: &Url) -> bool {
    base.scheme() == "https"
}

#[cfg(test)]
mod tests {
    use actix_web::{http::header::COOKIE, test::TestRequest};

    use super::*;

    const HTTPS: &str = "https://login.example.com";

    fn cookie(kind: CookieKind<'_>, base: &str) -> String {
        let until = Timestamp::from_timestamp(1_800_000_000, 0).unwrap();
        kind.build(&Url::parse(base).unwrap(), "VALUE", until).to_string()
    }

    #[test]
    fn cookie_over_https_has_the_host_prefix() {
        assert_eq!(
            cookie(CookieKind::Session, HTTPS),
            "__Host-usher-session=VALUE; HttpOnly; SameSite=Lax; Secure; Path=/; Expires=Fri, 15 Jan 2027 08:00:00 GMT"
        );
        assert_eq!(
            cookie(CookieKind::Request("_1a"), HTTPS),
            "__Host-usher-login_1a=VALUE; HttpOnly; SameSite=None; Secure; Path=/; Expires=Fri, 15 Jan 2027 08:00:00 GMT"
        );
    }

    #[test]
    fn cookie_on_localhost_does_not_require_https() {
        assert_eq!(
            cookie(CookieKind::Session, "http://localhost:8080"),
            "usher-session=VALUE; HttpOnly; SameSite=Lax; Path=/; Expires=Fri, 15 Jan 2027 08:00:00 GMT"
        );
        assert!(!cookie(CookieKind::Request("_1a"), "http://localhost:8080").contains("SameSite"));
    }

    /// A browser lets a subdomain set a cookie with such a name.
    #[test]
    fn name_is_not_decoded() {
        let header = "%5F%5FHost-usher-session=planted; __Host-usher%2dlogin_1=planted; \
                      %5F%5FHost-usher-login_2=planted; __Host-usher-session=own";
        let request = TestRequest::default().insert_header((COOKIE, header)).to_http_request();
        let base = Url::parse(HTTPS).unwrap();
        assert_eq!(CookieKind::Session.read(&request, &base).as_deref(), Some("own"));
        assert_eq!(read_login_requests(&request, &base), []);
    }

    #[test]
    fn login_requests_are_read_by_the_prefix_of_their_names() {
        let header = "usher-login_1=planted; __Host-usher-login_2=a; other=b; __Host-usher-login=c; \
                      __Host-usher-session=d; __Host-usher-login_3=";
        let request = TestRequest::default().insert_header((COOKIE, header)).to_http_request();
        let sealed = |id: &str, value: &str| SealedRequest { id: id.into(), value: value.into() };
        let expected = [sealed("_2", "a"), sealed("_3", "")];
        assert_eq!(read_login_requests(&request, &Url::parse(HTTPS).unwrap()), expected);
    }
}
