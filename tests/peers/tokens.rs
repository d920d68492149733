//! Tokens are verified by libraries of other languages, with nothing but the
//! keys that are published, and rejected when they should be.

use serde_json::{Value, json};
use usher::domain::connection::SamlPolicy;

use crate::{
    identity_provider::{Encrypt, IdentityProvider, Person, Sign},
    tools::Program,
    usher::{Browser, Usher},
};

const GRACE: Person = Person {
    name_id: "grace.hopper@example.com",
    attributes: &[("role", &["ADMIN"]), ("teamName", &["Compilers"]), ("teamRole", &["ADMIN"])],
};

async fn sign_in(usher: &Usher) -> Browser {
    let idp = IdentityProvider::new(Program::Samlp);
    let connection = usher.connect(&idp.metadata(), SamlPolicy::default());
    let metadata = usher.metadata(&connection).await;
    let browser = usher.browser();
    let login_url = browser.begin(&connection, None).await;
    let response =
        idp.respond(&metadata, Some(&login_url), &GRACE, (Sign::Both, Encrypt::Plain)).unwrap();
    browser.post(&response).await;
    browser
}

async fn verifies(program: Program, rejections: [&str; 3]) {
    let usher = Usher::start();
    let browser = sign_in(&usher).await;
    let session = browser.session().await.unwrap();
    let token = browser.token().await;
    let issuer = usher.address("").trim_end_matches('/').to_owned();
    let job = json!({
        "token": token,
        "jwks_url": usher.address(".well-known/jwks.json"),
        "algorithm": "ES256",
        "issuer": issuer,
        "audience": usher.token_audience(),
    });

    let response = program.ask(&job).unwrap();
    let claims = &response["claims"];
    assert_eq!(claims["sub"], session["user"]["id"], "{response}");
    assert_eq!(claims["sid"], session["id"]);
    assert_eq!(claims["email"], "grace.hopper@example.com");
    assert_eq!(claims["role"], "ADMIN");
    assert_eq!(claims["teams"][0]["name"], "Compilers");
    let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!((1..=300).contains(&lifetime), "{lifetime} s");

    let with = |name: &str, value: String| {
        let mut job = job.clone();
        job[name] = Value::from(value);
        program.ask(&job).unwrap()
    };
    let [other_audience, other_issuer, changed] = rejections;
    assert_eq!(
        with("audience", "https://other.example".into()),
        json!({"rejected": other_audience})
    );
    assert_eq!(with("issuer", "https://other.example".into()), json!({"rejected": other_issuer}));
    assert_eq!(with("token", promoted(&token)), json!({"rejected": changed}));
}

/// The token with another e-mail address in it, and the signature left alone.
fn promoted(token: &str) -> String {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let claims = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let other = claims.replace("grace.hopper@", "root@");
    assert_ne!(other, claims);
    format!("{header}.{}.{signature}", BASE64_URL_SAFE_NO_PAD.encode(other))
}

#[tokio::test]
async fn pyjwt_verifies_a_token_by_the_published_keys() {
    let rejections = ["InvalidAudienceError", "InvalidIssuerError", "InvalidSignatureError"];
    verifies(Program::PyJwt, rejections).await;
}

#[tokio::test]
async fn jose_verifies_a_token_by_the_published_keys() {
    let claim = "ERR_JWT_CLAIM_VALIDATION_FAILED";
    verifies(Program::Jose, [claim, claim, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"]).await;
}
