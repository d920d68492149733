//! Certificates in the bodies of connections.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::response::Certificate;
use crate::{
    app::connections::CertificateView,
    domain::{
        Timestamp,
        field_error::{FieldError, Reason},
    },
    http::api::{
        body::{self, BodyErrors},
        read_back::is_same,
    },
};

/// A certificate, PEM or base64 of DER.
#[derive(ToSchema)]
#[schema(value_type = String, format = "certificate")]
#[expect(dead_code, reason = "describes an element")]
pub(super) struct CertificateText(String);

/// A certificate as a client sends it.
#[derive(Debug)]
pub(super) struct CertificateInput {
    /// The certificate: PEM, or base64 of DER.
    text: String,
    /// The other fields, if it is an object of an answer.
    fields: Map<String, Json>,
}

impl Deserr<BodyErrors> for CertificateInput {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let mut fields = match Json::deserialize_from_value(value, location)? {
            Json::String(text) => return Ok(Self { text, fields: Map::new() }),
            Json::Object(fields) => fields,
            other => {
                let reason = Reason::must_be("a string");
                return Err(BodyErrors::from_value(other.into_value(), reason, location));
            }
        };
        match fields.remove("pem") {
            Some(Json::String(text)) => Ok(Self { text, fields }),
            pem => {
                let location = location.push_key("pem");
                Err(match pem {
                    Some(other) => {
                        let reason = Reason::must_be("a string");
                        BodyErrors::from_value(other.into_value(), reason, location)
                    }
                    None => {
                        let reason = Reason::required("a certificate", "Add the field.");
                        BodyErrors::at_location(location, "", reason)
                    }
                })
            }
        }
    }
}

impl CertificateInput {
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    /// The errors of the fields that the certificate determines.
    pub(super) fn find_errors(&self, index: usize, now: Timestamp) -> Vec<FieldError> {
        let Self { text, fields } = self;
        // A certificate that can't be read has an error of its own.
        let view = CertificateView::parse(text, now).map(Certificate::from);
        let Some(Ok(Json::Object(current))) = view.map(serde_json::to_value) else {
            return Vec::new();
        };
        let names: Vec<_> = current.keys().map(String::as_str).collect();
        let errors = fields.iter().filter_map(|(name, sent)| {
            let reason = match current.get(name) {
                Some(current) if is_same(sent, current) => return None,
                Some(_) => Reason::read_only(),
                None => Reason::unknown_field(name, &names),
            };
            let place = format!("certificates/{index}/{}", body::escape_pointer(name));
            Some(FieldError::new(place, body::text_of(sent.clone().into_value()), reason))
        });
        errors.collect()
    }
}
