//! Attacks on the ACS endpoint itself: the form, the `RelayState`, the address.

use std::time::Instant;

use reqwest::StatusCode;

use super::{
    BOUND, Browser, ForgedMessage, SamlPolicy, Server, Signed, TestDb, begin_login,
    expect_rejection, failed_checks, location, server, signed_in,
};

/// Places that a browser must not be sent to.
const ELSEWHERE: [&str; 11] = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "/.//evil.example/",
    "/x/%2e%2e//evil.example/",
    "\\\\evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.example/",
    "/%0d%0aLocation: https://evil.example/",
];

fn sqlite() -> Server {
    server(TestDb::sqlite(), SamlPolicy::default())
}

#[tokio::test]
async fn a_foreign_relay_state_is_rejected() {
    let server = sqlite();
    for elsewhere in ELSEWHERE {
        let browser = Browser::new();
        let (scene, _) = begin_login(&server, &browser).await;
        let field = ForgedMessage::from(scene.valid_response(Signed::Both)).field;
        let response = server.post_acs(&browser, field.as_deref(), Some(elsewhere)).await;
        let attempt = expect_rejection(&server, &browser, &response).await;
        assert_eq!(failed_checks(&attempt.checks), ["relay_state"]);
    }
}

#[tokio::test]
async fn the_relay_state_of_another_login_is_rejected() {
    let server = sqlite();
    let (browser, other) = (Browser::new(), Browser::new());
    let (scene, _) = begin_login(&server, &browser).await;
    let (_, others) = begin_login(&server, &other).await;
    let field = ForgedMessage::from(scene.valid_response(Signed::Both)).field;
    let response = server.post_acs(&browser, field.as_deref(), Some(&others.relay_state)).await;
    let attempt = expect_rejection(&server, &browser, &response).await;
    assert_eq!(failed_checks(&attempt.checks), ["relay_state"]);
}

#[tokio::test]
async fn unlisted_relay_state_is_not_followed() {
    let saml = SamlPolicy { idp_initiated: true, ..SamlPolicy::default() };
    let server = server(TestDb::sqlite(), saml);
    for (number, elsewhere) in ELSEWHERE.iter().enumerate() {
        let browser = Browser::new();
        let (mut scene, _) = begin_login(&server, &browser).await;
        scene.context.request = None;
        let mut assertion = scene.assertion();
        assertion.id = format!("_assertion{number}");
        let field = ForgedMessage::from(scene.response(assertion.signed(&scene.idp)).xml("")).field;
        let response = server.post_acs(&browser, field.as_deref(), Some(elsewhere)).await;
        assert_eq!(location(&response), "/", "{elsewhere}");
        assert!(signed_in(&server, &browser).await);
    }
}

#[tokio::test]
async fn login_started_with_a_foreign_target_does_not_redirect_there() {
    let server = sqlite();
    for elsewhere in ELSEWHERE {
        let browser = Browser::new();
        let mut url = reqwest::Url::parse(&server.saml("login")).unwrap();
        url.query_pairs_mut().append_pair("return_to", elsewhere);
        let begun = browser.get(url.as_str()).await;
        assert!(location(&begun).starts_with("https://idp.example/sso?"), "{begun:?}");
        let (scene, request) = self::begin_login(&server, &browser).await;
        let field = ForgedMessage::from(scene.valid_response(Signed::Both)).field;
        let response =
            server.post_acs(&browser, field.as_deref(), Some(&request.relay_state)).await;
        let to = location(&response);
        assert!(to == "/" || to.starts_with("/signin/error/"), "{elsewhere}: {to}");
    }
}

#[tokio::test]
async fn malformed_form_is_rejected() {
    let server = sqlite();
    let browser = Browser::new();
    let (scene, _) = begin_login(&server, &browser).await;
    let field = ForgedMessage::from(scene.valid_response(Signed::Both)).field.unwrap();
    let escaped: String = url::form_urlencoded::byte_serialize(field.as_bytes()).collect();
    let form = "application/x-www-form-urlencoded";
    for (kind, body) in [
        ("application/json", format!("{{\"SAMLResponse\":\"{field}\"}}")),
        ("text/plain", format!("SAMLResponse={escaped}")),
        ("multipart/form-data; boundary=x", format!("--x\r\n\r\n{field}\r\n--x--")),
        (form, format!("SAMLResponse={escaped}&SAMLResponse={escaped}")),
        (form, String::new()),
        (form, "%%%&=&".repeat(1_000)),
        (form, "a=b&".repeat(200_000)),
    ] {
        let begin = Instant::now();
        let response = browser.post(&server.saml("acs"), kind, body.into_bytes()).await;
        assert!(begin.elapsed() < BOUND, "{kind}");
        let attempt = expect_rejection(&server, &browser, &response).await;
        assert_eq!(failed_checks(&attempt.checks), ["form.encoding"], "{kind}");
    }
}

#[tokio::test]
async fn repeated_form_field_is_reported() {
    let server = sqlite();
    for (again, field) in [("SAMLResponse", "SAMLResponse"), ("RelayState", "RelayState")] {
        let browser = Browser::new();
        let (scene, request) = begin_login(&server, &browser).await;
        let response = ForgedMessage::from(scene.valid_response(Signed::Both)).field.unwrap();
        let mut fields =
            vec![("SAMLResponse", response.as_str()), ("RelayState", &request.relay_state)];
        fields.extend(fields.clone().into_iter().find(|(name, _)| *name == again));
        let answer = browser.post_form(&server.saml("acs"), &fields).await;
        let attempt = expect_rejection(&server, &browser, &answer).await;
        assert_eq!(failed_checks(&attempt.checks), ["form.encoding"]);
        let message = &attempt.checks.iter().next().unwrap().actual;
        assert!(message.starts_with(&format!("2 fields {field}")), "{message}");
    }
}

#[tokio::test]
async fn a_form_of_ws_federation_fails_the_version() {
    let server = sqlite();
    let browser = Browser::new();
    begin_login(&server, &browser).await;
    let fields = [("wa", "wsignin1.0"), ("wresult", "<t:RequestSecurityTokenResponse/>")];
    let response = browser.post_form(&server.saml("acs"), &fields).await;
    let attempt = expect_rejection(&server, &browser, &response).await;
    assert_eq!(failed_checks(&attempt.checks), ["response.version"]);
}

#[tokio::test]
async fn a_body_of_10_mb_is_rejected() {
    let server = sqlite();
    let browser = Browser::new();
    let form = "application/x-www-form-urlencoded";
    for byte in [b'A', b'&', b'%', b'='] {
        let body = [b"SAMLResponse=".to_vec(), vec![byte; 10_000_000]].concat();
        let begin = Instant::now();
        let response = browser.post(&server.saml("acs"), form, body).await;
        assert!(begin.elapsed() < BOUND);
        let attempt = expect_rejection(&server, &browser, &response).await;
        assert_eq!(failed_checks(&attempt.checks), ["form.encoding"]);
    }
}

#[tokio::test]
async fn only_post_to_the_acs_of_the_connection_signs_in() {
    let server = sqlite();
    let browser = Browser::new();
    let (scene, request) = begin_login(&server, &browser).await;
    let field = ForgedMessage::from(scene.valid_response(Signed::Both)).field.unwrap();
    let fields = [("SAMLResponse", field.as_str()), ("RelayState", &request.relay_state)];
    let id = server.connection.id.to_string();
    for other in ["00000000-0000-7000-8000-000000000000", "x", "%00", "..%2f..", "'%20OR%201=1"] {
        let url = server.saml("acs").replace(&id, other);
        let response = browser.post_form(&url, &fields).await;
        assert!(response.status().is_client_error(), "{other}: {response:?}");
    }
    let escaped: String = url::form_urlencoded::byte_serialize(field.as_bytes()).collect();
    let response = browser.get(&format!("{}?SAMLResponse={escaped}", server.saml("acs"))).await;
    assert!(response.status().is_client_error(), "{response:?}");
    assert!(!signed_in(&server, &browser).await);
    assert!(server.attempts().is_empty());
}

#[tokio::test]
async fn error_page_reveals_no_check() {
    let server = sqlite();
    let mut pages = Vec::new();
    for forge in [
        crate::signatures::no_signature,
        crate::signatures::other_key,
        crate::encryption::encrypted_for_another,
        crate::encryption::malformed_ciphertext,
        crate::contents::wrong_audience,
    ] {
        let browser = Browser::new();
        let (scene, _) = begin_login(&server, &browser).await;
        let response = server.post_acs(&browser, forge(&scene).field.as_deref(), None).await;
        let reference = expect_rejection(&server, &browser, &response).await.reference.to_string();
        let page = browser.get(&format!("{}{}", server.address, location(&response))).await;
        assert!(page.status() == StatusCode::OK || page.status().is_client_error());
        let text = page.text().await.unwrap();
        assert!(text.contains(&reference));
        pages.push(text.replace(&reference, "REFERENCE"));
    }
    pages.dedup();
    assert_eq!(pages.len(), 1, "{pages:#?}");
}

#[tokio::test]
async fn account_with_an_impossible_slug_is_not_found() {
    let server = sqlite();
    let browser = Browser::new();
    for name in ["%00", "a%00b", "%ff", "..%2f", "%1b%5b2J", &"a".repeat(5_000)] {
        let response = browser.get(&format!("{}/signin?account={name}", server.address)).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn every_get_supports_head() {
    let server = sqlite();
    let client = reqwest::Client::new();
    for path in ["healthz", "readyz", "signin", ".well-known/jwks.json"] {
        let url = format!("{}/{path}", server.address);
        let (head, get) = (client.head(&url).send().await, client.get(&url).send().await);
        let (head, get) = (head.unwrap(), get.unwrap());
        assert_eq!((head.status(), get.status()), (StatusCode::OK, StatusCode::OK), "{path}");
        assert_eq!(head.headers().get("content-type"), get.headers().get("content-type"));
        assert!(head.bytes().await.unwrap().is_empty(), "{path}");
    }
}
