//! Logins with real identity providers, for each kind of signature and
//! encryption.

use serde_json::json;
use usher::domain::connection::SamlPolicy;

use crate::{
    identity_provider::{Encrypt, IdentityProvider, Person, Sign, Signature},
    tools::Program,
    usher::Usher,
};

/// Characters that XML must escape or encode, and several values.
const ADA: Person = Person {
    name_id: "ada.lovelace@example.com",
    attributes: &[
        ("firstName", &["Ada Zoë <Byron>"]),
        ("lastName", &["Lovelace & \"King\" 王"]),
        ("role", &["USER"]),
        ("teamName", &["Analytical Engine", "Notes & Proofs"]),
        ("teamRole", &["USER", "ADMIN"]),
    ],
};

/// Asserts that a login succeeds: the connection is created from the metadata of the
/// identity provider, which reads Usher's metadata and request, and Usher reads its
/// response.
async fn login_succeeds(program: Program, signature: Signature, sign: Sign, encrypt: Encrypt) {
    let idp = IdentityProvider::signing(program, signature);
    let usher = Usher::start();
    let connection = usher.connect(&idp.metadata(), SamlPolicy::default());
    let metadata = usher.metadata(&connection).await;
    let browser = usher.browser();
    let login_url = browser.begin(&connection, Some("/signedout")).await;

    let response = idp.respond(&metadata, Some(&login_url), &ADA, (sign, encrypt)).unwrap();

    assert!(response.requests.is_some(), "the identity provider read the request");
    assert_eq!(response.acs_url, usher.address(&format!("saml/{}/acs", connection.id)));
    let landed = browser.post(&response).await;
    assert_eq!(landed, "/signedout", "{}", usher.last_attempt(&connection));
    let session = browser.session().await.expect("the user is signed in");
    assert_eq!(session["user"]["email"], "ada.lovelace@example.com");
    assert_eq!(session["user"]["firstName"], "Ada Zoë <Byron>");
    assert_eq!(session["user"]["lastName"], "Lovelace & \"King\" 王");
    assert_eq!(session["user"]["role"], "USER");
    let teams = session["teams"].as_array().unwrap().iter();
    let teams: Vec<_> = teams.map(|team| json!([team["name"], team["role"]])).collect();
    assert_eq!(teams, [json!(["Analytical Engine", "USER"]), json!(["Notes & Proofs", "ADMIN"])]);
}

macro_rules! logins {
    ($($name:ident: $program:ident, $signature:ident, $sign:ident, $encrypt:ident;)+) => {$(
        #[tokio::test]
        async fn $name() {
            login_succeeds(Program::$program, Signature::$signature, Sign::$sign, Encrypt::$encrypt).await;
        }
    )+};
}

logins! {
    pysaml2_signs_the_assertion: Pysaml2, RsaSha256, Assertion, Plain;
    pysaml2_signs_the_response: Pysaml2, RsaSha256, Response, Plain;
    pysaml2_signs_both: Pysaml2, RsaSha256, Both, Plain;
    pysaml2_signs_the_assertion_and_encrypts_it_with_aes_128: Pysaml2, RsaSha256, Assertion, Aes128Gcm;
    pysaml2_signs_the_assertion_and_encrypts_it_with_aes_256: Pysaml2, RsaSha256, Assertion, Aes256Gcm;
    pysaml2_signs_the_response_and_encrypts_with_aes_128: Pysaml2, RsaSha256, Response, Aes128Gcm;
    pysaml2_signs_the_response_and_encrypts_with_aes_256: Pysaml2, RsaSha256, Response, Aes256Gcm;
    pysaml2_signs_both_and_encrypts_with_aes_128: Pysaml2, RsaSha256, Both, Aes128Gcm;
    pysaml2_signs_both_and_encrypts_with_aes_256: Pysaml2, RsaSha256, Both, Aes256Gcm;
    pysaml2_signs_with_rsa_sha_512: Pysaml2, RsaSha512, Both, Plain;
    pysaml2_signs_with_ecdsa: Pysaml2, EcdsaSha256, Assertion, Plain;
    pysaml2_signs_both_with_ecdsa_and_encrypts: Pysaml2, EcdsaSha256, Both, Aes256Gcm;

    samlp_signs_the_assertion: Samlp, RsaSha256, Assertion, Plain;
    samlp_signs_the_response: Samlp, RsaSha256, Response, Plain;
    samlp_signs_both: Samlp, RsaSha256, Both, Plain;
    samlp_signs_the_assertion_and_encrypts_it_with_aes_128: Samlp, RsaSha256, Assertion, Aes128Gcm;
    samlp_signs_the_assertion_and_encrypts_it_with_aes_256: Samlp, RsaSha256, Assertion, Aes256Gcm;
    samlp_signs_the_response_and_encrypts_with_aes_128: Samlp, RsaSha256, Response, Aes128Gcm;
    samlp_signs_the_response_and_encrypts_with_aes_256: Samlp, RsaSha256, Response, Aes256Gcm;
    samlp_signs_both_and_encrypts_with_aes_128: Samlp, RsaSha256, Both, Aes128Gcm;
    samlp_signs_both_and_encrypts_with_aes_256: Samlp, RsaSha256, Both, Aes256Gcm;

    samlify_signs_the_assertion: Samlify, RsaSha256, Assertion, Plain;
    samlify_signs_both: Samlify, RsaSha256, Both, Plain;
    samlify_signs_the_assertion_and_encrypts_it_with_aes_128: Samlify, RsaSha256, Assertion, Aes128Gcm;
    samlify_signs_the_assertion_and_encrypts_it_with_aes_256: Samlify, RsaSha256, Assertion, Aes256Gcm;
    samlify_signs_both_and_encrypts_with_aes_128: Samlify, RsaSha256, Both, Aes128Gcm;
    samlify_signs_both_and_encrypts_with_aes_256: Samlify, RsaSha256, Both, Aes256Gcm;
}

/// Asserts that an unsolicited login succeeds only if the connection allows it.
async fn unsolicited_login_succeeds(program: Program) {
    let idp = IdentityProvider::new(program);
    let usher = Usher::start();
    for (allowed, landing) in [(true, "/"), (false, "/signin/error/")] {
        let policy = SamlPolicy { idp_initiated: allowed, ..SamlPolicy::default() };
        let connection = usher.connect(&idp.metadata(), policy);
        let metadata = usher.metadata(&connection).await;
        let browser = usher.browser();
        let response =
            idp.respond(&metadata, None, &ADA, (Sign::Assertion, Encrypt::Plain)).unwrap();
        let landed = browser.post(&response).await;
        assert!(landed.starts_with(landing), "{landed}: {}", usher.last_attempt(&connection));
        assert_eq!(browser.session().await.is_some(), allowed);
    }
}

#[tokio::test]
async fn login_started_by_pysaml2_succeeds() {
    unsolicited_login_succeeds(Program::Pysaml2).await;
}

#[tokio::test]
async fn login_started_by_samlp_succeeds() {
    unsolicited_login_succeeds(Program::Samlp).await;
}

#[tokio::test]
async fn login_started_by_samlify_succeeds() {
    unsolicited_login_succeeds(Program::Samlify).await;
}

/// Asserts that an identity provider that verifies the signature of the request with
/// the keys of Usher's metadata rejects a changed request.
async fn changed_request_is_rejected(program: Program) {
    let idp = IdentityProvider::new(program);
    let usher = Usher::start();
    let connection = usher.connect(&idp.metadata(), SamlPolicy::default());
    let metadata = usher.metadata(&connection).await;
    let login_url = usher.browser().begin(&connection, None).await;
    let answer = |login_url: &str| {
        idp.respond(&metadata, Some(login_url), &ADA, (Sign::Both, Encrypt::Plain))
    };

    assert!(answer(&login_url).is_ok(), "the unchanged request is accepted");
    let (unsigned, _) = login_url.split_once("&SigAlg=").unwrap();
    let other = usher.browser().begin(&connection, None).await;
    let (_, other_signature) = other.split_once("&Signature=").unwrap();
    let (signed, _) = login_url.split_once("&Signature=").unwrap();
    for (changed, change) in [
        (unsigned.to_owned(), "without its signature"),
        (login_url.replacen("RelayState=", "RelayState=x", 1), "with another RelayState"),
        (format!("{signed}&Signature={other_signature}"), "with the signature of another request"),
    ] {
        assert_ne!(changed, login_url, "{change}");
        let output = answer(&changed).expect_err(change);
        assert!(output.to_lowercase().contains("sig"), "{change}: {output}");
    }
}

#[tokio::test]
async fn pysaml2_detects_a_changed_request() {
    changed_request_is_rejected(Program::Pysaml2).await;
}

#[tokio::test]
async fn samlp_detects_a_changed_request() {
    changed_request_is_rejected(Program::Samlp).await;
}

#[tokio::test]
async fn samlify_detects_a_changed_request() {
    changed_request_is_rejected(Program::Samlify).await;
}
