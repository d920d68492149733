//! The contact for people whose login failed.

use url::Url;

use crate::domain::email::Email;

/// The contact of an account, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// An e-mail address, shown as a mailto link.
    Address {
        /// Before the last `@`.
        local: String,
        /// After it.
        domain: String,
    },
    /// An http or https page.
    Page(String),
    /// Anything else, e.g. a telephone extension: shown, but no link.
    Words(String),
}

impl Contact {
    /// Parses the contact of an account. Returns `None` if it is empty.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        if let Ok(url) = Url::parse(text) {
            // A link with another scheme could run code.
            let is_page = matches!(url.scheme(), "http" | "https");
            return Some(if is_page {
                Self::Page(url.into())
            } else {
                Self::Words(text.to_owned())
            });
        }
        let address = text.parse::<Email>().ok().and_then(|email| {
            let (local, domain) = email.as_str().rsplit_once('@')?;
            Some(Self::Address { local: local.to_owned(), domain: domain.to_owned() })
        });
        Some(address.unwrap_or_else(|| Self::Words(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_link_only_if_it_is_an_address_or_a_page() {
        let address = |local: &str, domain: &str| Contact::Address {
            local: local.to_owned(),
            domain: domain.to_owned(),
        };
        let page = |text: &str| Contact::Page(text.to_owned());
        let words = |text: &str| Contact::Words(text.to_owned());
        let table = [
            (" help@acme.example ", Some(address("help", "acme.example"))),
            ("a+b?c@acme.example", Some(address("a+b?c", "acme.example"))),
            ("https://acme.example/help", Some(page("https://acme.example/help"))),
            ("http://acme.example", Some(page("http://acme.example/"))),
            ("HTTPS://acme.example/", Some(page("https://acme.example/"))),
            ("extension 4455", Some(words("extension 4455"))),
            ("javascript:alert(1)", Some(words("javascript:alert(1)"))),
            ("data:text/html,x", Some(words("data:text/html,x"))),
            ("mailto:a@b.example?cc=c@d.example", Some(words("mailto:a@b.example?cc=c@d.example"))),
            ("  ", None),
            ("", None),
        ];
        for (text, contact) in table {
            assert_eq!(Contact::parse(text), contact, "{text:?}");
        }
    }
}
