//! Checking settings one by one.

use super::*;

/// Judges values one by one, and keeps every fault.
#[derive(Default)]
pub(super) struct Judge(pub(super) Vec<Fault>);

impl Judge {
    pub(super) fn base_url(&mut self, text: &str) -> Option<Url> {
        let bare =
            |url: &Url| url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let url = Url::parse(text).ok().filter(|url| is_web_address(text) && bare(url));
        if url.is_none() {
            let reason = "is not an https address without a path (http only on localhost), e.g. https://login.example.com";
            self.fault("base_url", text, reason);
        }
        url
    }

    pub(super) fn origin(&mut self, text: &str) -> Option<Url> {
        match Url::parse(text) {
            Ok(url) if is_web_address(text) && url.path() == "/" => Some(url),
            _ => {
                self.fault(
                    "return_origins",
                    text,
                    "is not an https origin (http only on localhost), e.g. https://app.example.com",
                );
                None
            }
        }
    }

    pub(super) fn landing(&mut self, text: String, base: &Url, origins: &[Url]) -> String {
        return_to::allowed(&text, base, origins).unwrap_or_else(|| {
            self.fault(
                "landing",
                &text,
                "is neither a path nor an address of one of return_origins",
            );
            "/".into()
        })
    }

    pub(super) fn listen(&mut self, text: &str) -> SocketAddr {
        text.parse().unwrap_or_else(|_| {
            self.fault(
                "listen",
                text,
                "is not an IP address and port, e.g. 0.0.0.0:8080 or [::]:8080",
            );
            SocketAddr::from(([127, 0, 0, 1], 8080))
        })
    }

    pub(super) fn database(&mut self, address: &str) {
        if let Err(error) = DatabaseAddress::parse(address) {
            self.fault("database", &DatabaseAddress::redact(address), &error.to_string());
        }
    }

    pub(super) fn log_format(&mut self, text: &str) -> LogFormat {
        match text {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => {
                self.fault("log_format", text, "is neither text nor json");
                LogFormat::Text
            }
        }
    }

    /// A bare word that is not a level would be the name of a module, and log
    /// nothing but that.
    pub(super) fn log(&mut self, text: &str) {
        const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
        let is_level = |part: &str| LEVELS.contains(&part.trim().to_ascii_lowercase().as_str());
        let bare = text.split(',').find(|part| !part.contains(['=', '[']) && !is_level(part));
        if bare.is_some() || tracing_subscriber::EnvFilter::try_new(text).is_err() {
            let reason = "must be a level (error, warn, info, debug or trace), or levels of \
                          modules such as info,usher::http=debug";
            self.fault("log", text, reason);
        }
    }

    pub(super) fn within(
        &mut self,
        field: &'static str,
        value: Option<i64>,
        default: i64,
        least: i64,
        most: i64,
    ) -> i64 {
        let value = value.unwrap_or(default);
        if !(least..=most).contains(&value) {
            self.fault(field, &value.to_string(), &format!("is not {least} to {most}"));
            return default;
        }
        value
    }

    fn fault(&mut self, field: &'static str, value: &str, reason: &str) {
        self.0.push(Fault::new(field, value, reason));
    }
}
