//! Allowed redirect targets after a login. Any other target would be an open redirect.

use url::Url;

/// The maximum number of characters of a redirect target, also after it was parsed: other
/// characters than ASCII are escaped.
pub const MAX_CHARS: usize = 2048;

/// Returns the redirect target, if it is allowed: a path of this server, or an
/// absolute http(s) URL whose origin is ours or one of `origins`.
///
/// A path is returned as a path, a URL as it was parsed. The text is checked after
/// parsing, as a browser parses it, so that it can't lead to another host.
#[must_use]
pub fn parse_allowed(text: &str, base: &Url, origins: &[Url]) -> Option<String> {
    if text.len() > MAX_CHARS || text.contains(|char: char| char.is_control() || char == '\\') {
        return None;
    }
    let is_path = text.starts_with('/');
    let target = if is_path { base.join(text) } else { Url::parse(text) }.ok()?;
    let has_password = !target.username().is_empty() || target.password().is_some();
    if !matches!(target.scheme(), "http" | "https") || has_password {
        return None;
    }
    let is_ours = target.origin() == base.origin();
    if is_path {
        // `/.//host` is a path of ours until its dots are taken out; what is
        // left would name a host.
        let path = &target[url::Position::BeforePath..];
        let is_allowed = is_ours && !path.starts_with("//") && path.len() <= MAX_CHARS;
        return is_allowed.then(|| path.to_owned());
    }
    let is_listed = origins.iter().any(|listed| listed.origin() == target.origin());
    let is_allowed = (is_ours || is_listed) && target.as_str().len() <= MAX_CHARS;
    is_allowed.then(|| target.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_and_listed_origins_are_redirect_targets() {
        let base = Url::parse("https://login.example.com/").unwrap();
        let origins = [Url::parse("https://app.example.com").unwrap()];
        let cases = [
            ("/alerts/7?tab=a#b", Some("/alerts/7?tab=a#b")),
            ("/", Some("/")),
            ("https://login.example.com/x", Some("https://login.example.com/x")),
            ("https://app.example.com/x?y", Some("https://app.example.com/x?y")),
            ("https://app.example.com:443/", Some("https://app.example.com/")),
            ("http://app.example.com/x", None),
            ("https://app.example.com.evil.net/", None),
            ("https://app.example.com@evil.net/", None),
            ("https://someone:secret@app.example.com/", None),
            ("//evil.net/x", None),
            ("///evil.net/x", None),
            ("/.//evil.net/x", None),
            ("/..//evil.net/x", None),
            ("/x/..//evil.net/x", None),
            ("/%2e//evil.net/x", None),
            ("/x/%2E%2e//evil.net/x", None),
            ("/x//y", Some("/x//y")),
            ("/./x", Some("/x")),
            ("/\\evil.net/x", None),
            ("\\\\evil.net", None),
            ("/\tx", None),
            ("/\n/evil.net", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("https:evil.net", None),
            ("relative", None),
            ("", None),
        ];
        for (input, desired) in cases {
            assert_eq!(parse_allowed(input, &base, &origins).as_deref(), desired, "{input:?}");
        }
        let path =
            |text: &str, count| parse_allowed(&format!("/{}", text.repeat(count)), &base, &[]);
        assert_eq!(path("a", MAX_CHARS - 1).unwrap().len(), MAX_CHARS);
        assert_eq!(path("a", MAX_CHARS), None);
        assert_eq!(path("é", 341).unwrap().len(), 1 + 341 * 6);
        assert_eq!(path("é", 342), None);
    }
}
