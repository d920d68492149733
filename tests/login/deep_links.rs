//! Where a person wanted to go survives the login, and leads nowhere else.

use reqwest::Url;
use usher::{
    app::Settings,
    domain::connection::{ProvisioningPolicy, SamlPolicy},
};

use crate::{
    support::{
        browser::{Browser, location},
        db::TestDb,
        server::TestServerOptions,
    },
    world::{Person, World},
};

fn with_origin(settings: &mut Settings) {
    settings.return_origins = vec![Url::parse("https://app.example.com").unwrap()];
    settings.landing = "https://app.example.com/start".into();
}

fn beside_a_product() -> World {
    let options = TestServerOptions { change: with_origin, ..TestServerOptions::default() };
    World::with_deployment(TestDb::sqlite(), options)
}

/// Where a browser lands that wanted to go there.
async fn lands(world: &World, return_to: &str) -> String {
    let browser = Browser::new();
    let mut address = Url::parse(&world.server.saml("login")).unwrap();
    address.query_pairs_mut().append_pair("return_to", return_to);
    let request = world.server.begin_login_at(&browser, address.as_str()).await;
    assert!(request.relay_state.len() <= 80);
    assert!(!request.relay_state.contains(['/', ':']), "the link itself is told to nobody");
    let response = world.response_to(&request, &Person::with_email("ada@example.com"));
    let response =
        world.server.post_acs(&browser, Some(&response), Some(&request.relay_state)).await;
    assert!(world.session(&browser).await.is_some());
    location(&response).to_owned()
}

#[tokio::test]
async fn own_path_is_a_redirect_target() {
    let world = World::new(TestDb::sqlite());
    for path in ["/alerts/7?tab=log&x=%2F#top", "/", "/a%20b", "/signin"] {
        assert_eq!(lands(&world, path).await, path);
    }
}

#[tokio::test]
async fn listed_origin_is_a_redirect_target() {
    let world = beside_a_product();
    let link = "https://app.example.com/alerts/7?tab=log#top";
    assert_eq!(lands(&world, link).await, link);
}

#[tokio::test]
async fn unlisted_origin_is_not_a_redirect_target() {
    let world = beside_a_product();
    for link in [
        "https://evil.example/",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "http://app.example.com/",
        "https://app.example.com:444/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "",
    ] {
        assert_eq!(lands(&world, link).await, "https://app.example.com/start", "{link}");
    }
}

#[tokio::test]
async fn login_without_a_target_is_redirected_to_the_landing_page() {
    let world = beside_a_product();
    let response = world.try_login(&Browser::new(), &Person::with_email("ada@example.com")).await;
    assert_eq!(location(&response), "https://app.example.com/start");
}

/// The sign-in page carries the link along.
#[tokio::test]
async fn deep_link_is_preserved_by_the_sign_in_page() {
    let world = World::new(TestDb::sqlite());
    let page = world.url("/signin?return_to=%2Falerts%3Fid%3D7%26tab%3Dlog");
    let page = Browser::new().get(&page).await.text().await.unwrap();
    let document = roxmltree::Document::parse_with_options(
        &page,
        roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() },
    );
    let document = document.unwrap();
    let mut links = document.descendants().filter_map(|node| node.attribute("href"));
    let way = links.find(|link| link.starts_with("/saml/")).unwrap();
    let browser = Browser::new();
    let request = world.server.begin_login_at(&browser, &world.url(way)).await;
    let response = world.response_to(&request, &Person::with_email("ada@example.com"));
    let response =
        world.server.post_acs(&browser, Some(&response), Some(&request.relay_state)).await;
    assert_eq!(location(&response), "/alerts?id=7&tab=log");
}

async fn lands_unasked(world: &World, relay_state: &str) -> String {
    let browser = Browser::new();
    let response = world.unsolicited_response(&Person::with_email("ada@example.com"));
    let response = world.server.post_acs(&browser, Some(&response), Some(relay_state)).await;
    assert!(world.session(&browser).await.is_some());
    location(&response).to_owned()
}

#[tokio::test]
async fn unsolicited_response_is_redirected_to_a_listed_target() {
    let saml = SamlPolicy {
        idp_initiated: true,
        relay_states: vec!["/alerts".into(), "https://app.example.com/x".into()],
        ..SamlPolicy::default()
    };
    let options = TestServerOptions { change: with_origin, ..TestServerOptions::default() };
    let policy = ProvisioningPolicy::default();
    let world = World::build(TestDb::sqlite(), saml, policy, options);
    for listed in ["/alerts", "https://app.example.com/x"] {
        assert_eq!(lands_unasked(&world, listed).await, listed);
    }
    for other in ["/alerts/", "/ALERTS", "/", "https://app.example.com/", "https://evil.example/"] {
        let landed = lands_unasked(&world, other).await;
        assert_eq!(landed, "https://app.example.com/start", "{other}");
    }
}
