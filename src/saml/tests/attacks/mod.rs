//! Attacks, by name. None lets anybody in, and each is stopped by the check that
//! is meant to stop it.

mod signatures;
mod structure;

use super::kit::{IDP_KEY, Message, Sign, failed, verify};
use crate::domain::check::CheckId;

pub(super) fn signed_assertion() -> String {
    Message::new().signed(Sign::Assertion, &IDP_KEY)
}

/// The first element from a start tag to its end tag.
fn find_element<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap();
    let to = text[from..].find(end).unwrap() + from + end.len();
    &text[from..to]
}

fn signature(text: &str) -> &str {
    find_element(text, "<ds:Signature ", "</ds:Signature>")
}

pub(super) fn assertion(text: &str) -> &str {
    find_element(text, "<saml:Assertion ", "</saml:Assertion>")
}

pub(super) fn replace_once(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in the message");
    text.replacen(from, to, 1)
}

#[track_caller]
pub(super) fn assert_stopped(name: &str, xml: &str, by: &[CheckId]) {
    let verdict = verify(xml);
    assert_eq!(failed(&verdict), by, "{name}: {:#?}", verdict.checks);
}
