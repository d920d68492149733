//! `usher connection set`: each part of a connection's policy.

use serde_json::{Value, json};

use crate::{
    connections::{connected, join_words},
    program::Folder,
};

fn set(folder: &Folder, flags: &[&str]) -> Value {
    without_unmapped(folder.run_json(&join_words(&["connection", "set", "Okta"], flags)))
}

/// The connection, with a mapping of only the fields that are mapped.
fn without_unmapped(mut connection: Value) -> Value {
    let mapping = connection["mapping"].as_object_mut().unwrap();
    mapping.retain(|_, name| !name.is_null());
    connection
}

/// A field, its default, the flags that change it, what it is then, and the
/// flags that change it back.
type Part<'a> = (&'a str, Value, &'a [&'a str], Value, &'a [&'a str]);

/// Each flag of the policy, set, shown, and taken away again.
#[test]
fn each_part_of_the_policy_is_set_listed_and_removed() {
    let folder = connected();
    let claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";
    let mapped = format!("firstName={claim}");
    let persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let context = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
    let table: [Part<'_>; 15] = [
        ("enabled", json!(true), &["--enabled=false"], json!(false), &["--enabled"]),
        (
            "checkProvisionAttribute",
            json!(null),
            &["--guard", "role"],
            json!("role"),
            &["--guard", ""],
        ),
        (
            "mapping",
            json!({}),
            &["--map", &mapped, "--map", "role=Rolle"],
            json!({ "firstName": claim, "role": "Rolle" }),
            &["--map", ""],
        ),
        (
            "emailAttribute",
            json!(null),
            &["--email-attribute", "mail"],
            json!("mail"),
            &["--email-attribute", ""],
        ),
        (
            "subjectAttribute",
            json!(null),
            &["--subject-attribute", "uid"],
            json!("uid"),
            &["--subject-attribute", ""],
        ),
        (
            "idpInitiated",
            json!(false),
            &["--idp-initiated"],
            json!(true),
            &["--idp-initiated=false"],
        ),
        (
            "relayStates",
            json!([]),
            &["--relay-state", "/a", "--relay-state", "/b?c=d"],
            json!(["/a", "/b?c=d"]),
            &["--relay-state", ""],
        ),
        ("skewSeconds", json!(180), &["--skew", "300"], json!(300), &["--skew", "180"]),
        (
            "sha1Until",
            json!(null),
            &["--sha1-until", "2027-01-31T01:00:00+01:00"],
            json!("2027-01-31T00:00:00Z"),
            &["--sha1-until", ""],
        ),
        ("allowCbc", json!(false), &["--allow-cbc"], json!(true), &["--allow-cbc=false"]),
        (
            "allowRsaPss",
            json!(false),
            &["--allow-rsa-pss"],
            json!(true),
            &["--allow-rsa-pss=false"],
        ),
        (
            "matchFriendlyNames",
            json!(false),
            &["--match-friendly-names"],
            json!(true),
            &["--match-friendly-names=false"],
        ),
        (
            "nameIdFormat",
            json!(null),
            &["--name-id-format", persistent],
            json!(persistent),
            &["--name-id-format", ""],
        ),
        (
            "forceAuthn",
            json!(false),
            &["--force-authn", "true"],
            json!(true),
            &["--force-authn", "false"],
        ),
        (
            "authnContexts",
            json!([]),
            &["--authn-context", context],
            json!([context]),
            &["--authn-context", ""],
        ),
    ];
    let before = without_unmapped(folder.run_json(&["connection", "show", "Okta"]));
    for (field, default, flags, value, back) in table {
        assert_eq!(before[field], default, "{field}");
        let changed = set(&folder, flags);
        assert_eq!(changed[field], value, "{field}");
        let body = folder.run(&["connection", "show", "Okta"]);
        if let Some(text) = value.as_str() {
            assert!(body.contains(text), "{field}: {body}");
        }
        // Nothing else has changed with it.
        let mut others = set(&folder, back);
        for counted in ["version", "updatedAt", "etag"] {
            others[counted] = before[counted].clone();
        }
        assert_eq!(others, before, "{field}");
    }
}

#[test]
fn a_preset_maps_the_attributes_of_eduperson() {
    let folder = connected();
    let changed = set(&folder, &["--mapping-preset", "eduperson", "--map", "department=dept"]);
    assert_eq!(changed["emailAttribute"], "urn:oid:0.9.2342.19200300.100.1.3");
    let mapping = json!({
        "firstName": "urn:oid:2.5.4.42",
        "lastName": "urn:oid:2.5.4.4",
        "honorificSuffix": "urn:oid:2.5.4.44",
        "nickName": "urn:oid:1.3.6.1.4.1.5923.1.1.1.2",
        "position": "urn:oid:2.5.4.12",
        "department": "dept",
        "userType": "urn:oid:2.16.840.1.113730.3.1.4",
        "preferredLanguage": "urn:oid:2.16.840.1.113730.3.1.39",
        "employeeNumber": "urn:oid:2.16.840.1.113730.3.1.3",
        "organization": "urn:oid:2.5.4.10",
        "mobileRegionCode": "urn:oid:2.5.4.6",
        "mobileNumber": "urn:oid:0.9.2342.19200300.100.1.41",
        "entitlements": "urn:oid:1.3.6.1.4.1.5923.1.1.1.7",
    });
    assert_eq!(changed["mapping"], mapping);
    assert_eq!(changed["matchFriendlyNames"], false);
}

#[test]
fn policy_that_cannot_be_stored_is_rejected() {
    let folder = connected();
    let before = folder.run_json(&["connection", "show", "Okta"]);
    for (flags, why) in [
        (["--skew", "301"], "must be a whole number from 0 to 300"),
        (["--skew", "65536"], "must be a whole number from 0 to 300"),
        (["--skew", "-1"], "must be a whole number from 0 to 300"),
        (["--keep-messages", "x"], "must be a whole number from 0 to 168"),
        (["--relay-state", "https://evil.example/"], "--relay-state: \"https://evil.example/\""),
        (["--map", "firstname=x"], "must be one of firstName"),
        (["--map", "role"], "must be FIELD=ATTRIBUTE"),
        (["--map", "role="], "--map role: must be"),
        (["--remove-certificate", "zz"], "--remove-certificate: \"zz\" must be the SHA-256"),
        (["--mapping-preset", "x500"], "must be one of OKTA"),
        (["--update-policy", "department"], "must be ATTRIBUTE=POLICY"),
        (
            ["--update-policy", "department=DAILY"],
            "--update-policy department: \"DAILY\" must be one of FIRST_LOGIN",
        ),
        (["--update-policy", "department="], "must be one of FIRST_LOGIN"),
        (["--update-policy", "email=NEVER"], "must be one of FIRST_LOGIN, ALWAYS"),
        (["--update-policy", "photos=ALWAYS"], "--update-policy photos"),
        (["--transform", "trim"], "must be a JSON object"),
        (["--transform", "{\"field\":\"shoeSize\"}"], "--transform"),
        (["--highest-role", "OWNER"], "--highest-role: \"OWNER\" must be one of"),
        (["--sha1-until", "tomorrow"], "2027-01-31T00:00:00Z"),
        (["--name-id-format", "email"], "--name-id-format: \"email\" must be a URI"),
        (["--sso-url", "http://idp.example/sso"], "--sso-url: \"http://idp.example/sso\" must be"),
        (["--sso-url", "javascript:alert(1)"], "https"),
        (["--idp-entity-id", ""], "--idp-entity-id: must not be empty"),
        (["--name", " "], "--name: must not be empty"),
        (["--enabled", "perhaps"], "true"),
    ] {
        let output = folder.run_failing(&join_words(&["connection", "set", "Okta"], &flags));
        assert!(output.contains(why), "{flags:?}: {output}");
    }
    let twice = ["connection", "set", "Okta", "--map", "role=a", "--map", "role=b"];
    assert!(folder.run_failing(&twice).contains("--map: role is given more than once"));
    assert_eq!(folder.run_json(&["connection", "show", "Okta"]), before);
}
