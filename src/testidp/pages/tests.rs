use std::io::Write;

use actix_web::{App, body::to_bytes, http::StatusCode, test};
use flate2::{Compression, write::DeflateEncoder};
use url::form_urlencoded::byte_serialize;

use super::*;

const ACS: &str = "https://sp.example/acs?a=1&b=2";

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

fn state(service_providers: Vec<ServiceProviderSettings>) -> web::Data<TestIdpState> {
    let idp =
        TestIdp::generate("https://idp.example/", "https://idp.example/test/sso", now()).unwrap();
    web::Data::new(TestIdpState { idp, service_providers, clock: Arc::new(now) })
}

fn known_service_provider() -> ServiceProviderSettings {
    let (entity_id, acs_url) = ("https://sp.example/".into(), ACS.into());
    ServiceProviderSettings { entity_id, acs_url, certificate: None }
}

fn query(issuer: &str, acs_url: &str) -> String {
    let xml = format!(
        r#"<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_q" Version="2.0"
        AssertionConsumerServiceURL="{}"><a:Issuer xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"
        >{issuer}</a:Issuer></p:AuthnRequest>"#,
        acs_url.replace('&', "&amp;")
    );
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(xml.as_bytes()).unwrap();
    let encoded: String =
        byte_serialize(STANDARD.encode(deflated.finish().unwrap()).as_bytes()).collect();
    format!("SAMLRequest={encoded}&RelayState=a%22%3Cb")
}

struct Response {
    status: StatusCode,
    policy: String,
    text: String,
}

async fn send(state: web::Data<TestIdpState>, request: test::TestRequest) -> Response {
    let app = test::init_service(App::new().configure(|config| add_routes(config, state))).await;
    let response = test::call_service(&app, request.to_request()).await;
    let policy = response.headers().get("content-security-policy");
    let policy = policy.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = response.status();
    let body = to_bytes(response.into_body()).await.unwrap();
    Response { status, policy, text: String::from_utf8(body.to_vec()).unwrap() }
}

async fn get(state: web::Data<TestIdpState>, query: &str) -> Response {
    send(state, test::TestRequest::get().uri(&format!("/test/sso?{query}"))).await
}

async fn post(state: web::Data<TestIdpState>, query: &str, form: &[(&str, &str)]) -> Response {
    let request = test::TestRequest::post().uri(&format!("/test/sso?{query}"));
    send(state, request.set_form(form)).await
}

#[actix_web::test]
async fn form_describes_itself_and_preserves_the_request() {
    let query = query("https://sp.example/", ACS);
    let actual =
        get(state(vec![known_service_provider()]), &format!("{query}&example=guard")).await;
    assert_eq!(actual.status, StatusCode::OK);
    assert!(actual.text.contains("Not for production"));
    assert!(actual.text.contains("alan.turing@example.com"));
    let escaped = query.replace('&', "&#38;");
    assert!(actual.text.contains(&format!("action=\"/test/sso?{escaped}\"")), "{}", actual.text);
    assert!(actual.text.contains(&format!("?{escaped}&#38;example=malformed")), "{}", actual.text);
    assert!(actual.policy.starts_with("default-src 'none'"), "{}", actual.policy);
}

#[actix_web::test]
async fn response_form_posts_itself_to_the_acs() {
    let form = [("nameId", "ada@example.com"), ("send.role", "1"), ("value.role", "A<B")];
    let actual =
        post(state(vec![known_service_provider()]), &query("https://sp.example/", ACS), &form)
            .await;
    assert_eq!(actual.status, StatusCode::OK);
    let action = "action=\"https://sp.example/acs?a=1&#38;b=2\"";
    assert!(actual.text.contains(action), "{}", actual.text);
    assert!(actual.text.contains("name=\"RelayState\" value=\"a&#34;&#60;b\""), "{}", actual.text);
    let hash = STANDARD.encode(Sha256::digest(between(&actual.text, "<script>", "</script>")));
    assert!(actual.policy.contains(&format!("script-src 'sha256-{hash}'")), "{}", actual.policy);

    let encoded = between(&actual.text, "name=\"SAMLResponse\" value=\"", "\"");
    let encoded = encoded.replace("&#43;", "+");
    let xml = String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let response = document.root_element();
    assert_eq!(response.attribute("Destination"), Some(ACS));
    assert_eq!(response.attribute("InResponseTo"), Some("_q"));
    let value = document.descendants().find(|node| node.tag_name().name() == "AttributeValue");
    assert_eq!(value.unwrap().text(), Some("A<B"));
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

#[actix_web::test]
async fn unsolicited_login_goes_to_the_first_service_provider() {
    let actual = post(
        state(vec![known_service_provider()]),
        "RelayState=%2Fhome",
        &[("nameId", "a@b.example")],
    )
    .await;
    assert_eq!(actual.status, StatusCode::OK);
    assert!(!actual.text.contains("InResponseTo"), "{}", actual.text);
    let actual = get(state(Vec::new()), "").await;
    assert_eq!(actual.status, StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn request_of_an_unknown_service_provider_is_rejected() {
    let mut signing = known_service_provider();
    signing.certificate = Some(state(Vec::new()).idp.certificate_der().to_vec());
    for (known, issuer, acs) in [
        (vec![known_service_provider()], "https://other.example/", ACS),
        (vec![known_service_provider()], "https://sp.example/", "https://other.example/acs"),
        (vec![signing], "https://sp.example/", ACS),
        (Vec::new(), "https://sp.example/", "javascript:alert(1)"),
    ] {
        let query = query(issuer, acs);
        for actual in [
            get(state(known.clone()), &query).await,
            post(state(known.clone()), &query, &[("nameId", "a")]).await,
        ] {
            assert_eq!(actual.status, StatusCode::BAD_REQUEST, "{issuer} {acs}");
            assert!(!actual.text.contains("SAMLResponse"));
        }
    }
    let anybody = get(state(Vec::new()), &query("https://other.example/", ACS)).await;
    assert_eq!(anybody.status, StatusCode::OK);
}

#[actix_web::test]
async fn rejected_form_states_the_reason() {
    let query = query("https://sp.example/", ACS);
    for (form, words) in [
        (vec![("nameId", "")], "Fill in the NameID"),
        (vec![("nameId", "a\u{1}b")], "U+0001"),
        (vec![("nameId", "a"), ("value.shoeSize", "1")], "value.shoeSize"),
    ] {
        let actual = post(state(vec![known_service_provider()]), &query, &form).await;
        assert_eq!(actual.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(actual.text.contains(words), "{words}: {}", actual.text);
    }
    let request = test::TestRequest::post().uri(&format!("/test/sso?{query}"));
    let actual = send(state(vec![known_service_provider()]), request.set_payload("nameId=a")).await;
    assert!(actual.status.is_client_error());
    assert!(actual.text.contains("The form could not be read"), "{}", actual.text);
}

#[actix_web::test]
async fn metadata_and_style_are_served() {
    for (path, words) in [("metadata", "md:EntityDescriptor"), ("style.css", "color-scheme")] {
        let request = test::TestRequest::get().uri(&format!("/test/sso/{path}"));
        let actual = send(state(Vec::new()), request).await;
        assert_eq!(actual.status, StatusCode::OK);
        assert!(actual.text.contains(words));
    }
}
