//! A response arrives: the form is read, decoded, and let through the gate.

use super::{
    checks::{self, Checks},
    form,
    gate::{self, Refusal, Stage},
    response::Received,
};
use crate::domain::check::Check;

/// Decodes what was posted as `SAMLResponse`, and lets it through the gate.
/// Costs time and memory linear in its length, at most 256 KiB.
///
/// # Errors
/// All checks, when it can't be read: one failed, those after it were not run.
pub fn open(saml_response: Option<&str>) -> Result<Received, Vec<Check>> {
    open_form(&Form { saml_response, ..Form::default() })
}

/// The fields of a form that was posted to the assertion consumer service, as
/// far as they matter here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form<'a> {
    /// `SAMLResponse`, if it is there once.
    pub saml_response: Option<&'a str>,
    /// A field of the binding that is there more than once, and how often: which
    /// of them is meant can't be told.
    pub repeated: Option<(&'static str, usize)>,
    /// Whether there is `wresult`, the field of WS-Federation.
    pub has_wresult: bool,
}

/// Decodes the `SAMLResponse` of a form, and lets it through the gate. Costs time
/// and memory linear in its length, at most 256 KiB.
///
/// # Errors
/// All checks, when it can't be read: one failed, those after it were not run.
pub fn open_form(form: &Form<'_>) -> Result<Received, Vec<Check>> {
    let mut checks = Checks::new();
    let wanted = format!("base64 of UTF-8 XML, at most {} KiB", form::MAX_XML / 1024);
    if form.saml_response.is_none() && form.repeated.is_none() && form.has_wresult {
        let got = "no SAMLResponse in the form, but wresult";
        checks.record(Check::left_out(checks::FORM_ENCODING, wanted, got));
        checks.record(other_protocol("the field wresult of WS-Federation"));
        return Err(checks.into_vec());
    }
    let text = match form.repeated {
        Some((field, count)) => Err(form::FormError::Repeated(field, count)),
        None => form::decode(form.saml_response),
    };
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            checks.record(Check::failed(checks::FORM_ENCODING, wanted, error.to_string()));
            return Err(checks.into_vec());
        }
    };
    let got = format!("{} bytes", text.len());
    checks.record(Check::passed(checks::FORM_ENCODING, wanted, got));
    let wanted = "a well-formed SAML response of bounded size, with no DTD, no comment, \
                  no processing instruction, and no element out of place";
    match gate::look(&text, Stage::Received) {
        Ok((body, facts)) => {
            checks.record(Check::passed(checks::XML_SAFE, wanted, "exactly that"));
            return Ok(Received { xml: body.to_owned(), facts, checks });
        }
        Err(Refusal::Unsafe(fault)) => {
            checks.record(Check::failed(checks::XML_SAFE, wanted, fault));
        }
        Err(Refusal::OtherProtocol(message)) => {
            let wanted = "a well-formed document of bounded size";
            checks.record(Check::passed(checks::XML_SAFE, wanted, "exactly that"));
            checks.record(other_protocol(&message));
        }
    }
    Err(checks.into_vec())
}

fn other_protocol(message: &str) -> Check {
    let remedy = "set up the application for SAML 2.0 at the identity provider";
    Check::failed(checks::RESPONSE_VERSION, "2.0", format!("{message}: {remedy}"))
}

/// The XML that was posted as `SAMLResponse`, if it can be decoded. Nothing of
/// it has been looked at.
#[must_use]
pub fn text(saml_response: Option<&str>) -> Option<String> {
    form::decode(saml_response).ok()
}
