//! The cookies, to the letter, over https and on localhost.

use reqwest::{Method, Response, header::SET_COOKIE};

use crate::{
    support::{browser::Browser, db::TestDb, server::TestServerOptions},
    world::{LOGIN, Person, SESSION, World},
};

const HTTPS: &str = "https://login.example.com/";

fn over_https() -> World {
    World::with_deployment(
        TestDb::sqlite(),
        TestServerOptions { base_url: Some(HTTPS), ..TestServerOptions::default() },
    )
}

/// The only cookie that a response sets. Its value, and the ID of a request in its name,
/// are replaced.
fn cookie(answer: &Response) -> String {
    let mut set = answer.headers().get_all(SET_COOKIE).iter();
    let (Some(cookie), None) = (set.next(), set.next()) else { panic!("{answer:?}") };
    let cookie = cookie.to_str().unwrap();
    let (name, rest) = cookie.split_once('=').unwrap();
    let (value, attributes) = rest.split_once(';').unwrap();
    let request = name.rsplit_once("usher-login_").map(|(prefix, id)| (prefix, id.len()));
    let name = match request {
        Some((prefix, 48)) => format!("{prefix}usher-login_ID"),
        _ => name.to_owned(),
    };
    assert!(request.is_some() || [0, 43].contains(&value.len()), "256 random bits: {value}");
    let value = if value.is_empty() { "" } else { "SECRET" };
    format!("{name}={value};{attributes}")
}

/// The cookies of a login: when it begins, when it ends, after signing out.
async fn of_a_login(world: &World) -> [String; 3] {
    let browser = Browser::new();
    let begun = cookie(&browser.get(&world.server.saml("login")).await);
    let ended = cookie(&world.try_login(&browser, &Person::with_email("ada@example.com")).await);
    let out = cookie(&world.send_from_own_page(&browser, Method::DELETE, "/session").await);
    [begun, ended, out]
}

#[tokio::test]
async fn cookies_over_https_have_the_host_prefix() {
    let [begun, ended, out] = of_a_login(&over_https()).await;
    assert_eq!(
        begun,
        "__Host-usher-login_ID=SECRET; HttpOnly; SameSite=None; Secure; Path=/; \
         Expires=Fri, 15 Jan 2027 08:10:00 GMT"
    );
    assert_eq!(
        ended,
        "__Host-usher-session=SECRET; HttpOnly; SameSite=Lax; Secure; Path=/; \
         Expires=Fri, 15 Jan 2027 20:00:00 GMT"
    );
    let gone = "__Host-usher-session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0; Expires=";
    assert!(out.starts_with(gone), "{out}");
}

#[tokio::test]
async fn cookies_on_localhost_do_not_require_https() {
    let [begun, ended, out] = of_a_login(&World::new(TestDb::sqlite())).await;
    assert_eq!(
        begun,
        "usher-login_ID=SECRET; HttpOnly; Path=/; Expires=Fri, 15 Jan 2027 08:10:00 GMT"
    );
    assert_eq!(
        ended,
        "usher-session=SECRET; HttpOnly; SameSite=Lax; Path=/; \
         Expires=Fri, 15 Jan 2027 20:00:00 GMT"
    );
    assert!(out.starts_with("usher-session=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"), "{out}");
}

/// A subdomain or plain http can set a cookie without the prefix: it is none.
#[tokio::test]
async fn cookie_over_https_without_the_host_prefix_is_ignored() {
    let world = over_https();
    let browser = world.login(&Person::with_email("ada@example.com")).await;
    let planted = Browser::new();
    planted.take_cookie(SESSION, &browser.cookie("__Host-usher-session").unwrap());
    assert_eq!(world.session(&planted).await, None);
    let request = world.server.begin_login(&browser).await;
    let planted = Browser::new();
    for (name, value) in browser.cookies("__Host-usher-login_") {
        planted.take_cookie(name.trim_start_matches("__Host-"), &value);
    }
    let response = world.response_to(&request, &Person::with_email("ada@example.com"));
    let response = world.server.post_acs(&planted, Some(&response), None).await;
    world.expect_rejection(&planted, &response).await;
}

/// What a browser holds is not what is stored, and stands in no answer but
/// the one that sets it.
#[tokio::test]
async fn secret_is_stored_only_as_a_hash() {
    let world = World::new(TestDb::sqlite());
    let browser = Browser::new();
    world.server.begin_login(&browser).await;
    let response = world.try_login(&browser, &Person::with_email("ada@example.com")).await;
    let rows = format!("{:?}", world.server.db().rows()).to_lowercase();
    let request = browser.cookies(LOGIN).into_keys().next().unwrap();
    for name in [SESSION, &request] {
        let secret = browser.cookie(name).unwrap();
        assert!(!rows.contains(&secret.to_lowercase()), "{name}");
        assert!(!rows.contains(&hex::encode(&secret)), "{name}");
        assert!(!response.headers()["location"].to_str().unwrap().contains(&secret));
    }
    let page = browser.get(&world.url("/")).await.text().await.unwrap();
    assert!(!page.contains(&browser.cookie(SESSION).unwrap()));
}
