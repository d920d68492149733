//! Answers of a server as the examples have them: what differs each time (IDs,
//! secrets, signatures, cursors) is replaced by a value that stays.

use std::{cmp::Reverse, collections::BTreeMap};

use serde_json::Value;
use uuid::Uuid;

use crate::fixture::{Fixture, new_id};

const SECRET: &str = "usher_Zm9vYmFyYmF6cXV4Y29yZ2VncmF1bHRnYXJwbHl3YWw";
const PREFIX: &str = "usher_Zm9v";
const CURSOR: &str = "eyJhZnRlciI6IkFkYSJ9";
const REFERENCE: &str = "7KQ3-M2XB-90FD";
const MESSAGE: &str = "_a75adf55-01d7-40cc-929f-dbd8372ebdfc";
const TAG: &str = "\"a26fafc8c4b5b0d5c84a47a2\"";
const SIZE: &str = "4838 bytes";
const FINGERPRINT: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
const CERTIFICATES: [&str; 2] = [
    include_str!("../../src/http/api/openapi/certificate.pem"),
    include_str!("examples/next_certificate.pem"),
];

/// Replaces the values of one account.
pub(crate) struct ValueReplacer {
    known: Vec<(String, String)>,
    /// The fingerprints of the certificates that stay.
    fingerprints: Vec<String>,
    /// The IDs that were met, each with its example.
    met: BTreeMap<String, String>,
}

impl ValueReplacer {
    pub(crate) fn for_fixture(fixture: &Fixture) -> Self {
        let fingerprints = CERTIFICATES.map(|pem| fixture.fingerprint_of(pem));
        let known = fixture.example_values();
        Self { known, fingerprints: fingerprints.into(), met: BTreeMap::new() }
    }

    /// An answer as its example has it.
    pub(crate) fn replace(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.replace_field(name, value)));
                Value::Object(fields.collect())
            }
            Value::Array(items) => {
                let mut items: Vec<&Value> = items.iter().collect();
                // Entries of one moment have no order of their own.
                if items.iter().all(|item| item["at"].is_string() && item["action"].is_string()) {
                    let key = |item: &Value| {
                        (Reverse(item["at"].to_string()), item["action"].to_string())
                    };
                    items.sort_by_key(|item| key(item));
                }
                items.into_iter().map(|item| self.replace(item)).collect()
            }
            Value::String(text) => Value::String(self.text(text)),
            other => other.clone(),
        }
    }

    /// A field. Some have a value that only its name tells.
    fn replace_field(&mut self, name: &str, value: &Value) -> Value {
        match (name, value) {
            ("nextCursor", Value::String(_)) => CURSOR.into(),
            ("reference", Value::String(_)) => REFERENCE.into(),
            _ => self.replace(value),
        }
    }

    /// A text, or a body that is no JSON.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let hash = text.trim_matches('"');
        let quoted = text.len() == hash.len() + 2;
        if quoted && hash.len() == 24 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return TAG.into();
        }
        // A certificate's serial number is a byte longer or shorter.
        if text.strip_suffix(" bytes").is_some_and(|size| size.parse::<u32>().is_ok()) {
            return SIZE.into();
        }
        if text.starts_with("-----BEGIN CERTIFICATE") {
            let stays = CERTIFICATES.iter().any(|pem| pem.trim() == text.trim());
            return if stays { text } else { CERTIFICATES[0] }.to_owned();
        }
        let text = self
            .known
            .iter()
            .fold(text.to_owned(), |text, (real, example)| text.replace(real, example));
        let is_xml = text.starts_with('<');
        let mut replaced = String::new();
        let mut token = String::new();
        let part_of_token = |char: char| {
            char.is_ascii_alphanumeric() || "-_".contains(char) || is_xml && "+/=".contains(char)
        };
        for char in text.chars().chain(['\0']) {
            if part_of_token(char) {
                token.push(char);
                continue;
            }
            replaced.push_str(&self.token(&std::mem::take(&mut token), is_xml));
            replaced.push(char);
        }
        replaced.pop();
        replaced
    }

    /// A word of a text.
    fn token(&mut self, token: &str, is_xml: bool) -> String {
        let example = self.known.iter().any(|(_, example)| example == token);
        let is_hash = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash && !example && !self.fingerprints.iter().any(|known| known == token) {
            return FINGERPRINT.into();
        }
        if Uuid::try_parse(token).is_ok() && token.len() == 36 && !example {
            let next = new_id(&(self.met.len() + 1).to_string());
            return self.met.entry(token.into()).or_insert(next).clone();
        }
        match token {
            _ if token.starts_with("usher_") && token.len() > 20 => SECRET.into(),
            _ if token.starts_with("usher_") && token.len() > 8 => PREFIX.into(),
            _ if token.starts_with("_assertion") || token.starts_with("_response") => {
                MESSAGE.into()
            }
            _ if token.starts_with('_') && token.len() >= 20 => MESSAGE.into(),
            _ if is_xml && token.len() >= 40 && !token.contains('-') => "…".into(),
            token => token.to_owned(),
        }
    }
}
