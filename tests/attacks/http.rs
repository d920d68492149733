//! Each attack over HTTP, against the real server.

use std::time::{Duration, Instant};

use reqwest::{Response, StatusCode};
use usher::domain::{
    attempt::{Attempt, AttemptOutcome},
    connection::{ProvisioningPolicy, SamlPolicy},
};

use crate::{
    direct::failed_checks,
    forge::{Key, MessageContext, Signed, message::around},
    scene::{AttackScene, ForgedMessage, RSA, SELF, VICTIM},
    support::{
        browser::{Browser, location},
        db::TestDb,
        server::{AuthnRequest, Server, Setup},
    },
};

mod acs;
mod replay;
mod tables;

/// The identity provider of these tests.
const IDP: &str = "https://idp.example/entity";

/// The name of the session's cookie where there is no https.
const SESSION: &str = "usher-session";

/// No attack may be answered later than this.
const BOUND: Duration = Duration::from_secs(2);

/// A server whose connection is with the forge's identity provider.
fn server(db: TestDb, saml: SamlPolicy) -> Server {
    let now = crate::direct::now();
    let setup = Setup {
        idp_entity_id: IDP.into(),
        sso_url: "https://idp.example/sso".into(),
        certificates: vec![Key::identity_provider(now).der()],
        saml,
        provisioning: ProvisioningPolicy::default(),
    };
    Server::start(db, setup)
}

/// A login that a browser has begun.
async fn begin_login(server: &Server, browser: &Browser) -> (AttackScene, AuthnRequest) {
    let request = server.begin_login(browser).await;
    let now = server.clock.now();
    let context = MessageContext {
        idp_entity_id: IDP.into(),
        sp_entity_id: request.sp_entity_id.clone(),
        acs_url: request.acs_url.clone(),
        request: Some(request.id.clone()),
        now,
    };
    let encryption = server.encryption_certificate().await;
    (AttackScene { context, idp: Key::identity_provider(now), encryption }, request)
}

/// Whether a browser is signed in, as the server itself says.
async fn signed_in(server: &Server, browser: &Browser) -> bool {
    match browser.get(&format!("{}/session", server.address)).await.status() {
        StatusCode::OK => true,
        StatusCode::UNAUTHORIZED => false,
        other => panic!("{other}"),
    }
}

/// The attempt that an answer sends the browser to.
fn attempt_of(server: &Server, answer: &Response) -> Attempt {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let reference = location(answer).strip_prefix("/signin/error/");
    let reference = reference.unwrap_or_else(|| panic!("not rejected: {answer:?}"));
    let mut attempts = server.attempts().into_iter();
    attempts.find(|attempt| attempt.reference.as_str() == reference).unwrap()
}

/// Nobody is let in by an answer: the browser is sent to the error page, has
/// no session, and the attempt, which is returned, stands there.
async fn expect_rejection(server: &Server, browser: &Browser, answer: &Response) -> Attempt {
    let attempt = attempt_of(server, answer);
    assert_eq!(attempt.outcome, AttemptOutcome::Rejected);
    assert_eq!((attempt.user, &attempt.plan), (None, &None));
    assert_eq!(browser.cookie(SESSION), None);
    assert!(!signed_in(server, browser).await);
    attempt
}

/// Makes a whole attack, and asserts that it fails as it must.
async fn assert_attack_fails(
    server: &Server,
    forge: fn(&AttackScene) -> ForgedMessage,
    checks: &[&str],
) {
    let browser = Browser::new();
    let (scene, request) = begin_login(server, &browser).await;
    let forged = forge(&scene);
    let field = forged.field.as_deref();
    let begin = Instant::now();
    let response = server.post_acs(&browser, field, Some(&request.relay_state)).await;
    let took = begin.elapsed();
    let attempt = expect_rejection(server, &browser, &response).await;
    let failed = failed_checks(&attempt.checks);
    assert!(checks.iter().all(|check| failed.contains(check)), "{:#?}", attempt.checks);
    assert_eq!(server.user(VICTIM), None);
    assert_eq!(server.user(SELF), None);
    assert!(!forged.was_called(), "somebody was called");
    assert!(took < BOUND, "{took:?}");
}

/// A valid login of a browser, which must succeed: else no attack could.
async fn valid_login(server: &Server, browser: &Browser, signed: Signed) {
    let (scene, request) = begin_login(server, browser).await;
    // An identity provider names no two assertions alike.
    let mut assertion = scene.assertion();
    assertion.id = format!("_assertion{}", request.id);
    let xml = around(&scene.context, &assertion, &scene.idp, RSA, signed);
    let forged = ForgedMessage::from(xml);
    let relay_state = Some(request.relay_state.as_str());
    let response = server.post_acs(browser, forged.field.as_deref(), relay_state).await;
    assert_eq!(location(&response), "/", "{:#?}", server.attempts());
    assert!(signed_in(server, browser).await);
    assert!(server.user(SELF).is_some());
}
