//! Every page is well-formed and labelled, has enough contrast, and links only to
//! Usher itself, also with hostile texts.

use chrono::TimeDelta;
use roxmltree::{Document, Node, ParsingOptions};
use usher::{
    domain::{
        Timestamp,
        account::Account,
        connection::{Connection, IdentityProvider, ProvisioningPolicy, SamlPolicy},
        membership::MemberRole,
        profile_field::ProfileField,
        role::{AccountRole, TeamRole},
        session::Session,
        team::Team,
        user::{Origin, Profile, User, UserStatus},
    },
    http::{
        assets::Asset,
        pages::{
            self, ChooseAccountPage, ErrorPage, SignInPage, SignedInPage, error_kind::ErrorPageKind,
        },
    },
};

const HOSTILE: &str = "<script>alert('x')</script>\"onload='x&amp;</title>]]>";
const DEEP_LINK: &str = "https://evil.example/\"><img src=x>";

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_795_458_900, 0).unwrap()
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(number: u8) -> T {
    format!("01890000-0000-7000-8000-0000000000{number:02x}").parse().unwrap()
}

fn account(name: &str, contact: Option<&str>) -> Account {
    Account {
        id: id(1),
        slug: "acme".to_owned(),
        name: name.to_owned(),
        contact: contact.map(str::to_owned),
        recreate_deleted: false,
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

fn connection(number: u8, name: &str, enabled: bool) -> Connection {
    Connection {
        id: id(number),
        account: id(1),
        name: name.to_owned(),
        enabled,
        idp: IdentityProvider {
            entity_id: "https://idp.example".to_owned(),
            sso_url: "https://idp.example/sso".to_owned(),
            certificates: Vec::new(),
            ignored: Vec::new(),
        },
        saml: SamlPolicy::default(),
        provisioning: ProvisioningPolicy::default(),
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

fn user(first_name: &str, last_name: &str) -> User {
    let text = |text: &str| format!("{text} {first_name}");
    let email = "ada.lovelace@acme.example".parse().unwrap();
    User {
        role: AccountRole::Responder,
        profile: Profile {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            texts: [
                (ProfileField::Position, text("Analyst")),
                (ProfileField::Department, text("Engines")),
            ]
            .into(),
            profile_image: Some("https://pictures.example/ada.png".to_owned()),
            ..Profile::default()
        },
        status: UserStatus::Active,
        first_login_at: Some(now()),
        last_login_at: Some(now()),
        ..User::new(id(2), id(1), email, Origin::Login, now())
    }
}

fn session() -> Session {
    Session {
        id: id(3),
        account: id(1),
        user: id(2),
        connection: id(4),
        attempt: id(5),
        created_at: now(),
        expires_at: now() + TimeDelta::hours(8),
    }
}

fn team(name: &str) -> Team {
    Team {
        id: id(6),
        account: id(1),
        name: name.parse().unwrap(),
        origin: Origin::Login,
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

/// A role in effect that was requested.
fn role(role: TeamRole) -> MemberRole {
    MemberRole { requested: role, effective: role }
}

fn signed_in(user: &User, teams: &[(Team, MemberRole)]) -> String {
    let (account, session) = (account("Acme", None), session());
    let page = SignedInPage { account: &account, user, teams, session: &session, now: now() };
    pages::render_signed_in(&page).unwrap()
}

fn error(kind: ErrorPageKind, contact: Option<&str>, reference: Option<&str>) -> String {
    let account = account("Acme", contact);
    let page = ErrorPage { kind, account: Some(&account), reference };
    pages::render_error(&page).unwrap()
}

/// Each page in each of its shapes, given `text` wherever a text is shown.
fn every_page(text: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |what: String, html| all.push((what, html));
    let account = account(text, Some(text));
    for count in 0..=2 {
        let connections: Vec<_> = (0..count).map(|number| connection(number, text, true)).collect();
        let page =
            SignInPage { account: &account, connections: &connections, return_to: Some(DEEP_LINK) };
        add(format!("sign-in with {count} ways"), pages::render_sign_in(&page).unwrap());
    }
    for unknown in [None, Some(text)] {
        let page = ChooseAccountPage { unknown, return_to: Some(DEEP_LINK) };
        add(format!("choose account {unknown:?}"), pages::render_choose_account(&page).unwrap());
    }
    let (user, session) = (user(text, text), session());
    for teams in
        [vec![], vec![(team(text), role(TeamRole::Admin)), (team("Ops"), role(TeamRole::User))]]
    {
        let page = SignedInPage {
            account: &account,
            user: &user,
            teams: &teams,
            session: &session,
            now: now(),
        };
        add(format!("signed in, {} teams", teams.len()), pages::render_signed_in(&page).unwrap());
    }
    add("signed out".to_owned(), pages::render_signed_out().unwrap());
    for account in [None, Some(&account)] {
        for kind in ErrorPageKind::ALL {
            let reference = account.map(|_| text);
            let page = ErrorPage { kind, account, reference };
            add(format!("error {kind:?}"), pages::render_error(&page).unwrap());
        }
    }
    all
}

/// Checks something of every page, with ordinary and with hostile values.
fn on_every_page(check: impl Fn(&str, &Document<'_>)) {
    for text in ["Acme", HOSTILE, "help@acme.example", "https://acme.example/help?a=1&b=2"] {
        for (what, html) in every_page(text) {
            let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
            let document = Document::parse_with_options(&html, options)
                .unwrap_or_else(|error| panic!("{what} is not well-formed: {error}\n{html}"));
            check(&what, &document);
        }
    }
}

fn elements<'a>(document: &'a Document<'_>, name: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.has_tag_name(name)).collect()
}

fn text_of(node: Node<'_, '_>) -> String {
    let text: String =
        node.descendants().filter(Node::is_text).filter_map(|text| text.text()).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The page's visible text.
fn words(html: &str) -> String {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    text_of(Document::parse_with_options(html, options).unwrap().root())
}

#[test]
fn every_page_has_a_language_a_title_a_header_a_main_and_one_first_heading() {
    on_every_page(|what, page| {
        let root = page.root_element();
        assert_eq!(root.attribute("lang"), Some("en"), "{what}");
        for once in ["title", "header", "main", "h1"] {
            assert_eq!(elements(page, once).len(), 1, "{what}: {once}");
        }
        for filled in ["title", "h1", "h2", "a", "button", "label"] {
            for element in elements(page, filled) {
                assert!(!text_of(element).is_empty(), "{what}: an empty {filled}");
            }
        }
        let (main, heading) = (elements(page, "main")[0], elements(page, "h1")[0]);
        assert!(heading.ancestors().any(|above| above == main), "{what}");
        let viewport = elements(page, "meta")
            .into_iter()
            .find(|meta| meta.attribute("name") == Some("viewport"))
            .and_then(|meta| meta.attribute("content"));
        assert_eq!(viewport, Some("width=device-width, initial-scale=1"), "{what}");
    });
}

#[test]
fn every_element_reference_resolves_to_exactly_one_element() {
    on_every_page(|what, page| {
        let with_id =
            |id: &str| page.descendants().filter(|node| node.attribute("id") == Some(id)).count();
        for node in page.descendants() {
            for name in ["for", "aria-labelledby", "aria-describedby"] {
                for id in node.attribute(name).unwrap_or_default().split_whitespace() {
                    assert_eq!(with_id(id), 1, "{what}: {name}={id}");
                }
            }
        }
        for input in elements(page, "input") {
            if input.attribute("type") != Some("hidden") {
                let id = input.attribute("id").expect("an input has an id");
                let labels = elements(page, "label");
                assert!(labels.iter().any(|label| label.attribute("for") == Some(id)), "{what}");
            }
        }
        for image in elements(page, "img") {
            assert!(image.attribute("alt").is_some(), "{what}: a picture without alt");
        }
    });
}

#[test]
fn no_page_contains_an_injected_script_or_style() {
    on_every_page(|what, page| {
        for node in page.descendants() {
            let name = node.tag_name().name();
            let forbidden = ["script", "style", "iframe", "object", "embed", "base", "svg"];
            assert!(!forbidden.contains(&name), "{what}: <{name}>");
            for attribute in node.attributes() {
                let name = attribute.name();
                assert!(name != "style" && !name.starts_with("on"), "{what}: {name}");
            }
        }
    });
}

#[test]
fn every_link_is_local_except_for_the_contact() {
    on_every_page(|what, page| {
        for node in page.descendants() {
            for name in ["href", "src", "action"] {
                let Some(target) = node.attribute(name) else { continue };
                let contact =
                    node.ancestors().any(|above| above.attribute("class") == Some("contact"));
                let ours = target.starts_with('/') && !target.starts_with("//");
                let theirs =
                    target.starts_with("mailto:") || target.starts_with("https://acme.example/");
                assert!(ours || (contact && theirs), "{what}: {name}={target}");
                assert!(!target.contains(['"', '<', '>', '\\', ' ']), "{what}: {target}");
            }
        }
        for loaded in elements(page, "img").into_iter().chain(elements(page, "link")) {
            let target = loaded.attribute("src").or(loaded.attribute("href")).unwrap();
            assert!(Asset::ALL.iter().any(|asset| asset.path() == target), "{what}: {target}");
        }
    });
}

#[test]
fn hostile_text_is_rendered_as_text() {
    for (what, html) in every_page(HOSTILE) {
        assert!(!html.contains("<script"), "{what}");
        assert!(!html.contains("<img src=x"), "{what}");
    }
    let page = signed_in(&user(HOSTILE, ""), &[(team(HOSTILE), role(TeamRole::User))]);
    assert_eq!(words(&page).matches(HOSTILE).count(), 4, "name, position, department, team");
}

#[test]
fn the_sign_in_page_has_a_link_for_each_enabled_connection_and_keeps_the_deep_link() {
    let account = account("Acme", None);
    let connections = [connection(7, "Okta", true), connection(8, "Old", false)];
    let page =
        SignInPage { account: &account, connections: &connections, return_to: Some("/a?b=c&d") };
    let html = pages::render_sign_in(&page).unwrap();
    assert!(html.contains(
        "href=\"/saml/01890000-0000-7000-8000-000000000007/login?return_to=%2Fa%3Fb%3Dc%26d\""
    ));
    assert!(words(&html).contains("Continue with Okta"));
    assert!(!html.contains("Old") && !html.contains("000000000008"), "disabled, so not offered");
}

#[test]
fn account_without_connections_has_an_explanation() {
    let account = account("Acme", Some("help@acme.example"));
    let connections = [connection(8, "Old", false)];
    let page = SignInPage { account: &account, connections: &connections, return_to: None };
    let html = pages::render_sign_in(&page).unwrap();
    assert!(words(&html).contains("no way to sign in to this account yet"));
    assert!(html.contains("href=\"mailto:help@acme.example\""));
}

#[test]
fn signed_in_page_has_the_user_teams_and_expiry() {
    let teams =
        [(team("Platform"), role(TeamRole::Admin)), (team("Ops"), role(TeamRole::Responder))];
    let html = signed_in(&user("ada", "Lovelace"), &teams);
    let words = words(&html);
    for output in [
        "Welcome, ada Lovelace",
        "Signed in to Acme",
        "ada.lovelace@acme.example",
        "Account role Responder",
        "Platform Admin",
        "Ops Responder",
        "until 24 November 2026, 02:35 UTC (about 8 hours left)",
    ] {
        assert!(words.contains(output), "{output} is not in: {words}");
    }
    assert!(html.contains("datetime=\"2026-11-24T02:35:00Z\""));
    assert!(html.contains("<form action=\"/signout\" method=\"post\">"));
    assert!(html.contains(">AL</span>"));
    assert!(!html.contains("pictures.example"), "the picture's server would learn of the visit");
}

#[test]
fn user_without_a_name_is_displayed_by_address() {
    let html = signed_in(&user("", ""), &[]);
    assert!(words(&html).contains("Welcome, ada.lovelace@acme.example"));
    assert!(html.contains(">A</span>"));
    assert!(words(&html).contains("You are not in a team yet."));
}

#[test]
fn the_guard_s_page_names_the_admin_the_contact_and_the_reference() {
    let html =
        error(ErrorPageKind::NotProvisioned, Some("it+help@acme.example"), Some("7KQ3-M2XB-90FD"));
    let words = words(&html);
    assert!(words.contains("reach out to an account admin"));
    assert!(words.contains("Your contact: it+help@acme.example"));
    assert!(words.contains("7KQ3-M2XB-90FD"));
    assert!(
        html.contains("href=\"mailto:it%2Bhelp@acme.example?subject=Sign-in%207KQ3-M2XB-90FD\"")
    );
}

#[test]
fn contact_is_a_link_only_if_it_is_an_address_or_a_url() {
    let html = error(ErrorPageKind::NotProvisioned, Some("javascript:alert(1)"), None);
    assert!(words(&html).contains("Your contact: javascript:alert(1)"));
    assert!(!html.contains("href=\"javascript"));
    let page = error(ErrorPageKind::NotProvisioned, Some("https://acme.example/help"), None);
    assert!(page.contains("href=\"https://acme.example/help\""));
    assert!(!words(&error(ErrorPageKind::NotProvisioned, None, None)).contains("Your contact"));
}

#[test]
fn internal_error_page_has_only_a_reference() {
    let page = ErrorPage {
        kind: ErrorPageKind::Internal,
        account: None,
        reference: Some("7KQ3-M2XB-90FD"),
    };
    let html = pages::render_error(&page).unwrap();
    assert!(words(&html).contains("Something went wrong on our side"));
    assert!(html.contains("<code>7KQ3-M2XB-90FD</code>"));
    assert!(html.contains("href=\"/signin\""));
}

/// The colours of a block of the style sheet, by the name of their property.
fn colours(block: &str) -> std::collections::BTreeMap<&str, [f64; 3]> {
    let declarations = block.split(';').filter_map(|line| line.trim().strip_prefix("--"));
    declarations
        .filter_map(|declaration| declaration.split_once(": #"))
        .map(|(name, hex)| {
            let channel = |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
            (name, [channel(0), channel(2), channel(4)])
        })
        .collect()
}

/// WCAG 2.2, "contrast ratio" of two colours.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let linear = colour.map(|channel| {
            let channel = channel / 255.0;
            if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn colours_have_the_contrast_of_wcag_2_2_aa_in_light_and_dark() {
    let style = std::str::from_utf8(Asset::Style.bytes()).unwrap();
    let block = |after: &str| {
        let start = style.find(after).unwrap_or_else(|| panic!("no {after}")) + after.len();
        let rest = &style[start..];
        colours(&rest[..rest.find('}').unwrap()])
    };
    let schemes = [
        ("light", block(":root {\n  color-scheme: light dark;")),
        ("dark", block("@media (prefers-color-scheme: dark) {\n  :root {")),
    ];
    // Text wants 4.5 (1.4.3); lines that carry meaning and focus want 3 (1.4.11).
    let grounds = ["ground", "lit", "ticket"];
    let text = ["ink", "faint", "accent", "accent-strong", "wrong"];
    for (scheme, colours) in schemes {
        let holds = |over: &str, under: &str, least: f64| {
            let ratio = contrast(colours[over], colours[under]);
            assert!(ratio >= least, "{scheme}: {over} on {under} is {ratio:.2}, not {least}");
        };
        for ground in grounds {
            for text in text {
                holds(text, ground, 4.5);
            }
            holds("line", ground, 3.0);
        }
        holds("on-accent", "accent", 4.5);
        holds("on-accent", "accent-strong", 4.5);
    }
}

#[test]
fn the_contrast_of_black_and_white_is_21() {
    assert!((contrast([0.0; 3], [255.0; 3]) - 21.0).abs() < 1e-9);
}
