//! What a person sees: the way in, who they are, and what went wrong.

use chrono::TimeDelta;
use reqwest::{Response, StatusCode};
use roxmltree::{Document, Node, ParsingOptions};
use usher::domain::{
    attempt::Attempt,
    connection::{ProvisioningPolicy, SamlPolicy},
};

use crate::{
    support::{
        browser::{Browser, location},
        db::TestDb,
    },
    world::{Person, World},
};

const ADA: &str = "ada@example.com";

/// A page, read as strictly as XML is: its status and what it says.
struct Page {
    status: StatusCode,
    text: String,
    links: Vec<String>,
}

impl Page {
    async fn parse(answer: Response) -> Self {
        let status = answer.status();
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        let html = answer.text().await.unwrap();
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        let document = Document::parse_with_options(&html, options).unwrap();
        let text: Vec<_> =
            document.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect();
        let link = |node: Node<'_, '_>| node.attribute("href").map(str::to_owned);
        let links = document.descendants().filter(|node| node.has_tag_name("a")).filter_map(link);
        let text = text.concat().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { status, text, links: links.collect() }
    }

    async fn get(world: &World, path: &str) -> Self {
        Self::parse(Browser::new().get(&world.url(path)).await).await
    }

    fn assert_contains(&self, words: &[&str]) {
        for words in words {
            assert!(self.text.contains(words), "{words:?} is not in {:?}", self.text);
        }
    }
}

/// The error page that a rejected login leads to.
async fn error_page(world: &World, person: &Person) -> (Page, Attempt) {
    let attempt = world.expect_failed_login(person).await;
    (Page::get(world, &format!("/signin/error/{}", attempt.reference)).await, attempt)
}

fn login_path(world: &World) -> String {
    format!("/saml/{}/login", world.server.connection.id)
}

#[tokio::test]
async fn visitor_without_a_session_gets_the_sign_in_page() {
    let world = World::new(TestDb::sqlite());
    let home = Browser::new().get(&world.url("/")).await;
    assert_eq!((home.status(), location(&home)), (StatusCode::SEE_OTHER, "/signin"));
    let page = Page::get(&world, "/signin").await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_contains(&[
        "Sign in to A test's account",
        "Continue with A test's identity provider",
    ]);
    assert_eq!(page.links, [login_path(&world)]);
}

#[tokio::test]
async fn with_several_accounts_the_sign_in_page_asks_for_one() {
    let world = World::new(TestDb::sqlite());
    let acme = world.server.add_account("acme", "Acme", None);
    let page = Page::get(&world, "/signin").await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_contains(&["Which account do you belong to?"]);
    assert!(!page.text.contains("Acme"), "who is a customer is nobody's business");
    for empty in ["/signin?account=", "/signin?account=%20"] {
        assert_eq!(Page::get(&world, empty).await.status, StatusCode::OK);
    }
    let page = Page::get(&world, "/signin?account=acme").await;
    page.assert_contains(&["Sign in to Acme", "There is no way to sign in to this account yet."]);
    let connection = world.server.connect(&acme, "Acme's Okta", world.setup());
    for spelled in ["acme", "ACME", "+acme+"] {
        let page = Page::get(&world, &format!("/signin?account={spelled}")).await;
        assert_eq!(page.links, [format!("/saml/{}/login", connection.id)], "{spelled}");
    }
    assert_eq!(Page::get(&world, "/signin?account=default").await.links, [login_path(&world)]);
}

#[tokio::test]
async fn unknown_account_is_not_found() {
    let world = World::new(TestDb::sqlite());
    let page = Page::get(&world, "/signin?account=nobody").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    page.assert_contains(&["There is no account called “nobody”."]);
    let hostile = Page::get(&world, "/signin?account=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert_eq!(hostile.status, StatusCode::NOT_FOUND);
    hostile.assert_contains(&["<script>alert(1)</script>"]);
}

#[tokio::test]
async fn sign_in_page_lists_enabled_connections_only() {
    let world = World::new(TestDb::sqlite());
    let server = &world.server;
    let second = server.connect(&server.account, "Another", world.setup());
    let off = server.connect(&server.account, "Switched off", world.setup());
    server.disable_connection(off.id);
    let page = Page::get(&world, "/signin").await;
    page.assert_contains(&["Choose how.", "Continue with Another"]);
    assert!(!page.text.contains("Switched off"));
    assert_eq!(page.links, [login_path(&world), format!("/saml/{}/login", second.id)]);
}

#[tokio::test]
async fn a_signed_in_user_sees_their_own_data() {
    let world = World::new(TestDb::sqlite());
    let person = Person::with_email(ADA)
        .with_attribute("firstName", "Ada")
        .with_attribute("lastName", "<b>Lovelace</b>")
        .with_attribute("position", "Analyst")
        .with_attribute("role", "USER")
        .with_attribute("teamName", "Analytical & Difference")
        .with_attribute("teamRole", "ADMIN");
    let browser = world.login(&person).await;
    let page = Page::parse(browser.get(&world.url("/")).await).await;
    assert_eq!(page.status, StatusCode::OK);
    page.assert_contains(&["Welcome, Ada <b>Lovelace</b>", ADA, "User", "Analyst"]);
    page.assert_contains(&["Analytical & Difference Admin", "15 January 2027, 20:00 UTC"]);
    page.assert_contains(&["about 12 hours left", "Sign out"]);
    world.server.clock.advance(TimeDelta::hours(11));
    let page = Page::parse(browser.get(&world.url("/")).await).await;
    page.assert_contains(&["about 1 hour left"]);
}

#[tokio::test]
async fn guard_error_page_names_the_contact() {
    let world = World::with_guard(TestDb::sqlite(), "costCentre");
    let (page, attempt) = error_page(&world, &Person::with_email(ADA)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    page.assert_contains(&["You do not have access yet", "reach out to an account admin"]);
    page.assert_contains(&[attempt.reference.as_str(), "admin@example.com", "A test's account"]);
    let reference = attempt.reference.as_str();
    let contact = format!("mailto:admin@example.com?subject=Sign-in%20{reference}");
    assert_eq!(page.links, [contact.as_str(), "/signin?account=default"]);
    for secret in ["costCentre", ADA, "attribute"] {
        assert!(!page.text.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn every_failure_of_an_valid_user_has_its_own_error_page() {
    let world = World::new(TestDb::sqlite());
    world.login(&Person::with_email(ADA)).await;
    let conflict =
        Person::with_name_id("u-1", crate::world::PERSISTENT).with_attribute("email", ADA);
    let (page, _) = error_page(&world, &conflict).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    page.assert_contains(&["We could not match you to a user", "reach out to an account admin"]);
    world.server.db().run("UPDATE users SET status = 'DISABLED'");
    let (page, _) = error_page(&world, &Person::with_email(ADA)).await;
    page.assert_contains(&["Your access is switched off"]);
    let (page, _) =
        error_page(&world, &Person::with_name_id("u-2", crate::world::PERSISTENT)).await;
    page.assert_contains(&["Your e-mail address is missing"]);
    let past =
        Person::with_email(ADA).with_session_until(world.server.clock.now() - TimeDelta::hours(1));
    let (page, _) = error_page(&world, &past).await;
    page.assert_contains(&["This sign-in came at the wrong time"]);
}

/// The error page shows neither the failed check nor a received value.
#[tokio::test]
async fn error_page_names_no_check() {
    let world = World::with_guard(TestDb::sqlite(), "costCentre");
    let other = Person::with_email(ADA).with_audience("https://another.example/sp");
    for person in [Person::with_email(ADA), other] {
        let (page, attempt) = error_page(&world, &person).await;
        for check in attempt.checks.iter() {
            assert!(!page.text.contains(check.id.as_str()), "{:?} is in {:?}", check.id, page.text);
        }
        for inner in ["another.example", "idp.example", "SAML", "XML", "ssertion", "ignature"] {
            assert!(!page.text.contains(inner), "{inner} is in {:?}", page.text);
        }
        for id in [attempt.id.to_string(), attempt.connection.to_string()] {
            assert!(!page.text.contains(&id));
        }
    }
}

#[tokio::test]
async fn an_unknown_reference_is_404() {
    let world = World::new(TestDb::sqlite());
    let long = "0".repeat(3_000);
    for reference in ["0000-0000-0000", "x", "%00", "%ff", "7KQ3", &long, "%3Cscript%3E"] {
        let page = Page::get(&world, &format!("/signin/error/{reference}")).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{reference}");
        page.assert_contains(&["We do not know this reference"]);
    }
}

/// The page can be opened again, also from another browser, and accepts a
/// reference as a person spells it.
#[tokio::test]
async fn reference_is_parsed_in_any_case_and_with_look_alike_characters() {
    let world = World::with_guard(TestDb::sqlite(), "role");
    let attempt = world.expect_failed_login(&Person::with_email(ADA)).await;
    let reference = attempt.reference.as_str();
    for typed in [reference.to_lowercase(), reference.replace('-', "")] {
        let page = Page::get(&world, &format!("/signin/error/{typed}")).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        page.assert_contains(&[reference]);
    }
}

#[tokio::test]
async fn successful_attempt_has_no_error_page() {
    let world = World::new(TestDb::sqlite());
    let browser = world.login(&Person::with_email(ADA)).await;
    let path = format!("/signin/error/{}", world.latest_attempt().reference);
    let response = browser.get(&world.url(&path)).await;
    assert_eq!((response.status(), location(&response)), (StatusCode::SEE_OTHER, "/"));
}

#[tokio::test]
async fn error_page_of_an_account_without_a_contact_has_no_contact() {
    let world = World::new(TestDb::sqlite());
    let account = world.server.add_account("acme", "Acme", None);
    let policy = ProvisioningPolicy {
        check_provision_attribute: Some("role".into()),
        ..ProvisioningPolicy::default()
    };
    let setup = crate::support::server::Setup {
        provisioning: policy,
        saml: SamlPolicy::default(),
        ..world.setup()
    };
    let connection = world.server.connect(&account, "Acme's", setup);
    let browser = Browser::new();
    let login = world.server.saml_of(&connection, "login");
    let request = world.server.begin_login_at(&browser, &login).await;
    let response = world.response_to(&request, &Person::with_email(ADA));
    let fields = [("SAMLResponse", response.as_str())];
    let response = browser.post_form(&world.server.saml_of(&connection, "acs"), &fields).await;
    let page = Page::parse(browser.get(&world.url(location(&response))).await).await;
    page.assert_contains(&["You do not have access yet", "Acme"]);
    assert!(!page.text.contains("Your contact"));
    assert_eq!(page.links, ["/signin?account=acme"]);
}
