//! The checks of an assertion. They only use content that a signature covered.

use roxmltree::Node;

use super::{
    response_checks,
    structure::read_issuer,
    types::{Expectations, RequestState},
};
use crate::{
    domain::{
        Timestamp,
        check::{Check, CheckId, Checks},
    },
    saml::{
        names::{ASSERTION, BEARER},
        time, xml,
    },
};

/// The maximum number of characters of a `NameID` (Core 8.3.7, saml2int).
const MAX_NAME_ID: usize = 256;

/// Runs every check of a verified assertion.
pub(super) fn run_checks(
    assertion: Node<'_, '_>,
    expectations: &Expectations<'_>,
    now: Timestamp,
    checks: &mut Checks,
) {
    checks.record(response_checks::check_version("assertion", assertion.attribute("Version")));
    let issuer = xml::child(assertion, ASSERTION, "Issuer");
    let issuer = issuer.and_then(|issuer| read_issuer(issuer).ok());
    checks.record(response_checks::check_issuer(
        CheckId::AssertionIssuer,
        issuer.as_ref(),
        expectations.idp_entity_id,
    ));
    let issue_instant = assertion.attribute("IssueInstant");
    checks.record(response_checks::check_issue_instant(
        "assertion",
        issue_instant,
        expectations,
        now,
    ));
    checks.record(check_confirmation(assertion, expectations, now));
    checks.record(check_name_id(assertion, expectations.subject_attribute));
    checks.record(check_validity(assertion, expectations, now));
    checks.record(check_audience(assertion, expectations.sp_entity_id));
    checks.record(check_authn_statement(assertion));
    checks.record(check_session(assertion, now));
}

/// The bearer confirmations of an assertion's subject.
pub(super) fn bearer_confirmations<'a, 'i>(
    assertion: Node<'a, 'i>,
) -> impl Iterator<Item = Node<'a, 'i>> {
    let subject = xml::child(assertion, ASSERTION, "Subject");
    let subjects = subject.into_iter();
    subjects
        .flat_map(|subject| xml::children(subject, ASSERTION, "SubjectConfirmation"))
        .filter(|confirmation| confirmation.attribute("Method") == Some(BEARER))
        .filter_map(|bearer| xml::child(bearer, ASSERTION, "SubjectConfirmationData"))
}

/// At least one bearer confirmation holds (Profiles 4.1.4.2 and 4.1.4.3).
fn check_confirmation(
    assertion: Node<'_, '_>,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Check {
    let response_to = match expectations.request {
        RequestState::Pending(request) | RequestState::NotLookedUp(request) => {
            format!(", in response to {request}")
        }
        RequestState::Unsolicited | RequestState::Unknown(_) => {
            ", in response to no request".into()
        }
    };
    let now_text = time::format(now);
    let expected =
        format!("a bearer confirmation for {}, at {now_text}{response_to}", expectations.acs_url);
    let mut errors = Vec::new();
    for data in bearer_confirmations(assertion) {
        match confirmation_error(data, expectations, now) {
            None => return Check::passed(CheckId::SubjectConfirmation, expected, "as expected"),
            Some(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        errors.push("no bearer confirmation".to_owned());
    }
    Check::failed(CheckId::SubjectConfirmation, expected, errors.join("; "))
}

fn confirmation_error(
    data: Node<'_, '_>,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Option<String> {
    let attribute_or_none = |name: &str| data.attribute(name).unwrap_or("none").to_owned();
    if data.attribute("Recipient") != Some(expectations.acs_url) {
        return Some(format!("recipient {}", attribute_or_none("Recipient")));
    }
    let until = data.attribute("NotOnOrAfter").and_then(time::parse);
    if until.is_none_or(|until| time::add_saturating(until, expectations.skew()) <= now) {
        return Some(format!("not on or after {}", attribute_or_none("NotOnOrAfter")));
    }
    if data.has_attribute("NotBefore") {
        return Some(format!("not before {}", attribute_or_none("NotBefore")));
    }
    let is_answer = match expectations.request {
        RequestState::Pending(request) | RequestState::NotLookedUp(request) => {
            data.attribute("InResponseTo") == Some(request)
        }
        RequestState::Unsolicited => !data.has_attribute("InResponseTo"),
        RequestState::Unknown(_) => false,
    };
    (!is_answer).then(|| format!("in response to {}", attribute_or_none("InResponseTo")))
}

/// The subject has one usable name in the clear. If an attribute identifies the person,
/// no name is required (saml2int SDP-SP13).
fn check_name_id(assertion: Node<'_, '_>, subject_attribute: Option<&str>) -> Check {
    let id = CheckId::SubjectNameId;
    let read = usable_name_id(assertion);
    if let Some(attribute) = subject_attribute {
        let expected = format!("no NameID is needed: the attribute {attribute} is the subject");
        let actual = read.unwrap_or_else(|error| format!("{error}: ignored"));
        return Check::passed(id, expected, actual);
    }
    let expected = format!("a NameID of 1 to {MAX_NAME_ID} characters");
    match read {
        Ok(text) => Check::passed(id, expected, text),
        Err(error) => Check::failed(id, expected, error),
    }
}

/// Returns the text of the `NameID`; or why it is not usable.
fn usable_name_id(assertion: Node<'_, '_>) -> Result<String, String> {
    let text = parse_name_id(assertion)?;
    let count = text.chars().count();
    if text.is_empty() {
        Err("an empty NameID".to_owned())
    } else if count > MAX_NAME_ID {
        Err(format!("a NameID of {count} characters"))
    } else if text.chars().any(char::is_control) {
        Err(format!("a NameID with a control character: {text}"))
    } else {
        Ok(text)
    }
}

/// Returns the text of the `NameID`, without the white space around it; or why it
/// can't be read.
pub(super) fn parse_name_id(assertion: Node<'_, '_>) -> Result<String, String> {
    let subject = xml::child(assertion, ASSERTION, "Subject").ok_or("no Subject")?;
    let has_child = |name| xml::child(subject, ASSERTION, name).is_some();
    if has_child("EncryptedID") {
        let remedy = "turn off the encryption of the NameID at the identity provider, and \
                      encrypt the whole assertion if it has to be confidential";
        return Err(format!("an EncryptedID, which is not supported: {remedy}"));
    }
    if has_child("BaseID") {
        return Err("a BaseID instead of a NameID".to_owned());
    }
    let name = xml::child(subject, ASSERTION, "NameID").ok_or("no NameID")?;
    let text = xml::text_content(name).ok_or("a NameID that contains elements")?;
    Ok(text.trim().to_owned())
}

/// The assertion is valid now (Core 2.5.1.2).
fn check_validity(
    assertion: Node<'_, '_>,
    expectations: &Expectations<'_>,
    now: Timestamp,
) -> Check {
    let id = CheckId::ConditionsTime;
    let skew = expectations.skew_text();
    let expected = format!("valid at {}, give or take {skew}", time::format(now));
    let Some(conditions) = xml::child(assertion, ASSERTION, "Conditions") else {
        return Check::failed(id, expected, "no Conditions");
    };
    let check_bound = |name, holds: &dyn Fn(Timestamp) -> bool| match conditions.attribute(name) {
        Some(text) => time::parse(text).is_some_and(holds),
        None => true,
    };
    let has_begun = check_bound("NotBefore", &|from| {
        time::subtract_saturating(from, expectations.skew()) <= now
    });
    let has_not_ended = check_bound("NotOnOrAfter", &|until| {
        time::add_saturating(until, expectations.skew()) > now
    });
    let attribute_text = |name| conditions.attribute(name).unwrap_or("any time");
    let actual =
        format!("from {} until {}", attribute_text("NotBefore"), attribute_text("NotOnOrAfter"));
    Check::from_condition(id, has_begun && has_not_ended, expected, actual)
}

/// The assertion is addressed to us, and has no condition that is unknown
/// (Core 2.5.1, 2.5.1.4).
fn check_audience(assertion: Node<'_, '_>, sp_entity_id: &str) -> Check {
    let id = CheckId::ConditionsAudience;
    let expected = format!("{sp_entity_id} in each AudienceRestriction; no unknown condition");
    let Some(conditions) = xml::child(assertion, ASSERTION, "Conditions") else {
        return Check::failed(id, expected, "no Conditions");
    };
    let (mut all_audiences, mut restrictions, mut holds) = (Vec::new(), 0_usize, true);
    for condition in conditions.children().filter(Node::is_element) {
        if xml::is_element(condition, ASSERTION, "AudienceRestriction") {
            let audiences = xml::children(condition, ASSERTION, "Audience");
            let audiences: Vec<_> = audiences
                .map(|audience| xml::text_content(audience).unwrap_or_default())
                .map(|audience| audience.trim_matches(xml::SPACE).to_owned())
                .collect();
            holds &= audiences.iter().any(|audience| audience == sp_entity_id);
            restrictions += 1;
            all_audiences.push(audiences.join(" or "));
        } else if !is_harmless(condition) {
            return Check::failed(id, expected, format!("condition {}", xml::describe(condition)));
        }
    }
    if restrictions == 0 {
        return Check::failed(id, expected, "no AudienceRestriction");
    }
    Check::from_condition(id, holds, expected, all_audiences.join("; and "))
}

/// Conditions that always hold here: an assertion is used once (2.5.1.5), and none is
/// issued on the basis of another (2.5.1.6).
fn is_harmless(condition: Node<'_, '_>) -> bool {
    xml::is_element(condition, ASSERTION, "OneTimeUse")
        || xml::is_element(condition, ASSERTION, "ProxyRestriction")
}

fn check_authn_statement(assertion: Node<'_, '_>) -> Check {
    let count = xml::children(assertion, ASSERTION, "AuthnStatement").count();
    let actual = format!("{count} of them");
    Check::from_condition(CheckId::AuthnStatement, count > 0, "at least one AuthnStatement", actual)
}

/// The identity provider's session lasts (Core 2.7.2).
fn check_session(assertion: Node<'_, '_>, now: Timestamp) -> Check {
    let expected = format!("no session that ended before {}", time::format(now));
    let ends: Vec<_> = xml::children(assertion, ASSERTION, "AuthnStatement")
        .filter_map(|statement| statement.attribute("SessionNotOnOrAfter"))
        .collect();
    let holds = ends.iter().all(|end| time::parse(end).is_some_and(|end| end > now));
    let actual = if ends.is_empty() { "no end".to_owned() } else { ends.join(", ") };
    Check::from_condition(CheckId::AuthnSession, holds, expected, actual)
}
