//! The checks of the response.

use super::{
    super::kit::{ACS, IDP, IDP_KEY, Message, REQUEST, Setting, Sign, actual, failed, verify},
    *,
};
use crate::{domain::check::CheckResult, saml::response::RequestState};

#[test]
fn invalid_responses_fail_their_check() {
    let r1 = r#"ID="_r1" Version="2.0" IssueInstant="2026-11-23T10:00:00Z""#;
    let at = |time: &str| format!(r#"ID="_r1" Version="2.0" IssueInstant="{time}""#);
    let status = "urn:oasis:names:tc:SAML:2.0:status:Success";
    let issuer = format!("<saml:Issuer>{IDP}</saml:Issuer>RESPONSE");
    let to_us = format!(r#" Destination="{ACS}""#);
    let answers = format!(r#"{to_us} InResponseTo="{REQUEST}""#);
    let (assertion, response) = (Sign::Assertion, Sign::Response);
    assert_defects_fail(vec![
        defect("no version", r1, r1.replace("2.0", "1.1"), assertion, &[CheckId::ResponseVersion]),
        defect(
            "status",
            status,
            "urn:oasis:names:tc:SAML:2.0:status:Responder",
            response,
            &[CheckId::ResponseStatus],
        ),
        defect(
            "no status",
            format!(r#" Value="{status}""#),
            "",
            assertion,
            &[CheckId::ResponseStatus],
        ),
        defect(
            "issuer",
            &issuer,
            "<saml:Issuer>https://evil.example</saml:Issuer>RESPONSE",
            assertion,
            &[CheckId::ResponseIssuer],
        ),
        defect(
            "issuer in another case",
            &issuer,
            issuer.replace("idp.example", "IDP.example"),
            response,
            &[CheckId::ResponseIssuer],
        ),
        defect(
            "issuer of another format",
            &issuer,
            issuer.replacen("Issuer", r#"Issuer Format="urn:x""#, 1),
            response,
            &[CheckId::ResponseIssuer],
        ),
        defect(
            "destination",
            &to_us,
            r#" Destination="https://other.example/acs""#,
            assertion,
            &[CheckId::ResponseDestination],
        ),
        defect(
            "destination with a slash",
            &to_us,
            format!(r#" Destination="{ACS}/""#),
            response,
            &[CheckId::ResponseDestination],
        ),
        defect(
            "no destination in a signed response",
            &to_us,
            "",
            response,
            &[CheckId::ResponseDestination],
        ),
        defect(
            "answers another request",
            answers.clone(),
            format!(r#"{to_us} InResponseTo="_other""#),
            assertion,
            &[CheckId::ResponseInResponseTo],
        ),
        defect("answers no request", answers, to_us, response, &[CheckId::ResponseInResponseTo]),
        defect("old", r1, at("2026-11-23T09:51:59Z"), assertion, &[CheckId::ResponseIssueInstant]),
        defect(
            "future",
            r1,
            at("2026-11-23T10:03:01Z"),
            response,
            &[CheckId::ResponseIssueInstant],
        ),
        defect(
            "no moment",
            r1,
            r#"ID="_r1" Version="2.0""#,
            assertion,
            &[CheckId::ResponseIssueInstant],
        ),
        defect(
            "nonsense for a moment",
            r1,
            at("yesterday"),
            assertion,
            &[CheckId::ResponseIssueInstant],
        ),
    ]);
}

#[test]
fn all_response_errors_are_reported_before_any_cryptography() {
    let message = Message::new()
        .with(
            "ID=\"_r1\" Version=\"2.0\" IssueInstant=\"2026",
            "ID=\"_r1\" Version=\"1.0\" IssueInstant=\"2020",
        )
        .with("Destination=\"https://usher", "Destination=\"https://evil");
    let verdict = verify(&message.signed(Sign::Nothing, &IDP_KEY));
    assert_eq!(
        failed(&verdict),
        [
            CheckId::ResponseVersion,
            CheckId::ResponseDestination,
            CheckId::ResponseIssueInstant,
            CheckId::SignaturePresent
        ]
    );
    let not_run = verdict.checks.iter().filter(|check| check.result == CheckResult::NotRun);
    let not_run: Vec<_> = not_run.map(|check| check.id).collect();
    assert!(not_run.contains(&CheckId::SignatureKey), "{not_run:?}");
    assert!(not_run.contains(&CheckId::SubjectNameId), "{not_run:?}");
}

#[test]
fn a_failed_status_is_reported_with_its_code_and_message() {
    let status = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode><samlp:StatusMessage>no licence</samlp:StatusMessage>"#;
    let from = r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>"#;
    let message = Message::new().with(from, status);
    let verdict = verify(&message.around("", false, &IDP_KEY));
    assert_eq!(failed(&verdict), [CheckId::ResponseStatus]);
    assert_eq!(
        actual(&verdict, CheckId::ResponseStatus),
        "urn:oasis:names:tc:SAML:2.0:status:Responder; \
         sub-code urn:oasis:names:tc:SAML:2.0:status:AuthnFailed; message no licence"
    );
}

#[test]
fn the_reason_of_an_unknown_request_is_reported() {
    let mut setting = Setting::new();
    setting.request = RequestState::Unknown("it was begun in another browser");
    let verdict = setting.verify(&Message::new().signed(Sign::Both, &IDP_KEY));
    assert_eq!(failed(&verdict), [CheckId::ResponseInResponseTo]);
    let message = "_request1: it was begun in another browser";
    assert_eq!(actual(&verdict, CheckId::ResponseInResponseTo), message);
}
