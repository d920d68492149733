//! Checking settings one by one.

use std::net::SocketAddr;

use url::Url;

use super::layer::{LogFormat, Number, SecretKey, Switch};
use crate::{
    app::sealing::Sealer,
    domain::{
        field_error::{FieldError, Reason},
        field_format::is_web_address,
        return_to,
    },
    store::DatabaseAddress,
};

/// Validates settings one by one, and collects every error.
#[derive(Default)]
pub(super) struct ConfigValidator(pub(super) Vec<FieldError>);

impl ConfigValidator {
    pub(super) fn base_url(&mut self, text: &str) -> Option<Url> {
        let bare =
            |url: &Url| url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let url = Url::parse(text).ok().filter(|url| is_web_address(text) && bare(url));
        if url.is_none() {
            let reason = "must be an https URL without a path (http only on localhost), such as https://login.example.com";
            self.add_error("base_url", text, reason);
        }
        url
    }

    pub(super) fn origin(&mut self, text: &str) -> Option<Url> {
        match Url::parse(text) {
            Ok(url) if is_web_address(text) && url.path() == "/" => Some(url),
            _ => {
                self.add_error(
                    "return_origins",
                    text,
                    "must be an https origin (http only on localhost), such as https://app.example.com",
                );
                None
            }
        }
    }

    /// `base` is `None` if it could not be parsed. Then URLs are not checked.
    pub(super) fn landing(&mut self, text: String, base: Option<&Url>, origins: &[Url]) -> String {
        let Some(base) = base else {
            if !text.starts_with('/') && Url::parse(&text).is_ok() {
                return text;
            }
            return match Url::parse("http://localhost") {
                Ok(local) => self.landing(text, Some(&local), origins),
                Err(_) => text,
            };
        };
        return_to::parse_allowed(&text, base, origins).unwrap_or_else(|| {
            let reason = "must be a path, such as /start, or a URL of one of return_origins";
            self.add_error("landing", &text, reason);
            "/".into()
        })
    }

    /// Checks a key that is set directly. A file is checked when it is opened.
    pub(super) fn secret_key(&mut self, key: &SecretKey) {
        if let SecretKey::Value(key) = key
            && Sealer::new(key).is_err()
        {
            let reason = "must be base64 of 32 bytes: create one with `openssl rand -base64 32`";
            self.add_error("secret_key", "(hidden)", reason);
        }
    }

    pub(super) fn listen(&mut self, text: &str) -> SocketAddr {
        text.parse().unwrap_or_else(|_| {
            self.add_error(
                "listen",
                text,
                "must be an IP address and a port, such as 0.0.0.0:8080 or [::]:8080",
            );
            SocketAddr::from(([127, 0, 0, 1], 8080))
        })
    }

    pub(super) fn database(&mut self, address: &str) {
        if let Err(error) = DatabaseAddress::parse(address) {
            let expected = "the address of a SQLite file or of a PostgreSQL database";
            let reason = Reason::with_detail(error, expected, "Correct the address.");
            self.add_error("database", &DatabaseAddress::redact(address), reason);
        }
    }

    pub(super) fn log_format(&mut self, text: &str) -> LogFormat {
        match text {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => {
                self.add_error("log_format", text, "must be one of text, json");
                LogFormat::Text
            }
        }
    }

    /// A word that is not a level would be the name of a module, and nothing else would be
    /// logged.
    pub(super) fn log(&mut self, text: &str) {
        const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
        let is_level = |part: &str| LEVELS.contains(&part.trim().to_ascii_lowercase().as_str());
        let bare = text.split(',').find(|part| !part.contains(['=', '[']) && !is_level(part));
        if bare.is_some() || tracing_subscriber::EnvFilter::try_new(text).is_err() {
            let reason = "must be a level (error, warn, info, debug or trace), or levels of \
                          modules such as info,usher::http=debug";
            self.add_error("log", text, reason);
        }
    }

    pub(super) fn number(
        &mut self,
        field: &'static str,
        value: Option<Number>,
        default: i64,
        least: i64,
        most: i64,
    ) -> i64 {
        let written = match value {
            None => return default,
            Some(Number::Whole(value)) if (least..=most).contains(&value) => return value,
            Some(Number::Whole(value)) => value.to_string(),
            Some(Number::Invalid(text)) => text,
        };
        let reason = format!("must be a whole number from {least} to {most}");
        self.add_error(field, &written, reason);
        default
    }

    pub(super) fn switch(
        &mut self,
        field: &'static str,
        value: Option<Switch>,
        default: bool,
    ) -> bool {
        match value {
            None => default,
            Some(Switch::Valid(value)) => value,
            Some(Switch::Invalid(text)) => {
                self.add_error(field, &text, "must be true or false");
                default
            }
        }
    }

    fn add_error(&mut self, field: &'static str, value: &str, reason: impl Into<Reason>) {
        self.0.push(FieldError::new(field, value, reason));
    }
}
