//! Hostile documents, by name: what could be read in two ways, unfold, fetch,
//! or cost more than it weighs.

use crate::domain::check::CheckId;
use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    attacks::{assert_stopped, assertion, replace_once, signed_assertion},
    kit::{IDP_KEY, Message, Setting, Sign, actual, failed, verify},
};
use crate::saml::response::{PostedForm, decode, decode_form};

#[test]
fn comments_and_processing_instructions_do_not_cut_a_value() {
    for inside in ["<!-- -->", "<!---->", "<?x y?>", "<?x?>"] {
        for (from, to) in [(">ada@", format!(">ada@{inside}")), (">Ops<", format!(">O{inside}ps<"))]
        {
            // Before signing: the signature would hold, since comments are no
            // part of it.
            let signed = Message::new().with(from, &to).signed(Sign::Assertion, &IDP_KEY);
            assert_stopped(inside, &signed, &[CheckId::XmlSafe]);
            assert_stopped(
                inside,
                &replace_once(&signed_assertion(), from, &to),
                &[CheckId::XmlSafe],
            );
        }
    }
    assert_stopped(
        "stylesheet",
        &format!("<?xml-stylesheet href=\"file:///x\"?>{}", signed_assertion()),
        &[CheckId::XmlSafe],
    );
}

#[test]
fn document_types_and_entities_are_rejected() {
    let signed = signed_assertion();
    let laughs = "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    for (name, xml) in [
        ("DTD", format!("<!DOCTYPE r>{signed}")),
        ("external", format!("<!DOCTYPE r SYSTEM \"http://127.0.0.1:9/\">{signed}")),
        (
            "entity",
            format!(
                "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}",
                replace_once(&signed, ">ada@", ">&x;@")
            ),
        ),
        ("laughs", format!("{laughs}{}", replace_once(&signed, ">ada@", ">&b;@"))),
        ("parameter", format!("<!DOCTYPE r [<!ENTITY % x SYSTEM \"file:///x\"> %x;]>{signed}")),
        ("lower case", format!("<!doctype r>{signed}")),
        ("after the declaration", format!("<?xml version=\"1.0\"?>\n<!DOCTYPE r>{signed}")),
        ("unknown entity", replace_once(&signed, ">ada@", ">&nbsp;@")),
        ("in an attribute", replace_once(&signed, "FriendlyName=\"team\"", "FriendlyName=\"&x;\"")),
    ] {
        assert_stopped(name, &xml, &[CheckId::XmlSafe]);
    }
}

#[test]
fn malformed_xml_is_rejected() {
    let signed = signed_assertion();
    for (name, xml) in [
        ("trailing text", format!("{signed}x")),
        ("trailing element", format!("{signed}<x/>")),
        ("leading text", format!("<x/>{signed}")),
        ("not closed", signed.trim_end_matches("</samlp:Response>").to_owned()),
        ("closed otherwise", replace_once(&signed, "</samlp:Response>", "</samlp:response>")),
        ("closed twice", format!("{signed}</samlp:Response>")),
        ("crossed", replace_once(&signed, "</saml:Subject>", "</saml:Conditions>")),
        (
            "no such prefix",
            replace_once(&signed, "<saml:Subject>", "<q:Subject>")
                .replace("</saml:Subject>", "</q:Subject>"),
        ),
        ("prefix of an attribute", replace_once(&signed, "ID=\"_r1\"", "q:x=\"1\" ID=\"_r1\"")),
        ("attribute twice", replace_once(&signed, "ID=\"_r1\"", "ID=\"_r1\" ID=\"_r2\"")),
        (
            "attribute twice by namespace",
            replace_once(
                &signed,
                "ID=\"_r1\"",
                "xmlns:a=\"urn:a\" xmlns:b=\"urn:a\" a:x=\"1\" b:x=\"2\" ID=\"_r1\"",
            ),
        ),
        ("unquoted", replace_once(&signed, "ID=\"_r1\"", "ID=_r1")),
        ("no value", replace_once(&signed, "ID=\"_r1\"", "ID")),
        ("less than in a value", replace_once(&signed, "ID=\"_r1\"", "x=\"<\" ID=\"_r1\"")),
        ("ampersand", replace_once(&signed, ">Ops<", ">a & b<")),
        ("end of a section", replace_once(&signed, ">Ops<", ">a ]]> b<")),
        ("control character", replace_once(&signed, ">Ops<", ">\u{1}<")),
        ("escaped control character", replace_once(&signed, ">Ops<", ">&#1;<")),
        ("escaped NUL", replace_once(&signed, ">Ops<", ">&#0;<")),
        ("escaped half of a pair", replace_once(&signed, ">Ops<", ">&#xD800;<")),
        (
            "escaped half of a pair in an attribute",
            replace_once(&signed, "FriendlyName=\"team\"", "FriendlyName=\"&#xD800;\""),
        ),
        ("escaped no character", replace_once(&signed, ">Ops<", ">&#xFFFE;<")),
        ("escaped beyond all characters", replace_once(&signed, ">Ops<", ">&#x110000;<")),
        ("escaped overflow", replace_once(&signed, ">Ops<", ">&#99999999999999999999;<")),
        ("escaped nothing", replace_once(&signed, ">Ops<", ">&#;<")),
        ("escaped sign", replace_once(&signed, ">Ops<", ">&#+65;<")),
        ("upper-case escape", replace_once(&signed, ">Ops<", ">&#X41;<")),
        ("not closed escape", replace_once(&signed, ">Ops<", ">&#65<")),
        ("no character", replace_once(&signed, ">Ops<", ">\u{ffff}<")),
        ("XML 1.1", format!("<?xml version=\"1.1\"?>{signed}")),
        ("Latin-1", format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{signed}")),
        ("UTF-7", format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{signed}")),
        ("UTF-16 by name", format!("<?xml version=\"1.0\" encoding=\"UTF-16\"?>{signed}")),
        ("late declaration", format!("\n<?xml version=\"1.0\"?>{signed}")),
        ("two declarations", format!("<?xml version=\"1.0\"?><?xml version=\"1.0\"?>{signed}")),
        ("a second byte order mark", format!("\u{feff}{signed}")),
        ("prefix xml", replace_once(&signed, "ID=\"_r1\"", "xmlns:xml=\"urn:x\" ID=\"_r1\"")),
        ("only a declaration", "<?xml version=\"1.0\"?>".to_owned()),
        ("only a tag", "<".to_owned()),
    ] {
        let xml = format!("{}{xml}", if name.contains("second") { "\u{feff}" } else { "" });
        let verdict = verify(&xml);
        let by = failed(&verdict);
        let encoding = name.contains("byte order");
        assert_eq!(by, [if encoding { CheckId::FormEncoding } else { CheckId::XmlSafe }], "{name}");
    }
}

#[test]
fn unexpected_roots_and_children_are_rejected() {
    let signed = signed_assertion();
    for (name, xml) in [
        ("assertion alone", assertion(&signed).to_owned()),
        ("another element", signed.replace("samlp:Response", "samlp:ArtifactResponse")),
        ("no namespace", "<Response/>".to_owned()),
        (
            "SOAP",
            format!(
                "<S:ResponseHeader xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\"><S:Body>{signed}</S:Body></S:ResponseHeader>"
            ),
        ),
        ("two statuses", replace_once(&signed, "<samlp:Status>", "<samlp:Status/><samlp:Status>")),
        ("two issuers", replace_once(&signed, "<saml:Issuer>", "<saml:Issuer/><saml:Issuer>")),
        ("two subjects", replace_once(&signed, "<saml:Subject>", "<saml:Subject/><saml:Subject>")),
        (
            "two names",
            replace_once(&signed, "<saml:NameID ", "<saml:NameID>eve</saml:NameID><saml:NameID "),
        ),
        (
            "two conditions",
            replace_once(&signed, "<saml:Conditions ", "<saml:Conditions/><saml:Conditions "),
        ),
        ("text between", replace_once(&signed, "<saml:Subject>", "text<saml:Subject>")),
        (
            "unknown statement",
            replace_once(
                &signed,
                "<saml:AuthnStatement ",
                "<saml:Statement/><saml:AuthnStatement ",
            ),
        ),
    ] {
        assert_stopped(name, &xml, &[CheckId::XmlSafe]);
    }
}

#[test]
fn messages_of_other_protocols_fail_the_version() {
    let signed = signed_assertion();
    let trust = |name: &str, namespace: &str| {
        format!("<t:{name} xmlns:t=\"{namespace}\">{}</t:{name}>", assertion(&signed))
    };
    let token = "RequestSecurityTokenResponse";
    for (xml, protocol) in [
        (trust(token, "http://schemas.xmlsoap.org/ws/2005/02/trust"), "WS-Federation"),
        (trust(token, "http://schemas.xmlsoap.org/ws/2004/04/trust"), "WS-Federation"),
        (trust(token, "http://docs.oasis-open.org/ws-sx/ws-trust/200512"), "WS-Federation"),
        (
            trust(
                "RequestSecurityTokenResponseCollection",
                "http://docs.oasis-open.org/ws-sx/ws-trust/200512",
            ),
            "WS-Federation",
        ),
        (signed.replace("SAML:2.0:protocol", "SAML:1.0:protocol"), "SAML 1.1"),
        (signed.replace("SAML:2.0:protocol", "SAML:1.1:protocol"), "SAML 1.1"),
        (
            "<?xml version=\"1.0\"?>\n<Assertion xmlns=\"urn:oasis:names:tc:SAML:1.0:assertion\"/>"
                .to_owned(),
            "SAML 1.1",
        ),
    ] {
        let verdict = verify(&xml);
        assert_eq!(failed(&verdict), [CheckId::ResponseVersion], "{xml}");
        let message = actual(&verdict, CheckId::ResponseVersion);
        assert!(message.contains(protocol) && message.contains("for SAML 2.0"), "{message}");
    }
}

#[test]
fn form_of_another_binding_is_rejected_with_the_reason() {
    let field = STANDARD.encode(signed_assertion());
    let failed = |form: &PostedForm<'_>| {
        let checks = decode_form(form).unwrap_err();
        let mut failed = checks.failed();
        let check = failed.next().unwrap().clone();
        assert_eq!(failed.next(), None);
        (check.id, check.actual)
    };
    for (name, count) in [("SAMLResponse", 2), ("SAMLResponse", 3), ("RelayState", 2)] {
        let once = (name == "RelayState").then_some(field.as_str());
        let form = PostedForm {
            saml_response: once,
            repeated: Some((name, count)),
            ..PostedForm::default()
        };
        let (id, actual) = failed(&form);
        assert_eq!(id, CheckId::FormEncoding);
        assert!(actual.starts_with(&format!("{count} fields {name}")), "{actual}");
    }
    let (id, actual) = failed(&PostedForm { has_wresult: true, ..PostedForm::default() });
    assert_eq!(id, CheckId::ResponseVersion);
    assert!(actual.contains("WS-Federation"), "{actual}");
    assert_eq!(failed(&PostedForm::default()).0, CheckId::FormEncoding);
}

#[test]
fn oversized_responses_are_rejected() {
    let signed = signed_assertion();
    let value = |inside: &str| {
        replace_once(
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
            replace_once(
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
        assert_stopped(name, &xml, &[CheckId::XmlSafe]);
    }
}

#[test]
fn form_fields_without_a_response_are_rejected() {
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
        ("encoded white space", STANDARD.encode(" \r\n\t"), "empty"),
        ("text before the root", STANDARD.encode(" x<a/>"), "not XML"),
        ("bad base64", "PHNhbWw+*".to_owned(), "base64"),
        ("no padding", "PHNhbWw".to_owned(), "base64"),
        ("raw XML", message.clone(), "base64"),
        ("another alphabet", "PD94bWw_-_8=".to_owned(), "base64"),
        ("UTF-16 LE", utf16(u16::to_le_bytes, true), "UTF-16"),
        ("UTF-16 BE", utf16(u16::to_be_bytes, true), "UTF-16"),
        ("UTF-16 without a mark", utf16(u16::to_le_bytes, false), "NUL"),
        ("NUL", STANDARD.encode(replace_once(&message, ">Ops", ">\0Ops")), "NUL"),
        ("Latin-1", STANDARD.encode(b"<a>\xe9</a>"), "UTF-8"),
        ("overlong", STANDARD.encode(b"<a>\xc0\xbc</a>"), "UTF-8"),
        ("deflated", deflated, "deflated"),
        ("text", STANDARD.encode("hello"), "not XML"),
        ("300 KiB", STANDARD.encode("<".repeat(300 * 1024)), "256 KiB"),
        ("10 MB", "A".repeat(10_000_000), "256 KiB"),
    ] {
        let verdict = Setting::new().verify_field(&field);
        assert_eq!(failed(&verdict), [CheckId::FormEncoding], "{name}");
        let text = actual(&verdict, CheckId::FormEncoding);
        assert!(text.contains(why), "{name}: {text}");
    }
    let checks = decode(None).unwrap_err();
    assert_eq!(checks.iter().next().unwrap().actual, "no SAMLResponse in the form");
}

#[test]
fn error_texts_are_bounded() {
    let long = format!("<saml:Issuer>{}</saml:Issuer>RESPONSE", "x".repeat(100_000));
    let message = Message::new()
        .with("<saml:Issuer>https://idp.example.com/metadata</saml:Issuer>RESPONSE", &long);
    let verdict = verify(&message.signed(Sign::Assertion, &IDP_KEY));
    assert!(verdict.checks.iter().all(|check| check.actual.chars().count() <= 301));
    assert!(verdict.checks.iter().all(|check| check.expected.chars().count() <= 400));
}
