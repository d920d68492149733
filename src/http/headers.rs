//! The headers of every response, unless its handler sets its own.

use actix_web::{
    http::header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY,
        STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    },
    middleware::DefaultHeaders,
};

/// The content security policy of pages (CSP Level 3). It allows our style sheet,
/// our pictures and forms that are sent to us, but no script.
///
/// `form-action` also binds the redirects that follow a form in Chromium and
/// WebKit: a handler that answers one of our forms must not redirect to
/// another origin. That is why the ways to sign in are links and not buttons
/// of a form: links may be redirected to an identity provider.
pub const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The content security policy of the contract pages. It also allows our script,
/// and requests to us. Only the script sends the forms of these pages.
pub const DOCS_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; connect-src 'self'; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'none'";

/// Pages are personal, so browsers and proxies must not store them.
pub const NO_STORE: &str = "no-store";

/// One year, for this host only. Other hosts of the domain may not support https.
const HTTPS_ONLY: &str = "max-age=31536000";

/// The permissions policy: it denies all features that could ask for consent.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), \
     encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), \
     microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), \
     usb=(), xr-spatial-tracking=()";

/// Returns each header with its value, in the order in which they are sent.
///
/// `https` is true if the deployment is reached by https only. A browser that
/// has seen `Strict-Transport-Security` rejects http for a year.
pub fn security_headers(is_https: bool) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let always = [
        (CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Other sites must not see deep links. `no-referrer` would make browsers
        // send `Origin: null` with our own forms, but the origin protects the forms
        // against cross-site requests.
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (CACHE_CONTROL, NO_STORE),
    ];
    let over_https = is_https.then_some((STRICT_TRANSPORT_SECURITY, HTTPS_ONLY));
    always
        .into_iter()
        .chain(over_https)
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
}

/// Returns the middleware that adds [`security_headers`] to every response. It must
/// be the outermost one, and keeps headers that a handler has set: a response is
/// `no-store` unless its handler says otherwise.
#[must_use]
pub fn security_middleware(is_https: bool) -> DefaultHeaders {
    security_headers(is_https).fold(DefaultHeaders::new(), DefaultHeaders::add)
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, test, web};

    use super::*;

    async fn fetch_response(https: bool, path: &str) -> HttpResponse {
        let own = || async {
            HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=60")).finish()
        };
        let app = App::new().wrap(security_middleware(https)).route("/own", web::get().to(own));
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri(path).to_request();
        test::call_service(&app, request).await.into_parts().1.map_into_boxed_body()
    }

    fn header<'a>(response: &'a HttpResponse, name: &str) -> Option<&'a str> {
        response.headers().get(name).and_then(|value| value.to_str().ok())
    }

    #[actix_web::test]
    async fn security_headers_are_set_on_every_response() {
        let response = fetch_response(true, "/nothing-here").await;
        assert_eq!(response.status(), 404);
        for (name, value) in security_headers(true) {
            assert_eq!(response.headers().get(&name), Some(&value), "{name}");
        }
    }

    #[actix_web::test]
    async fn headers_set_by_a_handler_are_not_overwritten() {
        let response = fetch_response(true, "/own").await;
        assert_eq!(header(&response, "cache-control"), Some("public, max-age=60"));
        assert_eq!(header(&response, "content-security-policy"), Some(CONTENT_SECURITY));
    }

    #[actix_web::test]
    async fn hsts_is_sent_only_over_https() {
        let plain = fetch_response(false, "/own").await;
        assert_eq!(header(&plain, "strict-transport-security"), None);
        let secure = fetch_response(true, "/own").await;
        assert_eq!(header(&secure, "strict-transport-security"), Some("max-age=31536000"));
    }

    #[::core::prelude::v1::test]
    fn no_script_no_frame_and_nothing_from_elsewhere_is_allowed() {
        let directives: Vec<&str> = CONTENT_SECURITY.split("; ").collect();
        for desired in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(directives.contains(&desired), "{desired}");
        }
        for directive in directives {
            let source = directive.split_once(' ').map(|(_, source)| source);
            assert!(matches!(source, Some("'none'" | "'self'")), "{directive}");
        }
    }
}
