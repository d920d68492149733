//! Messages that the identity provider has really signed, with one thing in
//! them that must not be believed: meant for another, at another time, about
//! nobody.

use chrono::TimeDelta;

use crate::{
    forge::{
        Assertion, Response,
        message::{instant, status_code},
        xml::element,
    },
    scene::{AttackScene, ForgedMessage, RSA, replaced},
};

/// Another identity provider, another service provider, another request.
const OTHER_URL: &str = "https://other.example/";

fn with_assertion(scene: &AttackScene, change: impl FnOnce(&mut Assertion)) -> ForgedMessage {
    let mut assertion = scene.assertion();
    change(&mut assertion);
    scene.response(assertion.signed(&scene.idp)).xml("").into()
}

fn with_response(scene: &AttackScene, change: impl FnOnce(&mut Response)) -> ForgedMessage {
    let mut response = scene.response(scene.assertion().xml(""));
    change(&mut response);
    response.signed(&scene.idp).into()
}

/// The envelope is changed on the way: it is not signed, but must hold.
fn with_envelope(scene: &AttackScene, change: impl FnOnce(&mut Response)) -> ForgedMessage {
    let mut response = scene.response(scene.assertion().signed(&scene.idp));
    change(&mut response);
    response.xml("").into()
}

fn moment(scene: &AttackScene, minutes: i64) -> String {
    instant(scene.context.now + TimeDelta::minutes(minutes))
}

/// The response names another issuer.
pub(crate) fn wrong_response_issuer(scene: &AttackScene) -> ForgedMessage {
    with_response(scene, |response| response.issuer = Some(OTHER_URL.into()))
}

/// The envelope of a signed assertion names another issuer.
pub(crate) fn wrong_issuer_of_the_envelope(scene: &AttackScene) -> ForgedMessage {
    with_envelope(scene, |response| response.issuer = Some(OTHER_URL.into()))
}

/// The assertion names another issuer.
pub(crate) fn wrong_assertion_issuer(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.issuer = OTHER_URL.into())
}

/// The issuer of the assertion differs in its case alone.
pub(crate) fn issuer_in_another_case(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.issuer = assertion.issuer.to_uppercase())
}

/// The assertion names no issuer.
pub(crate) fn empty_assertion_issuer(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.issuer = String::new())
}

/// The response was sent elsewhere.
pub(crate) fn wrong_destination(scene: &AttackScene) -> ForgedMessage {
    with_response(scene, |response| response.destination = Some(OTHER_URL.into()))
}

/// The envelope of a signed assertion was sent elsewhere.
pub(crate) fn wrong_destination_of_the_envelope(scene: &AttackScene) -> ForgedMessage {
    with_envelope(scene, |response| response.destination = Some(OTHER_URL.into()))
}

/// The destination goes on after the right address.
pub(crate) fn longer_destination(scene: &AttackScene) -> ForgedMessage {
    let longer = format!("{}.evil.example", scene.context.acs_url);
    with_response(scene, |response| response.destination = Some(longer))
}

/// A signed response says nothing of where it was sent.
pub(crate) fn no_destination(scene: &AttackScene) -> ForgedMessage {
    with_response(scene, |response| response.destination = None)
}

/// The response answers another request.
pub(crate) fn wrong_in_response_to(scene: &AttackScene) -> ForgedMessage {
    let mut assertion = scene.assertion();
    assertion.subject.in_response_to = Some("_another".into());
    let mut response = scene.response(assertion.signed(&scene.idp));
    response.in_response_to = Some("_another".into());
    response.signed(&scene.idp).into()
}

/// The response answers a request that is named by nothing.
pub(crate) fn empty_in_response_to(scene: &AttackScene) -> ForgedMessage {
    with_response(scene, |response| response.in_response_to = Some(String::new()))
}

/// Nobody asked.
pub(crate) fn unasked(scene: &AttackScene) -> ForgedMessage {
    let mut assertion = scene.assertion();
    assertion.subject.in_response_to = None;
    let mut response = scene.response(assertion.signed(&scene.idp));
    response.in_response_to = None;
    response.xml("").into()
}

/// The assertion answers another request: the attacker's own response,
/// stolen from another browser, in an envelope for this one.
pub(crate) fn wrong_in_response_to_of_the_assertion(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| {
        assertion.subject.in_response_to = Some("_another".into());
    })
}

/// The identity provider says no.
pub(crate) fn failed_status(scene: &AttackScene) -> ForgedMessage {
    let sub = status_code("urn:oasis:names:tc:SAML:2.0:status:AuthnFailed", "");
    let status = status_code("urn:oasis:names:tc:SAML:2.0:status:Responder", &sub);
    with_response(scene, |response| response.status = status)
}

/// The identity provider says no, and yes below it.
pub(crate) fn success_below_failure(scene: &AttackScene) -> ForgedMessage {
    let sub = status_code(crate::forge::message::SUCCESS, "");
    let status = status_code("urn:oasis:names:tc:SAML:2.0:status:Requester", &sub);
    with_envelope(scene, |response| response.status = status)
}

/// The identity provider says nothing of how it went.
pub(crate) fn no_status_code(scene: &AttackScene) -> ForgedMessage {
    with_envelope(scene, |response| response.status = String::new())
}

/// SAML 1.1, says the response.
pub(crate) fn wrong_response_version(scene: &AttackScene) -> ForgedMessage {
    with_response(scene, |response| response.version = "1.1".into())
}

/// SAML 1.1, says the assertion.
pub(crate) fn wrong_assertion_version(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.version = "1.1".into())
}

/// The response is an hour old.
pub(crate) fn old_response(scene: &AttackScene) -> ForgedMessage {
    let hour_ago = moment(scene, -60);
    with_response(scene, |response| response.issue_instant = hour_ago)
}

/// The response comes from the future.
pub(crate) fn future_response(scene: &AttackScene) -> ForgedMessage {
    let later = moment(scene, 60);
    with_response(scene, |response| response.issue_instant = later)
}

/// The response says when in words.
pub(crate) fn bad_issue_instant(scene: &AttackScene) -> ForgedMessage {
    with_response(scene, |response| response.issue_instant = "now".into())
}

/// The assertion's time is over.
pub(crate) fn expired(scene: &AttackScene) -> ForgedMessage {
    let past = moment(scene, -30);
    with_assertion(scene, |assertion| {
        assertion.conditions.not_before = None;
        assertion.conditions.not_on_or_after = Some(past);
    })
}

/// The assertion's time has not come.
pub(crate) fn not_yet_valid(scene: &AttackScene) -> ForgedMessage {
    let (from, until) = (moment(scene, 30), moment(scene, 60));
    with_assertion(scene, |assertion| {
        assertion.conditions.not_before = Some(from);
        assertion.conditions.not_on_or_after = Some(until);
    })
}

/// The assertion's time is in no form that can be read.
pub(crate) fn unreadable_time(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| {
        assertion.conditions.not_on_or_after = Some("9999-99-99T99:99:99Z".into());
    })
}

/// The assertion has no conditions: it would be valid for all, for ever.
pub(crate) fn no_conditions(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| {
        assertion.conditions.not_before = None;
        assertion.conditions.not_on_or_after = None;
        assertion.conditions.audiences.clear();
    })
}

/// The assertion says for when, and not for whom.
pub(crate) fn no_audience_restriction(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.conditions.audiences.clear())
}

/// The assertion is meant for another service provider.
pub(crate) fn wrong_audience(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.conditions.audiences = vec![vec![OTHER_URL.into()]])
}

/// The audience is ours and more.
pub(crate) fn longer_audience(scene: &AttackScene) -> ForgedMessage {
    let longer = format!("{}.evil.example", scene.context.sp_entity_id);
    with_assertion(scene, |assertion| assertion.conditions.audiences = vec![vec![longer]])
}

/// The assertion is restricted twice: to us, and to another. Both must hold.
pub(crate) fn two_audience_restrictions(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.conditions.audiences.push(vec![OTHER_URL.into()]))
}

/// A condition that nobody knows (Core 2.5.1.3): it can't be said to hold.
pub(crate) fn unknown_condition(scene: &AttackScene) -> ForgedMessage {
    let xsi = "http://www.w3.org/2001/XMLSchema-instance";
    let attributes = [("xmlns:xsi", xsi), ("xsi:type", "OnlyOnSundays")];
    let condition = element("saml:Condition", &attributes, "");
    with_assertion(scene, |assertion| assertion.conditions.others = condition)
}

/// Nobody may bring the assertion.
pub(crate) fn no_subject_confirmation(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.subject.method = String::new())
}

/// Only who holds a key may bring the assertion.
pub(crate) fn holder_of_key(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| {
        assertion.subject.method = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key".into();
    })
}

/// The assertion was to be brought elsewhere.
pub(crate) fn wrong_recipient(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.subject.recipient = Some(OTHER_URL.into()))
}

/// The assertion does not say where it was to be brought.
pub(crate) fn no_recipient(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.subject.recipient = None)
}

/// The assertion is brought too late.
pub(crate) fn expired_confirmation(scene: &AttackScene) -> ForgedMessage {
    let past = moment(scene, -30);
    with_assertion(scene, |assertion| assertion.subject.not_on_or_after = Some(past))
}

/// The assertion may be brought for ever.
pub(crate) fn confirmation_without_end(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.subject.not_on_or_after = None)
}

/// A bearer confirmation has no `NotBefore` (Profiles 4.1.4.2).
pub(crate) fn confirmation_with_not_before(scene: &AttackScene) -> ForgedMessage {
    let past = moment(scene, -1);
    with_assertion(scene, |assertion| assertion.subject.not_before = Some(past))
}

/// The assertion speaks of somebody without a name.
pub(crate) fn empty_name_id(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.subject.name_id = String::new())
}

/// A name of a thousand characters.
pub(crate) fn long_name_id(scene: &AttackScene) -> ForgedMessage {
    let name = format!("{}@example.com", "x".repeat(1_000));
    with_assertion(scene, |assertion| assertion.subject.name_id = name)
}

/// The assertion speaks of nobody.
pub(crate) fn no_subject(scene: &AttackScene) -> ForgedMessage {
    let assertion = scene.assertion();
    let without = |xml: &str| replaced(xml, &assertion.subject.xml(), "");
    let mut signature = assertion.signature(&scene.idp, RSA);
    for reference in &mut signature.references {
        reference.digest = reference.hash.digest(without(&assertion.xml("")).as_bytes());
    }
    scene.response(without(&assertion.xml(&signature.xml()))).xml("").into()
}

/// Nobody says that the person was authenticated.
pub(crate) fn no_authn_statement(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| assertion.authn_statement = String::new())
}

/// The identity provider's session is over.
pub(crate) fn ended_session(scene: &AttackScene) -> ForgedMessage {
    let past = format!(" SessionNotOnOrAfter=\"{}\">", moment(scene, -30));
    with_assertion(scene, |assertion| {
        assertion.authn_statement = assertion.authn_statement.replacen('>', &past, 1);
    })
}

/// The identity provider's session ends at a time that can't be read.
pub(crate) fn unreadable_end_of_session(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| {
        let end = " SessionNotOnOrAfter=\"tomorrow\">";
        assertion.authn_statement = assertion.authn_statement.replacen('>', end, 1);
    })
}

/// An encrypted `NameID`: nobody here can say whom it names.
pub(crate) fn encrypted_name_id(scene: &AttackScene) -> ForgedMessage {
    with_assertion(scene, |assertion| {
        assertion.subject.identifier = Some(element("saml:EncryptedID", &[], ""));
    })
}
