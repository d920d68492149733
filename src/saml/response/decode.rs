//! Decodes a posted form, and accepts or rejects the structure of the response.

use super::{
    form_field::{self, FormError},
    structure::{self, DocumentError, DocumentStage},
    types::ReceivedResponse,
};
use crate::domain::check::{Check, CheckId, Checks};

/// Decodes the form field `SAMLResponse`, and checks the structure of the response.
/// Costs time and memory linear in its length, at most 256 KiB.
///
/// # Errors
/// All checks, if the response is rejected: one failed, those after it were not run.
pub fn decode(saml_response: Option<&str>) -> Result<ReceivedResponse, Checks> {
    decode_form(&PostedForm { saml_response, ..PostedForm::default() })
}

/// The fields of a form that was posted to the assertion consumer service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PostedForm<'a> {
    /// `SAMLResponse`, if it is given once.
    pub saml_response: Option<&'a str>,
    /// A field of the binding that is given more than once, and how often.
    pub repeated: Option<(&'static str, usize)>,
    /// Whether the form has `wresult`, the field of WS-Federation.
    pub has_wresult: bool,
}

/// Decodes the `SAMLResponse` of a form, and checks the structure of the response. Costs
/// time and memory linear in its length, at most 256 KiB.
///
/// # Errors
/// All checks, if the response is rejected: one failed, those after it were not run.
pub fn decode_form(form: &PostedForm<'_>) -> Result<ReceivedResponse, Checks> {
    let mut checks = Checks::default();
    let expected = format!("base64 of UTF-8 XML, at most {} KiB", form_field::MAX_XML_BYTES / 1024);
    if form.saml_response.is_none() && form.repeated.is_none() && form.has_wresult {
        let actual = "no SAMLResponse in the form, but wresult";
        checks.record(Check::not_run(CheckId::FormEncoding, expected, actual));
        checks.record(other_protocol_check("the field wresult of WS-Federation"));
        return Err(checks);
    }
    let text = match form.repeated {
        Some((field, count)) => Err(FormError::Repeated(field, count)),
        None => form_field::decode(form.saml_response),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            checks.record(Check::failed(CheckId::FormEncoding, expected, error.to_string()));
            return Err(checks);
        }
    };
    let actual = format!("{} bytes", text.len());
    checks.record(Check::passed(CheckId::FormEncoding, expected, actual));
    let expected = "a well-formed SAML response of bounded size, with no DTD, no comment, \
                  no processing instruction, and no element out of place";
    match structure::read(&text, DocumentStage::Received) {
        Ok((body, claims)) => {
            checks.record(Check::passed(CheckId::XmlSafe, expected, "as expected"));
            return Ok(ReceivedResponse { xml: body.to_owned(), claims, checks });
        }
        Err(DocumentError::Unsafe(error)) => {
            checks.record(Check::failed(CheckId::XmlSafe, expected, error));
        }
        Err(DocumentError::OtherProtocol(message)) => {
            let expected = "a well-formed document of bounded size";
            checks.record(Check::passed(CheckId::XmlSafe, expected, "as expected"));
            checks.record(other_protocol_check(&message));
        }
    }
    Err(checks)
}

fn other_protocol_check(message: &str) -> Check {
    let remedy = "set up the application for SAML 2.0 at the identity provider";
    Check::failed(CheckId::ResponseVersion, "2.0", format!("{message}: {remedy}"))
}

/// Decodes the form field `SAMLResponse` to XML, if possible. Its structure is not
/// checked.
#[must_use]
pub fn decode_text(saml_response: Option<&str>) -> Option<String> {
    form_field::decode(saml_response).ok()
}
