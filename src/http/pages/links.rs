//! The links of pages. All of them are built here as paths of this server, so that
//! no input can make a page link to another site.

use url::form_urlencoded::Serializer;

use crate::domain::id::ConnectionId;

/// Builds the link to the sign-in page of an account, or to the page that asks for
/// the account.
#[must_use]
pub fn sign_in(slug: Option<&str>) -> String {
    with_query("/signin".to_owned(), "account", slug)
}

/// Builds the link that begins a login through a connection. `return_to` is the
/// target after the login, which validates it.
#[must_use]
pub fn login(connection: ConnectionId, return_to: Option<&str>) -> String {
    with_query(format!("/saml/{connection}/login"), "return_to", return_to)
}

fn with_query(path: String, name: &str, value: Option<&str>) -> String {
    let Some(value) = value else { return path };
    let start = path.len() + 1;
    Serializer::for_suffix(path + "?", start).append_pair(name, value).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_link_is_preserved_unchanged() {
        let connection: ConnectionId = "01890000-0000-7000-8000-000000000001".parse().unwrap();
        assert_eq!(
            login(connection, Some("/alerts?id=7&tab=log#x")),
            "/saml/01890000-0000-7000-8000-000000000001/login?return_to=%2Falerts%3Fid%3D7%26tab%3Dlog%23x"
        );
        assert_eq!(sign_in(Some("a b")), "/signin?account=a+b");
        assert_eq!(sign_in(Some("acme")), "/signin?account=acme");
        assert_eq!(sign_in(None), "/signin");
    }

    #[test]
    fn path_segments_are_encoded() {
        for hostile in ["https://evil.example", "//evil.example", "\"><script>", "javascript:x"] {
            let link = sign_in(Some(hostile));
            let (path, query) = link.split_once('?').unwrap();
            assert_eq!(path, "/signin");
            assert!(!query.contains([':', '/', '"', '<', '>']), "{query}");
        }
    }
}
