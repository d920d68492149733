//! Attacks, by name. None lets anybody in, and each is stopped by the check
//! that is meant to stop it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{pkey::PKey, rsa::Rsa};

use super::kit::{
    EC_KEY, IDP_KEY, Message, OTHER_KEY, RSA_SHA256, SHA256, Setting, Sign, certify, failed, got,
    judge,
};
use crate::saml::{
    checks::{FORM_ENCODING, SIGNATURE_ALGORITHM, SIGNATURE_KEY, SIGNATURE_REFERENCE, XML_SAFE},
    response::open,
};

fn signed_assertion() -> String {
    Message::new().signed(Sign::Assertion, &IDP_KEY)
}

/// The first element from a start tag to its end tag.
fn cut<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap();
    let to = text[from..].find(end).unwrap() + from + end.len();
    &text[from..to]
}

fn signature(text: &str) -> &str {
    cut(text, "<ds:Signature ", "</ds:Signature>")
}

fn assertion(text: &str) -> &str {
    cut(text, "<saml:Assertion ", "</saml:Assertion>")
}

fn swap(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from} is not in the message");
    text.replacen(from, to, 1)
}

#[track_caller]
fn stopped(name: &str, xml: &str, by: &[&str]) {
    let verdict = judge(xml);
    assert_eq!(failed(&verdict), by, "{name}: {:#?}", verdict.checks);
}

#[test]
fn no_signature() {
    stopped("none", &Message::new().signed(Sign::Nothing, &IDP_KEY), &["signature.present"]);
    let signed = signed_assertion();
    stopped("stripped", &swap(&signed, signature(&signed), ""), &["signature.present"]);
}

#[test]
fn a_change_to_what_was_signed() {
    for what in [Sign::Response, Sign::Assertion, Sign::Both] {
        let signed = Message::new().signed(what, &IDP_KEY);
        stopped("changed", &swap(&signed, ">ada@", ">eve@"), &[SIGNATURE_KEY]);
        stopped("attribute", &swap(&signed, ">Ops<", ">Admins<"), &[SIGNATURE_KEY]);
    }
    let signed = Message::new().signed(Sign::Response, &IDP_KEY);
    stopped("name", &swap(&signed, "FriendlyName=\"team\"", ""), &[SIGNATURE_KEY]);
}

#[test]
fn another_key() {
    stopped("other", &Message::new().signed(Sign::Both, &OTHER_KEY), &[SIGNATURE_KEY]);
    stopped(
        "half",
        &{
            let message = Message::new();
            message.around(&message.assertion(true, &OTHER_KEY), true, &IDP_KEY)
        },
        &[SIGNATURE_KEY],
    );
}

#[test]
fn a_key_in_the_message() {
    let mut message = Message::new();
    message.key_info = format!(
        "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
        STANDARD.encode(&OTHER_KEY.certificate)
    );
    stopped("certificate", &message.signed(Sign::Both, &OTHER_KEY), &[SIGNATURE_KEY]);
    let rsa = OTHER_KEY.private.rsa().unwrap();
    message.key_info = format!(
        "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{}</ds:Modulus><ds:Exponent>{}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue></ds:KeyInfo>",
        STANDARD.encode(rsa.n().to_vec()),
        STANDARD.encode(rsa.e().to_vec())
    );
    stopped("value", &message.signed(Sign::Assertion, &OTHER_KEY), &[SIGNATURE_KEY]);
}

#[test]
fn a_weak_expired_or_missing_certificate() {
    let message = |key: &super::kit::Key| Message::new().signed(Sign::Assertion, key);
    let mut setting = Setting::new();
    let weak = certify(PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap(), -1, 1);
    let expired = certify(IDP_KEY.private.clone(), -9, -1);
    let future = certify(IDP_KEY.private.clone(), 1, 9);
    for (key, why) in [(weak, "RSA-1024"), (expired, "expired"), (future, "not valid before")] {
        setting.certificates = vec![key.certificate.clone()];
        let verdict = setting.judge(&message(&key));
        assert_eq!(failed(&verdict), [SIGNATURE_KEY]);
        assert!(got(&verdict, SIGNATURE_KEY).contains(why), "{}", got(&verdict, SIGNATURE_KEY));
    }
    setting.certificates = vec![EC_KEY.certificate.clone(), b"no certificate".to_vec()];
    assert_eq!(failed(&setting.judge(&message(&IDP_KEY))), [SIGNATURE_KEY]);
    setting.certificates = Vec::new();
    assert_eq!(failed(&setting.judge(&message(&IDP_KEY))), [SIGNATURE_KEY]);
}

#[test]
fn signature_wrapping_1_to_8() {
    let evil_of = |original: &str, id: &str| {
        let evil = swap(original, id, &id.replace("\"_", "\"_evil"));
        swap(&evil, ">ada@", ">eve@")
    };
    let whole = Message::new().signed(Sign::Response, &IDP_KEY);
    let sig = signature(&whole);
    let bare = swap(&whole, sig, "");
    let evil = evil_of(&bare, "ID=\"_r1\"").replace("ID=\"_a1\"", "ID=\"_a2\"");
    let after_issuer =
        |text: &str, what: &str| swap(text, "</saml:Issuer>", &format!("</saml:Issuer>{what}"));
    // 1: the original inside the signature; 2: beside it.
    let inside = swap(sig, "</ds:Signature>", &format!("{bare}</ds:Signature>"));
    stopped("XSW1", &after_issuer(&evil, &inside), &[SIGNATURE_REFERENCE, "assertion.single"]);
    stopped("XSW2", &after_issuer(&evil, &format!("{bare}{sig}")), &[XML_SAFE]);

    let whole = signed_assertion();
    let original = assertion(&whole);
    let sig = signature(original);
    let bare = swap(original, sig, "");
    let evil = evil_of(&bare, "ID=\"_a1\"");
    let with = |assertions: &str| swap(&whole, original, assertions);
    let moved: &[&str] = &["signature.present", SIGNATURE_REFERENCE, "assertion.single"];
    // 3: an evil one before; 4: around; 5: after, with the signature in it;
    // 6: around, with the original in the signature.
    stopped("XSW3", &with(&format!("{evil}{original}")), moved);
    let around = swap(&evil, "</saml:Assertion>", &format!("{original}</saml:Assertion>"));
    stopped("XSW4", &with(&around), moved);
    let stolen = after_issuer(&evil, sig);
    stopped("XSW5", &with(&format!("{stolen}{bare}")), moved);
    let inside = swap(sig, "</ds:Signature>", &format!("{bare}</ds:Signature>"));
    stopped("XSW6", &with(&after_issuer(&evil, &inside)), moved);
    // 7: an evil one in Extensions; 8: the original in an Object.
    let extended = format!("<samlp:Extensions>{evil}</samlp:Extensions>{original}");
    stopped("XSW7", &with(&extended), &[XML_SAFE]);
    let object = format!("<ds:Object>{bare}</ds:Object></ds:Signature>");
    let object = swap(sig, "</ds:Signature>", &object);
    stopped("XSW8", &with(&after_issuer(&evil, &object)), moved);
    // And hidden where anything may stand.
    let advice = format!("<saml:Advice>{original}</saml:Advice><saml:AuthnStatement ");
    stopped("advice", &with(&swap(&evil, "<saml:AuthnStatement ", &advice)), moved);
    let value = format!("<saml:AttributeValue>{original}</saml:AttributeValue>");
    stopped("value", &with(&swap(&evil, "<saml:AttributeValue/>", &value)), moved);
}

#[test]
fn a_second_assertion() {
    let signed = Message::new();
    let one = signed.assertion(false, &IDP_KEY);
    let two = swap(&one, "ID=\"_a1\"", "ID=\"_a2\"");
    let both = signed.around(&format!("{one}{two}"), true, &IDP_KEY);
    stopped("second", &both, &["assertion.single"]);
    stopped("none", &signed.around("", true, &IDP_KEY), &["assertion.single"]);
    let foreign = one
        .replace("saml:Assertion", "e:Assertion")
        .replace("<e:Assertion ", "<e:Assertion xmlns:e=\"urn:e\" ");
    stopped("foreign", &signed.around(&foreign, true, &IDP_KEY), &[XML_SAFE]);
}

#[test]
fn ids_that_are_repeated_or_no_names() {
    let with = |from: &str, to: &str| swap(&signed_assertion(), from, to);
    for (name, xml) in [
        ("twice", with("ID=\"_r1\"", "ID=\"_a1\"")),
        ("other case", with("<saml:Subject>", "<saml:Subject id=\"_a1\">")),
        ("xml:id", with("<saml:Subject>", "<saml:Subject xml:id=\"_x\">")),
        ("prefixed", with("ID=\"_r1\"", "saml:ID=\"_r0\" ID=\"_r1\"")),
        ("pointer", with("ID=\"_r1\"", "ID=\"element(/1/2)\"")),
        ("space", with("ID=\"_r1\"", "ID=\" _r1\"")),
        ("escaped", with("ID=\"_r1\"", "ID=\"_&#x1F600;\"")),
        ("empty", with("ID=\"_r1\"", "ID=\"\"")),
    ] {
        stopped(name, &xml, &[SIGNATURE_REFERENCE]);
    }
    let without = Message::new().with("ID=\"_a1\"", "").signed(Sign::Response, &IDP_KEY);
    stopped("none", &without, &["assertion.single"]);
}

#[test]
fn references_to_elsewhere() {
    for uri in [
        "",
        "_a1",
        "#_r1",
        "#_a2",
        "#",
        "##_a1",
        "#xpointer(/)",
        "#xpointer(id('_a1'))",
        "http://127.0.0.1:9/x",
        "file:///etc/passwd",
        "file:///dev/zero",
        "ftp://example.com/",
        "cid:x",
        "#_a1 ",
        "https://usher.example.com/#_a1",
    ] {
        let xml = swap(&signed_assertion(), "URI=\"#_a1\"", &format!("URI=\"{uri}\""));
        stopped(uri, &xml, &[SIGNATURE_REFERENCE]);
    }
    let none = swap(&signed_assertion(), "URI=\"#_a1\"", "");
    stopped("no URI", &none, &[SIGNATURE_REFERENCE]);
    let prefixed = "xmlns:e=\"urn:e\" e:URI=\"file:///dev/zero\" URI=\"#_a1\"";
    let xml = swap(&signed_assertion(), "URI=\"#_a1\"", prefixed);
    stopped("prefixed", &xml, &[SIGNATURE_REFERENCE]);
    let signed = signed_assertion();
    let one = cut(&signed, "<ds:Reference ", "</ds:Reference>");
    stopped("two", &swap(&signed, one, &one.repeat(2)), &[SIGNATURE_REFERENCE]);
    stopped("thousand", &swap(&signed, one, &one.repeat(300)), &[SIGNATURE_REFERENCE]);
    stopped("no reference", &swap(&signed, one, ""), &[SIGNATURE_REFERENCE]);
}

#[test]
fn transforms_that_compute_or_select() {
    let c14n = cut(
        &signed_assertion(),
        "<ds:Transform Algorithm=\"http://www.w3.org/2001",
        "</ds:Transform>",
    )
    .to_owned();
    let enveloped =
        "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>";
    let transform = |algorithm: &str, inside: &str| {
        format!("<ds:Transform Algorithm=\"{algorithm}\">{inside}</ds:Transform>")
    };
    let xpath = transform(
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "<ds:XPath>count(//*)</ds:XPath>",
    );
    let filter = transform("http://www.w3.org/2002/06/xmldsig-filter2", "<x xmlns=\"urn:x\"/>");
    let xslt = transform(
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/>",
    );
    let plain = transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "");
    let decode = transform("http://www.w3.org/2000/09/xmldsig#base64", "");
    // Each is looked up at each element: 4,000 of them cost 20 s of computing.
    let prefixes = format!("PrefixList=\"{}\"", "xs ".repeat(17));
    for (name, replacement) in [
        ("XPath", xpath.clone()),
        ("XPath after", format!("{c14n}{xpath}")),
        ("XPath filter", filter),
        ("XSLT", xslt),
        ("inclusive", plain),
        ("base64", decode),
        ("thousand", c14n.repeat(1_000)),
        ("twice", format!("{c14n}{c14n}")),
        ("enveloped twice", enveloped.to_owned()),
        ("prefixes", swap(&c14n, "PrefixList=\"xs\"", &prefixes)),
        ("stowaway", swap(&c14n, "</ds:Transform>", "<ds:XPath>1</ds:XPath></ds:Transform>")),
    ] {
        stopped(name, &swap(&signed_assertion(), &c14n, &replacement), &[SIGNATURE_REFERENCE]);
    }
    let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    let list = cut(&c14n, "<ec:InclusiveNamespaces", "/>");
    let list = swap(list, "PrefixList=\"xs\"", &prefixes);
    let listed = format!("{method}>{list}</ds:CanonicalizationMethod>");
    let whole = cut(&signed_assertion(), method, "/>").to_owned();
    stopped("its own", &swap(&signed_assertion(), &whole, &listed), &[SIGNATURE_REFERENCE]);
    let none = swap(&swap(&signed_assertion(), &c14n, ""), enveloped, "");
    stopped("none", &none, &[SIGNATURE_REFERENCE]);
    let only = swap(&signed_assertion(), enveloped, "");
    stopped("not enveloped", &only, &[SIGNATURE_REFERENCE]);
}

#[test]
fn parts_of_a_signature_that_have_no_place() {
    let signed = signed_assertion();
    let value = cut(&signed, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let info = cut(&signed, "<ds:SignedInfo>", "</ds:SignedInfo>");
    let key_info = |inside: &str| format!("{value}<ds:KeyInfo>{inside}</ds:KeyInfo>");
    let c14n = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    for (name, from, to) in [
        ("object", value, format!("{value}<ds:Object/>")),
        ("manifest", value, format!("{value}<ds:Object><ds:Manifest/></ds:Object>")),
        ("retrieval", value, key_info("<ds:RetrievalMethod URI=\"file:///dev/zero\"/>")),
        (
            "key reference",
            value,
            key_info(
                "<k:KeyInfoReference xmlns:k=\"http://www.w3.org/2009/xmldsig11#\" URI=\"#x\"/>",
            ),
        ),
        (
            "encrypted key",
            value,
            key_info("<x:EncryptedKey xmlns:x=\"http://www.w3.org/2001/04/xmlenc#\"/>"),
        ),
        ("value twice", value, value.repeat(2)),
        ("no value", value, String::new()),
        ("info twice", info, info.repeat(2)),
        ("info last", signature(&signed), {
            let without = swap(signature(&signed), info, "");
            swap(&without, "</ds:Signature>", &format!("{info}</ds:Signature>"))
        }),
        ("text", value, format!("{value}text")),
        ("c14n", c14n, c14n.replace("2001/10/xml-exc-c14n#", "TR/2001/REC-xml-c14n-20010315")),
        (
            "HMAC length",
            "<ds:Reference ",
            "<ds:HMACOutputLength>1</ds:HMACOutputLength><ds:Reference ".to_owned(),
        ),
    ] {
        stopped(name, &swap(&signed, from, &to), &[SIGNATURE_REFERENCE]);
    }
    let nested = swap(
        &signed,
        "<saml:AttributeValue/>",
        &format!("<saml:AttributeValue>{}</saml:AttributeValue>", signature(&signed)),
    );
    stopped("elsewhere", &nested, &[SIGNATURE_REFERENCE]);
    stopped("two", &swap(&signed, signature(&signed), &signature(&signed).repeat(2)), &[XML_SAFE]);
}

#[test]
fn algorithms_that_are_weak_or_confused() {
    for method in [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
        "http://www.w3.org/2009/xmldsig11#dsa-sha256",
        "",
    ] {
        let xml = swap(&signed_assertion(), RSA_SHA256, method);
        stopped(method, &xml, &[SIGNATURE_ALGORITHM]);
    }
    for digest in [
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmldsig-more#sha224",
    ] {
        stopped(digest, &swap(&signed_assertion(), SHA256, digest), &[SIGNATURE_ALGORITHM]);
    }
    let confused = swap(&signed_assertion(), "rsa-sha256", "ecdsa-sha256");
    stopped("another kind of key", &confused, &[SIGNATURE_KEY]);
}

#[test]
fn sha_1_only_until_the_date_that_the_connection_sets() {
    let sha1 = "http://www.w3.org/2000/09/xmldsig#";
    let message = Message::new().algorithms(
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2000/09/xmldsig#sha1",
    );
    assert!(message.method.starts_with(sha1));
    let signed = message.signed(Sign::Both, &IDP_KEY);
    let mut setting = Setting::new();
    assert_eq!(failed(&setting.judge(&signed)), [SIGNATURE_ALGORITHM]);
    setting.policy.sha1_until = Some(setting.now);
    assert_eq!(failed(&setting.judge(&signed)), [SIGNATURE_ALGORITHM]);
    setting.policy.sha1_until = Some(setting.now + chrono::TimeDelta::seconds(1));
    assert_eq!(failed(&setting.judge(&signed)), [""; 0]);
}

#[test]
fn comments_and_processing_instructions_that_cut_a_value() {
    for inside in ["<!-- -->", "<!---->", "<?x y?>", "<?x?>"] {
        for (from, to) in [(">ada@", format!(">ada@{inside}")), (">Ops<", format!(">O{inside}ps<"))]
        {
            // Before signing: the signature would hold, since comments are no
            // part of it.
            let signed = Message::new().with(from, &to).signed(Sign::Assertion, &IDP_KEY);
            stopped(inside, &signed, &[XML_SAFE]);
            stopped(inside, &swap(&signed_assertion(), from, &to), &[XML_SAFE]);
        }
    }
    stopped(
        "stylesheet",
        &format!("<?xml-stylesheet href=\"file:///x\"?>{}", signed_assertion()),
        &[XML_SAFE],
    );
}

#[test]
fn document_types_and_entities() {
    let signed = signed_assertion();
    let laughs = "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    for (name, xml) in [
        ("DTD", format!("<!DOCTYPE r>{signed}")),
        ("external", format!("<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/\">{signed}")),
        (
            "entity",
            format!(
                "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}",
                swap(&signed, ">ada@", ">&x;@")
            ),
        ),
        ("laughs", format!("{laughs}{}", swap(&signed, ">ada@", ">&b;@"))),
        ("parameter", format!("<!DOCTYPE r [<!ENTITY % x SYSTEM \"file:///x\"> %x;]>{signed}")),
        ("lower case", format!("<!doctype r>{signed}")),
        ("after the declaration", format!("<?xml version=\"1.0\"?>\n<!DOCTYPE r>{signed}")),
        ("unknown entity", swap(&signed, ">ada@", ">&nbsp;@")),
        ("in an attribute", swap(&signed, "FriendlyName=\"team\"", "FriendlyName=\"&x;\"")),
    ] {
        stopped(name, &xml, &[XML_SAFE]);
    }
}

#[test]
fn what_is_not_well_formed() {
    let signed = signed_assertion();
    for (name, xml) in [
        ("trailing text", format!("{signed}x")),
        ("trailing element", format!("{signed}<x/>")),
        ("leading text", format!("<x/>{signed}")),
        ("not closed", signed.trim_end_matches("</samlp:Response>").to_owned()),
        ("closed otherwise", swap(&signed, "</samlp:Response>", "</samlp:response>")),
        ("closed twice", format!("{signed}</samlp:Response>")),
        ("crossed", swap(&signed, "</saml:Subject>", "</saml:Conditions>")),
        (
            "no such prefix",
            swap(&signed, "<saml:Subject>", "<q:Subject>")
                .replace("</saml:Subject>", "</q:Subject>"),
        ),
        ("prefix of an attribute", swap(&signed, "ID=\"_r1\"", "q:x=\"1\" ID=\"_r1\"")),
        ("attribute twice", swap(&signed, "ID=\"_r1\"", "ID=\"_r1\" ID=\"_r2\"")),
        (
            "attribute twice by namespace",
            swap(
                &signed,
                "ID=\"_r1\"",
                "xmlns:a=\"urn:a\" xmlns:b=\"urn:a\" a:x=\"1\" b:x=\"2\" ID=\"_r1\"",
            ),
        ),
        ("unquoted", swap(&signed, "ID=\"_r1\"", "ID=_r1")),
        ("no value", swap(&signed, "ID=\"_r1\"", "ID")),
        ("less than in a value", swap(&signed, "ID=\"_r1\"", "x=\"<\" ID=\"_r1\"")),
        ("ampersand", swap(&signed, ">Ops<", ">a & b<")),
        ("end of a section", swap(&signed, ">Ops<", ">a ]]> b<")),
        ("control character", swap(&signed, ">Ops<", ">\u{1}<")),
        ("escaped control character", swap(&signed, ">Ops<", ">&#1;<")),
        ("escaped NUL", swap(&signed, ">Ops<", ">&#0;<")),
        ("escaped half of a pair", swap(&signed, ">Ops<", ">&#xD800;<")),
        (
            "escaped half of a pair in an attribute",
            swap(&signed, "FriendlyName=\"team\"", "FriendlyName=\"&#xD800;\""),
        ),
        ("escaped no character", swap(&signed, ">Ops<", ">&#xFFFE;<")),
        ("escaped beyond all characters", swap(&signed, ">Ops<", ">&#x110000;<")),
        ("escaped overflow", swap(&signed, ">Ops<", ">&#99999999999999999999;<")),
        ("escaped nothing", swap(&signed, ">Ops<", ">&#;<")),
        ("escaped sign", swap(&signed, ">Ops<", ">&#+65;<")),
        ("upper-case escape", swap(&signed, ">Ops<", ">&#X41;<")),
        ("not closed escape", swap(&signed, ">Ops<", ">&#65<")),
        ("no character", swap(&signed, ">Ops<", ">\u{ffff}<")),
        ("XML 1.1", format!("<?xml version=\"1.1\"?>{signed}")),
        ("Latin-1", format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{signed}")),
        ("UTF-7", format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{signed}")),
        ("UTF-16 by name", format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{signed}")),
        ("two declarations", format!("<?xml version=\"1.0\"?><?xml version=\"1.0\"?>{signed}")),
        ("a second byte order mark", format!("\u{feff}{signed}")),
        ("prefix xml", swap(&signed, "ID=\"_r1\"", "xmlns:xml=\"urn:x\" ID=\"_r1\"")),
        ("only a declaration", "<?xml version=\"1.0\"?>".to_owned()),
        ("only a tag", "<".to_owned()),
    ] {
        let xml = format!("{}{xml}", if name.contains("second") { "\u{feff}" } else { "" });
        let verdict = judge(&xml);
        let by = failed(&verdict);
        let encoding = name.contains("byte order");
        assert_eq!(by, [if encoding { FORM_ENCODING } else { XML_SAFE }], "{name}");
    }
}

#[test]
fn roots_and_children_out_of_place() {
    let signed = signed_assertion();
    for (name, xml) in [
        ("assertion alone", assertion(&signed).to_owned()),
        ("SAML 1", signed.replace("SAML:2.0:protocol", "SAML:1.0:protocol")),
        ("another element", signed.replace("samlp:Response", "samlp:ArtifactResponse")),
        ("no namespace", "<Response/>".to_owned()),
        (
            "SOAP",
            format!(
                "<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body>{signed}</S:Body></S:Envelope>"
            ),
        ),
        ("extensions", swap(&signed, "<samlp:Status>", "<samlp:Extensions/><samlp:Status>")),
        ("two statuses", swap(&signed, "<samlp:Status>", "<samlp:Status/><samlp:Status>")),
        ("two issuers", swap(&signed, "<saml:Issuer>", "<saml:Issuer/><saml:Issuer>")),
        ("two subjects", swap(&signed, "<saml:Subject>", "<saml:Subject/><saml:Subject>")),
        (
            "two names",
            swap(&signed, "<saml:NameID ", "<saml:NameID>eve</saml:NameID><saml:NameID "),
        ),
        (
            "two conditions",
            swap(&signed, "<saml:Conditions ", "<saml:Conditions/><saml:Conditions "),
        ),
        ("text between", swap(&signed, "<saml:Subject>", "text<saml:Subject>")),
        (
            "unknown statement",
            swap(&signed, "<saml:AuthnStatement ", "<saml:Statement/><saml:AuthnStatement "),
        ),
        (
            "encrypted attribute",
            swap(
                &signed,
                "<saml:AttributeStatement>",
                "<saml:AttributeStatement><saml:EncryptedAttribute/>",
            ),
        ),
    ] {
        stopped(name, &xml, &[XML_SAFE]);
    }
}

#[test]
fn more_than_a_response_may_hold() {
    let signed = signed_assertion();
    let value = |inside: &str| {
        swap(
            &signed,
            "<saml:AttributeValue/>",
            &format!("<saml:AttributeValue>{inside}</saml:AttributeValue>"),
        )
    };
    let deep = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    let attributes: String = (0..10_000).map(|number| format!(" a{number}=\"\"")).collect();
    let spaces: String =
        (0..17).map(|number| format!(" xmlns:n{number}=\"urn:{number}\"")).collect();
    let few = |level: usize| -> String {
        (0..16).map(|number| format!(" xmlns:n{level}q{number}=\"urn:n\"")).collect()
    };
    let around: String = (0..3).map(|level| format!("<a{}>", few(level))).collect();
    let around = around + &"</a>".repeat(3);
    let spread: String = (0..30).map(|number| format!(" a{number}=\"\"")).collect();
    for (name, xml) in [
        ("levels", value(&deep(30_000))),
        ("few levels too many", value(&deep(33))),
        ("open levels", "<a>".repeat(80_000)),
        ("XML attributes", value(&format!("<a{attributes}/>"))),
        (
            "SAML attributes",
            swap(
                &signed,
                "</saml:AttributeStatement>",
                &format!(
                    "{}</saml:AttributeStatement>",
                    "<saml:Attribute Name=\"\"/>".repeat(5_000)
                ),
            ),
        ),
        ("elements", value(&"<a/>".repeat(50_000))),
        ("XML attributes in all", value(&format!("<a{spread}/>").repeat(300))),
        ("sections", value(&"<![CDATA[a]]>".repeat(4_000))),
        ("namespaces", value(&format!("<a{spaces}/>"))),
        ("namespaces in scope", value(&around)),
        ("a long value", value(&format!("<a b=\"{}\"/>", "x".repeat(9_000)))),
        ("a long name", value(&format!("<{}/>", "x".repeat(20_000)))),
    ] {
        stopped(name, &xml, &[XML_SAFE]);
    }
}

#[test]
fn fields_that_are_no_response() {
    let message = signed_assertion();
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: bool| {
        let units = mark.then_some(0xFEFF).into_iter().chain(message.encode_utf16());
        STANDARD.encode(units.flat_map(bytes).collect::<Vec<u8>>())
    };
    let deflated = {
        use std::io::Write as _;
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(message.as_bytes()).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    };
    for (name, field, why) in [
        ("empty", String::new(), "empty"),
        ("white space", " \r\n".to_owned(), "empty"),
        ("bad base64", "PHNhbWw+*".to_owned(), "base64"),
        ("no padding", "PHNhbWw".to_owned(), "base64"),
        ("raw XML", message.clone(), "base64"),
        ("another alphabet", "PD94bWw_-_8=".to_owned(), "base64"),
        ("UTF-16 LE", utf16(u16::to_le_bytes, true), "UTF-16"),
        ("UTF-16 BE", utf16(u16::to_be_bytes, true), "UTF-16"),
        ("UTF-16 without a mark", utf16(u16::to_le_bytes, false), "NUL"),
        ("NUL", STANDARD.encode(swap(&message, ">Ops", ">\0Ops")), "NUL"),
        ("Latin-1", STANDARD.encode(b"<a>\xe9</a>"), "UTF-8"),
        ("overlong", STANDARD.encode(b"<a>\xc0\xbc</a>"), "UTF-8"),
        ("deflated", deflated, "deflated"),
        ("text", STANDARD.encode("hello"), "not XML"),
        ("300 KiB", STANDARD.encode("<".repeat(300 * 1024)), "256 KiB"),
        ("10 MB", "A".repeat(10_000_000), "256 KiB"),
    ] {
        let verdict = Setting::new().judge_field(&field);
        assert_eq!(failed(&verdict), [FORM_ENCODING], "{name}");
        let told = got(&verdict, FORM_ENCODING);
        assert!(told.contains(why), "{name}: {told}");
    }
    let checks = open(None).unwrap_err();
    assert_eq!(checks.first().unwrap().got, "no SAMLResponse in the form");
}

#[test]
fn nothing_that_is_told_is_longer_than_it_may_be() {
    let long = format!("<saml:Issuer>{}</saml:Issuer>RESPONSE", "x".repeat(100_000));
    let message = Message::new()
        .with("<saml:Issuer>https://idp.example.com/metadata</saml:Issuer>RESPONSE", &long);
    let verdict = judge(&message.signed(Sign::Assertion, &IDP_KEY));
    assert!(verdict.checks.iter().all(|check| check.got.chars().count() <= 301));
    assert!(verdict.checks.iter().all(|check| check.wanted.chars().count() <= 400));
}
