//! Examined messages: their claims are read even if a login would fail, but never
//! without a valid signature.

use crate::domain::check::CheckId;
use chrono::TimeDelta;

use super::kit::{
    AES256_GCM, Encryption, IDP_KEY, Message, OTHER_KEY, REQUEST, SP_KEY, Setting, Sign, failed,
    now,
};
use crate::{
    domain::check::CheckResult,
    saml::response::{Examination, RequestState},
};

/// A day after the message was made, with nobody to ask for its request.
fn a_day_later() -> Setting {
    let request = RequestState::NotLookedUp(REQUEST);
    Setting { request, now: now() + TimeDelta::days(1), ..Setting::new() }
}

fn find_result(examined: &Examination, id: CheckId) -> CheckResult {
    examined.checks.iter().find(|check| check.id == id).unwrap().result
}

fn encrypted_message(what: Sign) -> String {
    let message = Message::new();
    let inner = message.assertion(matches!(what, Sign::Assertion | Sign::Both), &IDP_KEY);
    let encrypted = Encryption::new(AES256_GCM).encrypt(&inner, &SP_KEY);
    message.around(&encrypted, matches!(what, Sign::Response | Sign::Both), &IDP_KEY)
}

#[test]
fn late_message_is_explained_but_never_accepted() {
    for what in [Sign::Response, Sign::Assertion, Sign::Both] {
        for xml in [Message::new().signed(what, &IDP_KEY), encrypted_message(what)] {
            let examined = a_day_later().examine(&xml);
            assert_eq!(find_result(&examined, CheckId::ResponseIssueInstant), CheckResult::Failed);
            assert_eq!(find_result(&examined, CheckId::ResponseInResponseTo), CheckResult::NotRun);
            let claims = examined.claims.unwrap_or_else(|| panic!("{:#?}", examined.checks));
            assert_eq!(claims.subject.name_id, "ada@example.com");
            assert!(failed(&a_day_later().verify(&xml)).contains(&CheckId::ResponseIssueInstant));
        }
    }
}

#[test]
fn rejected_login_states_its_subject_if_a_signature_is_valid() {
    let name = |xml: &str| {
        let verdict = a_day_later().verify(xml);
        assert!(verdict.assertion.is_none(), "{:#?}", verdict.checks);
        verdict.claims.map(|claims| claims.subject.name_id)
    };
    for what in [Sign::Response, Sign::Assertion, Sign::Both] {
        for xml in [Message::new().signed(what, &IDP_KEY), encrypted_message(what)] {
            assert_eq!(name(&xml).as_deref(), Some("ada@example.com"));
        }
    }
    let valid = Message::new().signed(Sign::Assertion, &IDP_KEY);
    for xml in [
        Message::new().around(&Message::new().assertion(false, &IDP_KEY), false, &IDP_KEY),
        Message::new().signed(Sign::Both, &OTHER_KEY),
        valid.replace("ada@example.com", "eve@example.com"),
    ] {
        assert_eq!(name(&xml), None, "{xml}");
    }
}

#[test]
fn response_without_a_request_lookup_is_never_accepted() {
    let request = RequestState::NotLookedUp(REQUEST);
    let setting = Setting { request, ..Setting::new() };
    let xml = Message::new().signed(Sign::Both, &IDP_KEY);
    assert!(setting.verify(&xml).assertion.is_none());
    assert!(setting.examine(&xml).claims.is_some());
}

#[test]
fn message_without_a_valid_signature_has_no_claims() {
    let valid = Message::new().signed(Sign::Assertion, &IDP_KEY);
    for xml in [
        Message::new().around(&Message::new().assertion(false, &IDP_KEY), false, &IDP_KEY),
        Message::new().signed(Sign::Both, &OTHER_KEY),
        valid.replace("ada@example.com", "eve@example.com"),
    ] {
        assert_eq!(a_day_later().examine(&xml).claims, None, "{xml}");
    }
}
