//! Connections: certificates and their rollover, unique names, and the
//! metadata that they were read from.

use chrono::TimeDelta;
use openssl::{
    hash::MessageDigest,
    x509::{X509, X509NameBuilder},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use usher::{
    domain::{api_key::Scopes, check::CheckId},
    saml::keys::fingerprint,
    testidp::TestIdp,
};

use crate::{
    client::ApiClient,
    support::{db::TestDb, forge::Key},
    world::{Person, World},
};

on_both_databases! {
    a_certificate_is_added_and_removed,
    certificate_of_the_latest_login_is_removed_only_by_force,
    certificate_of_a_second_signing_machine_is_preserved,
    last_usable_certificate_of_an_enabled_connection_cannot_be_removed,
    invalid_certificate_is_rejected,
    ignored_certificates_are_reported_with_their_remedy,
    authority_beside_its_leaf_is_ignored,
    metadata_is_returned_unchanged,
    the_name_of_another_connection_is_rejected,
}

const ENTITY_ID: &str = "https://okta.example/entity";
const REJECTED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

fn pem(key: &Key) -> String {
    String::from_utf8(key.certificate.to_pem().unwrap()).unwrap()
}

pub(crate) fn metadata(key: &Key) -> String {
    let private = key.private.private_key_to_pkcs8().unwrap();
    let sso_url = "https://okta.example/sso";
    TestIdp::from_der(ENTITY_ID, sso_url, &private, &key.der()).unwrap().metadata_xml().unwrap()
}

/// The fingerprints of a connection's certificates.
fn fingerprints(connection: &Value) -> Vec<String> {
    let certificates = connection["certificates"].as_array().unwrap().iter();
    certificates.map(|one| one["fingerprintSha256"].as_str().unwrap().to_owned()).collect()
}

fn path(world: &World) -> String {
    format!("/connections/{}", world.server.connection.id)
}

async fn a_certificate_is_added_and_removed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let now = world.server.clock.now();
    let (path, new) = (path(&world), Key::attacker(now));
    let before = fingerprints(&api.get(&path).await.body(StatusCode::OK));
    let add = json!({"certificate": pem(&new)});
    let certificates = format!("{path}/certificates");
    let added = api.post(&certificates, &add).await;
    let tag = added.header("etag").unwrap().to_owned();
    let added = added.body(StatusCode::OK);
    let both = [before.as_slice(), &[fingerprint(&new.der())]].concat();
    assert_eq!(fingerprints(&added), both);
    assert_eq!(api.get(&path).await.header("etag"), Some(tag.as_str()));
    let again = api.post(&certificates, &add).await.body(StatusCode::OK);
    assert_eq!(again, added, "nothing changes");

    let one = format!("{certificates}/{}", fingerprint(&new.der()).to_uppercase());
    assert_eq!(api.delete(&one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(fingerprints(&api.get(&path).await.body(StatusCode::OK)), before);
    let gone = api.delete(&one).await;
    gone.problem(StatusCode::NOT_FOUND);
    let remedy = "Read the connection to find the fingerprints of its certificates.";
    assert_eq!(gone.body["errors"][0]["remedy"], remedy);
    let short = format!("{certificates}/{}", &before[0][..16]);
    api.delete(&short).await.problem(StatusCode::NOT_FOUND);
    let audit = api.get("/audit?filter=action%20eq%20%22connection.update%22").await;
    let audit = audit.body(StatusCode::OK);
    assert_eq!(audit["items"][0]["changes"][0]["field"], "certificates");
    assert_eq!(audit["items"].as_array().unwrap().len(), 2);

    let other = world.server.add_account("other", "Other", None);
    let stranger = ApiClient::with_scopes(&world.server, &other, Scopes::full());
    stranger.post(&certificates, &add).await.problem(StatusCode::NOT_FOUND);
    let one = format!("{certificates}/{}?force=true", before[0]);
    stranger.delete(&one).await.problem(StatusCode::NOT_FOUND);
    stranger.get(&format!("{path}/idp-metadata")).await.problem(StatusCode::NOT_FOUND);
}

async fn certificate_of_the_latest_login_is_removed_only_by_force(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let (path, new) = (path(&world), Key::attacker(world.server.clock.now()));
    world.login(&Person::with_email("ada@example.com")).await;
    let old = fingerprints(&api.get(&path).await.body(StatusCode::OK)).remove(0);
    let add = json!({"certificate": pem(&new)});
    let both = api.post(&format!("{path}/certificates"), &add).await.body(StatusCode::OK);

    // By any way that takes the certificate away.
    let only_new = json!({"certificates": [pem(&new)]});
    let whole = json!({
        "name": both["name"],
        "idpEntityId": both["idpEntityId"],
        "ssoUrl": both["ssoUrl"],
        "certificates": [pem(&new)],
    });
    let certificate = format!("{path}/certificates/{old}");
    for answer in [
        api.delete(&certificate).await,
        api.delete(&format!("{certificate}?force=false")).await,
        api.patch(&path, &only_new).await,
        api.patch(&path, &json!({"metadata": metadata(&new)})).await,
        api.put(&path, &whole).await,
    ] {
        let (code, _) = answer.problem(StatusCode::CONFLICT);
        assert_eq!(code, "certificate_in_use");
        assert!(answer.text.contains(&old) && answer.text.contains("force"), "{}", answer.text);
    }
    assert_eq!(api.get(&path).await.body(StatusCode::OK), both);
    world.login(&Person::with_email("ada@example.com")).await;

    // The new one, which no login has used yet, can be removed.
    let unused = format!("{path}/certificates/{}", fingerprint(&new.der()));
    assert_eq!(api.delete(&unused).await.status, StatusCode::NO_CONTENT);
    let forced = api.request(Method::PATCH, &format!("{path}?force=true")).json(&only_new);
    let forced = api.send(forced).await.body(StatusCode::OK);
    assert_eq!(fingerprints(&forced), [fingerprint(&new.der())]);
    let rejected = world.expect_failed_login(&Person::with_email("ada@example.com")).await;
    assert!(rejected.checks.any_failed(&[CheckId::SignatureKey]));
}

async fn certificate_of_a_second_signing_machine_is_preserved(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = path(&world);
    world.login(&Person::with_email("ada@example.com")).await;
    let second = Key::attacker(world.server.clock.now());
    let add = json!({"certificate": pem(&second)});
    api.post(&format!("{path}/certificates"), &add).await.body(StatusCode::OK);
    let certificate = format!("{path}/certificates/{}", fingerprint(&second.der()));
    let latest = world.server.clock.now();
    let record_use =
        |minutes| {
            let connection = &world.server.connection;
            let (prints, at) = ([fingerprint(&second.der())], latest - TimeDelta::minutes(minutes));
            world.server.app.db.write(|tx| {
                tx.record_certificate_uses(connection.account, connection.id, &prints, at)
            })
        };
    record_use(59).unwrap();
    let (code, _) = api.delete(&certificate).await.problem(StatusCode::CONFLICT);
    assert_eq!(code, "certificate_in_use");
    record_use(61).unwrap();
    assert_eq!(api.delete(&certificate).await.status, StatusCode::NO_CONTENT);
}

async fn last_usable_certificate_of_an_enabled_connection_cannot_be_removed(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let path = path(&world);
    let only = fingerprints(&api.get(&path).await.body(StatusCode::OK)).remove(0);
    let certificate = format!("{path}/certificates/{only}?force=true");
    let (_, places) = api.delete(&certificate).await.problem(REJECTED);
    assert_eq!(places, ["/certificates"]);
    api.patch(&path, &json!({"enabled": false})).await.body(StatusCode::OK);
    assert_eq!(api.delete(&certificate).await.status, StatusCode::NO_CONTENT);
}

async fn invalid_certificate_is_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let certificates = format!("{}/certificates", path(&world));
    let private = Key::service_provider(world.server.clock.now()).private;
    let private = String::from_utf8(private.private_key_to_pem_pkcs8().unwrap()).unwrap();
    for (text, why) in [
        ("rubbish", "not an X.509 certificate"),
        ("", "empty"),
        ("<md:EntityDescriptor/>", "provide it as metadata"),
        ("https://idp.example/cert.pem", "a URL"),
        (private.as_str(), "a private key"),
    ] {
        let response = api.post(&certificates, &json!({"certificate": text})).await;
        assert_eq!(response.problem(REJECTED).1, ["/certificate"], "{text}");
        assert!(response.text.contains(why), "{}", response.text);
        assert!(!response.text.contains("PRIVATE"), "{}", response.text);
    }
    let (_, places) = api.post(&certificates, &json!({"pem": "x"})).await.problem(REJECTED);
    assert_eq!(places, ["/pem", "/certificate"]);
    // More than a connection may have.
    let now = world.server.clock.now();
    let many: Vec<_> =
        (0..20).map(|_| pem(&Key::ec(openssl::nid::Nid::X9_62_PRIME256V1, now))).collect();
    api.patch(&path(&world), &json!({"certificates": many})).await.body(StatusCode::OK);
    let more = json!({"certificate": pem(&Key::attacker(now))});
    let (_, places) = api.post(&certificates, &more).await.problem(REJECTED);
    assert_eq!(places, ["/certificates"]);
}

async fn ignored_certificates_are_reported_with_their_remedy(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let now = world.server.clock.now();
    let (good, weak) = (Key::identity_provider(now), Key::rsa(1024, now));
    let expired = Key::attacker(now - chrono::TimeDelta::days(400));
    let xml = metadata(&good);
    let start = xml.find("<md:KeyDescriptor").unwrap();
    let end = xml.find("</md:KeyDescriptor>").unwrap() + "</md:KeyDescriptor>".len();
    let descriptor = &xml[start..end];
    let bare = |key: &Key| {
        let pem = pem(key);
        pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()
    };
    let first = descriptor.find("X509Certificate>").unwrap() + "X509Certificate>".len();
    let last = first + descriptor[first..].find('<').unwrap();
    let with = |key: &Key| format!("{}{}{}", &descriptor[..first], bare(key), &descriptor[last..]);
    let all = format!("{}{}{}", with(&expired), descriptor, with(&weak));
    let draft = json!({"name": "Okta", "metadata": xml.replace(descriptor, &all)});
    let body = api.post("/connections", &draft).await.body(StatusCode::CREATED);
    assert_eq!(fingerprints(&body), [fingerprint(&good.der())]);
    let ignored = body["ignoredCertificates"].as_array().unwrap();
    let reasons = ignored.iter().map(|one| &one["reason"]).collect::<Vec<_>>();
    assert_eq!(reasons, ["EXPIRED", "KEY_TOO_SHORT"]);
    assert_eq!(ignored[0]["fingerprintSha256"], fingerprint(&expired.der()));
    assert!(ignored[0]["detail"].as_str().unwrap().starts_with("expired at "));
    assert!(ignored[0]["remedy"].as_str().unwrap().contains("Renew"));
    assert!(ignored[1]["remedy"].as_str().unwrap().contains("2048"));

    // They are gone with the metadata that had them.
    let path = format!("/connections/{}", body["id"].as_str().unwrap());
    let refreshed = api.patch(&path, &json!({"metadata": xml})).await.body(StatusCode::OK);
    assert_eq!(refreshed["ignoredCertificates"], json!([]));
}

/// A certificate for the key of another one, issued by an authority.
fn issued_by(authority: &Key, key: &Key) -> String {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "Signer").unwrap();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(authority.certificate.serial_number()).unwrap();
    builder.set_subject_name(&name.build()).unwrap();
    builder.set_issuer_name(authority.certificate.subject_name()).unwrap();
    builder.set_not_before(key.certificate.not_before()).unwrap();
    builder.set_not_after(key.certificate.not_after()).unwrap();
    builder.set_pubkey(&key.private).unwrap();
    builder.sign(&authority.private, MessageDigest::sha256()).unwrap();
    String::from_utf8(builder.build().to_pem().unwrap()).unwrap()
}

async fn authority_beside_its_leaf_is_ignored(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let now = world.server.clock.now();
    let authority = Key::attacker(now);
    let (root, signer) = (pem(&authority), issued_by(&authority, &Key::service_provider(now)));
    let path = path(&world);
    for (number, order) in [[&root, &signer], [&signer, &root]].iter().enumerate() {
        let draft = json!({
            "name": format!("From {number}"), "idpEntityId": ENTITY_ID,
            "ssoUrl": "https://okta.example/sso", "certificates": order,
        });
        let body = api.post("/connections", &draft).await.body(StatusCode::CREATED);
        assert_eq!(body["certificates"].as_array().unwrap().len(), 1);
        assert_eq!(body["certificates"][0]["subject"], "CN=Signer");
        assert_eq!(body["ignoredCertificates"][0]["reason"], "ISSUER");
    }
    let certificates = format!("{path}/certificates");
    let before = api.post(&certificates, &json!({"certificate": signer})).await;
    let before = before.body(StatusCode::OK);
    let after = api.post(&certificates, &json!({"certificate": root})).await.body(StatusCode::OK);
    assert_eq!(fingerprints(&after), fingerprints(&before), "an authority is not added");
    let ignored = after["ignoredCertificates"].as_array().unwrap();
    assert_eq!(ignored[0]["fingerprintSha256"], fingerprint(&authority.der()));
}

async fn metadata_is_returned_unchanged(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let key = Key::identity_provider(world.server.clock.now());
    let xml = metadata(&key);
    let body = xml.find("<md:EntityDescriptor").unwrap();
    let output =
        format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>\n<!-- K\u{f6}ln -->{}", &xml[body..]);
    let draft = json!({"name": "Okta", "metadata": output});
    let made = api.post("/connections", &draft).await.body(StatusCode::CREATED);
    let path = format!("/connections/{}", made["id"].as_str().unwrap());
    let address = format!("{path}/idp-metadata");
    let read = api.get(&address).await;
    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(read.header("content-type"), Some("application/samlmetadata+xml"));
    assert_eq!(read.text, output.replace("UTF-16", "UTF-8"), "text has no other encoding");

    // Other changes leave it; other metadata replaces it.
    api.patch(&path, &json!({"name": "Other"})).await.body(StatusCode::OK);
    assert_eq!(api.get(&address).await.text, read.text);
    let changed = api.patch(&path, &json!({"metadata": xml})).await.body(StatusCode::OK);
    assert_eq!(changed["version"], 3);
    assert_eq!(api.get(&address).await.text, xml);
    let again = api.patch(&path, &json!({"metadata": xml})).await.body(StatusCode::OK);
    assert_eq!(again, changed, "the same metadata changes nothing");
    let broken = json!({"metadata": "<html/>"});
    api.patch(&path, &broken).await.problem(REJECTED);
    assert_eq!(api.get(&address).await.text, xml);

    let mut whole = json!({
        "name": "Okta",
        "idpEntityId": ENTITY_ID,
        "ssoUrl": "https://okta.example/sso",
        "certificates": [pem(&key)],
    });
    api.put(&path, &whole).await.body(StatusCode::OK);
    assert_eq!(api.get(&address).await.text, xml, "it still describes the identity provider");
    whole["ssoUrl"] = json!("https://okta.example/other");
    api.put(&path, &whole).await.body(StatusCode::OK);
    api.get(&address).await.problem(StatusCode::NOT_FOUND);
    let never = format!("/connections/{}/idp-metadata", world.server.connection.id);
    api.get(&never).await.problem(StatusCode::NOT_FOUND);
}

async fn the_name_of_another_connection_is_rejected(db: TestDb) {
    let world = World::new(db);
    let api = ApiClient::for_server(&world.server);
    let draft = |name: &str| {
        json!({
            "name": name,
            "idpEntityId": ENTITY_ID,
            "ssoUrl": "https://okta.example/sso",
            "enabled": false,
        })
    };
    let first = api.post("/connections", &draft("Okta")).await.body(StatusCode::CREATED);
    let second = api.post("/connections", &draft("Entra")).await.body(StatusCode::CREATED);
    let path = format!("/connections/{}", second["id"].as_str().unwrap());
    for answer in [
        api.post("/connections", &draft(" oKTA ")).await,
        api.patch(&path, &json!({"name": "OKTA"})).await,
        api.put(&path, &draft("Okta")).await,
    ] {
        let (code, _) = answer.problem(StatusCode::CONFLICT);
        assert_eq!(code, "exists");
    }
    assert_eq!(world.count_rows("connections"), 3);
    // Its own name in another case is free.
    let own = format!("/connections/{}", first["id"].as_str().unwrap());
    let renamed = api.patch(&own, &json!({"name": "OKTA"})).await.body(StatusCode::OK);
    assert_eq!(renamed["name"], "OKTA");
    let other = world.server.add_account("other", "Other", None);
    let stranger = ApiClient::with_scopes(&world.server, &other, Scopes::full());
    stranger.post("/connections", &draft("Okta")).await.body(StatusCode::CREATED);
}
