//! `usher connection`

use serde_json::json;

use crate::{
    program::{Folder, identity_provider, now, rows},
    support::forge::Key,
};

const ENTITY_ID: &str = "https://idp.example/entity";
const SSO_URL: &str = "https://idp.example/sso";

/// The words of a command, with some more.
pub(crate) fn join_words<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [command, more].concat()
}

/// From its entity ID, its URL and a certificate in this file.
fn from_fields(certificate: &str) -> Vec<&str> {
    vec![
        "connection",
        "create",
        "--name",
        "Okta",
        "--idp-entity-id",
        ENTITY_ID,
        "--sso-url",
        SSO_URL,
        "--certificate",
        certificate,
    ]
}

/// A folder with the connection `Okta`.
pub(crate) fn connected() -> Folder {
    let folder = Folder::migrated();
    folder.file("idp.pem", Key::identity_provider(now()).certificate.to_pem().unwrap());
    folder.run(&from_fields("idp.pem"));
    folder
}

#[test]
fn a_connection_is_created_from_a_metadata_file() {
    let folder = Folder::migrated();
    let idp = identity_provider();
    folder.file("idp.xml", idp.metadata_xml().unwrap());
    let made =
        folder.run_json(&["connection", "create", "--name", "Okta", "--metadata", "idp.xml"]);
    assert_eq!((&made["idpEntityId"], &made["ssoUrl"]), (&json!(ENTITY_ID), &json!(SSO_URL)));
    assert_eq!(made["enabled"], true);
    let certificates = made["certificates"].as_array().unwrap();
    assert_eq!(certificates.len(), 1);
    let fingerprint = usher::saml::keys::fingerprint(idp.certificate_der());
    assert_eq!(certificates[0]["fingerprintSha256"], fingerprint);
    // What the identity provider's administrator needs.
    let id = made["id"].as_str().unwrap();
    let base = format!("http://localhost:8080/saml/{id}");
    for (name, path) in [
        ("entityId", "metadata"),
        ("metadataUrl", "metadata"),
        ("acsUrl", "acs"),
        ("loginUrl", "login"),
    ] {
        assert_eq!(made["serviceProvider"][name], format!("{base}/{path}"));
    }
}

#[test]
fn a_connection_is_created_from_fields_with_a_certificate_in_any_form() {
    let folder = Folder::migrated();
    let key = Key::identity_provider(now());
    let pem = key.certificate.to_pem().unwrap();
    let text = String::from_utf8(pem.clone()).unwrap();
    let bare: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    folder.file("pem", pem);
    folder.file("der", key.der());
    folder.file("base64", bare);
    for file in ["pem", "der", "base64"] {
        let made = folder.run_json(&from_fields(file));
        folder.run(&["connection", "delete", "Okta"]);
        let fingerprint = usher::saml::keys::fingerprint(&key.der());
        assert_eq!(made["certificates"][0]["fingerprintSha256"], fingerprint, "{file}");
    }
    // During a rollover there are several.
    folder.file("new", Key::attacker(now()).der());
    let made = folder.run_json(&join_words(&from_fields("der"), &["--certificate", "new"]));
    assert_eq!(made["certificates"].as_array().unwrap().len(), 2);
}

#[test]
fn connection_without_a_usable_certificate_is_not_created() {
    let folder = Folder::migrated();
    let bare = ["connection", "create", "--name", "Okta", "--idp-entity-id", ENTITY_ID];
    let fields = join_words(&bare, &["--sso-url", SSO_URL]);
    let why = folder.run_failing(&fields);
    assert!(why.contains("usable signing certificate"), "{why}");

    let metadata = identity_provider().metadata_xml().unwrap();
    for (file, from, to) in [
        ("encryption.xml", "use=\"signing\"", "use=\"encryption\""),
        ("strange.xml", "use=\"signing\"", "use=\"Signing\""),
        ("keyless.xml", "md:KeyDescriptor", "md:Other"),
    ] {
        assert!(metadata.contains(from));
        folder.file(file, metadata.replace(from, to));
        let why =
            folder.run_failing(&["connection", "create", "--name", "Okta", "--metadata", file]);
        assert!(
            why.to_lowercase().contains("sign") || why.contains("KeyDescriptor"),
            "{file}: {why}"
        );
    }

    let yesterday = now() - chrono::TimeDelta::days(400);
    folder.file("expired", Key::identity_provider(yesterday).der());
    let why = folder.run_failing(&from_fields("expired"));
    assert!(why.contains("expired"), "{why}");
    folder.file("weak", Key::rsa(1024, now()).der());
    folder.run_failing(&from_fields("weak"));
    folder.file("private", Key::attacker(now()).private.private_key_to_pem_pkcs8().unwrap());
    let why = folder.run_failing(&from_fields("private"));
    assert!(why.contains("certificate"), "{why}");
    let why = folder.run_failing(&from_fields("not there"));
    assert!(why.contains("not there: the file or folder does not exist"), "{why}");

    assert_eq!(folder.run_json(&["connection", "list"]), json!([]));
}

#[test]
fn a_disabled_connection_needs_no_certificate() {
    let folder = Folder::migrated();
    let fields = [
        "connection",
        "create",
        "--name",
        "Okta",
        "--idp-entity-id",
        ENTITY_ID,
        "--sso-url",
        SSO_URL,
        "--enabled=false",
    ];
    assert_eq!(folder.run_json(&fields)["enabled"], false);
    let why = folder.run_failing(&["connection", "set", "Okta", "--enabled"]);
    assert!(why.contains("usable signing certificate"), "{why}");
    folder.file("idp.der", Key::identity_provider(now()).der());
    let set =
        folder.run_json(&["connection", "set", "Okta", "--certificate", "idp.der", "--enabled"]);
    assert_eq!(set["enabled"], true);
}

#[test]
fn incomplete_fields_of_a_connection_are_rejected() {
    let folder = Folder::migrated();
    folder.file("idp.xml", identity_provider().metadata_xml().unwrap());
    let create = ["connection", "create", "--name", "Okta"];
    for half in [
        &[][..],
        &["--idp-entity-id", ENTITY_ID],
        &["--sso-url", SSO_URL],
        &["--metadata-entity-id", ENTITY_ID],
        &["--metadata", "idp.xml", "--sso-url", SSO_URL],
        &["--metadata", "idp.xml", "--metadata-entity-id", "https://another.example"],
    ] {
        folder.run_failing(&join_words(&create, half));
    }
    assert_eq!(folder.run_json(&["connection", "list"]), json!([]));
}

#[test]
fn a_connection_is_found_by_its_id_or_its_name() {
    let folder = connected();
    let by_name = folder.run_json(&["connection", "show", "Okta"]);
    let id = by_name["id"].as_str().unwrap();
    assert_eq!(folder.run_json(&["connection", "show", id]), by_name);
    assert_eq!(folder.run_json(&["connection", "show", " oKTA"]), by_name);
    let why = folder.run_failing(&["connection", "show", "Entra"]);
    assert!(why.contains("connection Entra in the account default was not found"), "{why}");
    let why = folder.run_failing(&from_fields("idp.pem"));
    assert!(why.contains("Okta"), "{why}");
    assert_eq!(folder.run_json(&["connection", "list"]), json!([by_name]));
}

#[test]
fn accounts_do_not_see_each_other_s_connections() {
    let folder = connected();
    folder.run(&["account", "create", "acme"]);
    assert_eq!(folder.run_json(&["connection", "list", "--account", "acme"]), json!([]));
    let id = folder.run_json(&["connection", "list"])[0]["id"].as_str().unwrap().to_owned();
    for command in [&["connection", "show", &id][..], &["connection", "set", &id, "--name", "x"]] {
        let why = folder.run_failing(&join_words(command, &["--account", "acme"]));
        assert!(why.contains("was not found"), "{why}");
    }
    let why = folder.run_failing(&["connection", "list", "--account", "nobody"]);
    assert!(why.contains("account nobody was not found"), "{why}");
}

#[test]
fn connection_list_is_readable_and_shows_the_service_provider_urls() {
    let folder = connected();
    let list = folder.run(&["connection", "list"]);
    let rows = rows(&list);
    assert_eq!(rows[0], ["connection", "id", "enabled", "identity provider"]);
    assert_eq!((rows[1][0], rows[1][2], rows[1][3]), ("Okta", "yes", ENTITY_ID));
    let body = folder.run(&["connection", "show", "Okta"]);
    let id = rows[1][1];
    for words in [
        "For the identity provider:",
        &format!("http://localhost:8080/saml/{id}/acs"),
        &format!("http://localhost:8080/saml/{id}/metadata"),
        "check provision attribute",
        "SHA-256 ",
    ] {
        assert!(body.contains(words), "{words}: {body}");
    }
}

/// Metadata comes from elsewhere: what it holds can't write to the terminal.
#[test]
fn hostile_name_cannot_control_the_terminal() {
    let folder = Folder::migrated();
    let hostile = "Okta\u{1b}]0;owned\u{7}";
    let metadata = identity_provider().metadata_xml().unwrap();
    folder.file("idp.xml", metadata);
    let why =
        folder.run_failing(&["connection", "create", "--name", hostile, "--metadata", "idp.xml"]);
    assert!(!why.contains('\u{1b}'), "{why}");
}

#[test]
fn certificates_are_added_and_removed_during_a_rollover() {
    let folder = connected();
    let new = Key::attacker(now());
    let print = usher::saml::keys::fingerprint(&new.der());
    let before = folder.run_json(&["connection", "show", "Okta"]);
    let old = before["certificates"][0]["fingerprintSha256"].as_str().unwrap().to_owned();
    folder.file("new.pem", new.certificate.to_pem().unwrap());
    let set = ["connection", "set", "Okta"];
    let prints = |connection: &serde_json::Value| {
        let certificates = connection["certificates"].as_array().unwrap().iter();
        certificates
            .map(|one| one["fingerprintSha256"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let body = folder.run(&join_words(&set, &["--add-certificate", "new.pem"]));
    let difference: String =
        body.split("Certificates (").nth(1).unwrap().chars().take(900).collect();
    let line = |sign: &str, print: &str| {
        difference.lines().any(|line| line.trim().starts_with(sign) && line.contains(print))
    };
    assert!(line("+", &print) && line("=", &old), "{body}");
    let both = folder.run_json(&["connection", "show", "Okta"]);
    // The names of certificates are compared in any case, with or without colons.
    let pairs = print.to_uppercase().into_bytes();
    let pairs: Vec<_> =
        pairs.chunks(2).map(|pair| String::from_utf8(pair.to_vec()).unwrap()).collect();
    let removed = folder.run_json(&join_words(&set, &["--remove-certificate", &pairs.join(":")]));
    assert_eq!(prints(&removed), std::slice::from_ref(&old));
    folder.run(&join_words(&set, &["--add-certificate", "new.pem"]));
    assert_eq!(prints(&both), [old.clone(), print.clone()]);
    let removed = folder.run_json(&join_words(&set, &["--remove-certificate", &old[..8]]));
    assert_eq!(prints(&removed), std::slice::from_ref(&print));
    for (flags, why) in [
        (["--remove-certificate", &old], "SHA-256 fingerprint"),
        (["--remove-certificate", &print[..7]], "fingerprint"),
        (["--remove-certificate", ""], "fingerprint"),
        (["--remove-certificate", &print], "usable signing certificate"),
        (["--add-certificate", "none.pem"], "none.pem"),
    ] {
        let output = folder.run_failing(&join_words(&set, &flags));
        assert!(output.contains(why), "{flags:?}: {output}");
    }
    folder.run_failing(&join_words(
        &set,
        &["--add-certificate", "new.pem", "--certificate", "new.pem"],
    ));
    let swapped =
        join_words(&set, &["--add-certificate", "idp.pem", "--remove-certificate", &print]);
    assert_eq!(prints(&folder.run_json(&swapped)), [old]);
}

#[test]
fn kind_of_a_wrong_file_is_reported() {
    let folder = connected();
    folder.file("idp.xml", identity_provider().metadata_xml().unwrap());
    folder.file("page.html", "<!DOCTYPE html><html></html>");
    let key = Key::attacker(now());
    folder.file("key.pem", key.private.private_key_to_pem_pkcs8().unwrap());
    folder.file("key.der", key.private.private_key_to_der().unwrap());
    folder.file("idp.der", key.der());
    folder.file("empty", "");
    folder.file("idp.zip", b"PK\x03\x04");
    folder.file("request.json", "{}");
    for (flag, file, why) in [
        ("--metadata", "idp.der", "not SAML metadata but a certificate"),
        ("--metadata", "key.der", "not SAML metadata but a private key"),
        ("--metadata", "idp.zip", "a compressed file: unpack it"),
        ("--metadata", "empty", "an empty file"),
        ("--metadata", ".", "is a folder, but a file is expected"),
        ("--certificate", "key.der", "a private key: keep it secret"),
        ("--certificate", "idp.zip", "a compressed file"),
        ("--certificate", "empty", "an empty file"),
        ("--certificate", "request.json", "JSON"),
        ("--certificate", ".", "is a folder, but a file is expected"),
        ("--metadata", "idp.pem", "idp.pem: this is not SAML metadata but a certificate"),
        ("--metadata", "page.html", "an HTML page"),
        ("--metadata", "key.pem", "a private key"),
        ("--metadata", "https://idp.example/metadata", "is a URL"),
        ("--certificate", "https://idp.example/cert", "is a URL"),
        ("--certificate", "idp.xml", "if it is metadata, provide it as metadata"),
        ("--add-certificate", "key.pem", "a private key"),
    ] {
        let output = folder.run_failing(&["connection", "set", "Okta", flag, file]);
        assert!(output.contains(why), "{flag} {file}: {output}");
        assert!(!output.contains("PRIVATE"), "{output}");
    }
}

#[test]
fn metadata_in_utf_16_is_read_and_ignored_certificates_are_reported() {
    let folder = Folder::migrated();
    let metadata = identity_provider().metadata_xml().unwrap();
    let start = metadata.find("<md:KeyDescriptor").unwrap();
    let encryption = metadata[start..].replacen("<md:SingleSignOnService", "\0", 1);
    let encryption = encryption.split('\0').next().unwrap();
    let own = Key::rsa(1024, now()).certificate.to_pem().unwrap();
    let own = String::from_utf8(own).unwrap();
    let bare: String = own.lines().filter(|line| !line.starts_with('-')).collect();
    let first = encryption.find("X509Certificate>").unwrap() + "X509Certificate>".len();
    let last = first + encryption[first..].find('<').unwrap();
    let weak = format!("{}{bare}{}", &encryption[..first], &encryption[last..]);
    let both = format!("{}{weak}{}", &metadata[..start], &metadata[start..]);
    let utf16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(both.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    folder.file("idp.xml", utf16);
    let create = ["connection", "create", "--name", "Okta", "--metadata", "idp.xml"];
    let output = folder.usher(&create);
    assert_eq!(output.code, Some(0), "{output:#?}");
    assert!(
        output.err.contains("ignored certificate: ") && output.err.contains("RSA-1024"),
        "{output:#?}"
    );
    assert!(output.err.contains("at least 2048 bits"), "{output:#?}");
    let body = folder.run_json(&["connection", "show", "Okta"]);
    assert_eq!(body["ignoredCertificates"][0]["reason"], "KEY_TOO_SHORT");
    assert_eq!(body["certificates"].as_array().unwrap().len(), 1);
}

#[test]
fn a_connection_is_deleted_by_its_name() {
    let folder = connected();
    let why = folder.run_failing(&["connection", "delete", "Entra"]);
    assert!(why.contains("connection Entra in the account "), "{why}");
    let output = folder.run(&["connection", "delete", "okta"]);
    assert!(output.contains("Deleted the connection Okta"), "{output}");
    assert!(output.contains("0 identities, 0 sessions and 0 attempts"), "{output}");
    assert_eq!(folder.run_json(&["connection", "list"]), json!([]));
    folder.run(&from_fields("idp.pem"));
    let gone = folder.run_json(&["connection", "delete", "Okta", "--force"]);
    assert_eq!(gone["identities"], 0);
}
