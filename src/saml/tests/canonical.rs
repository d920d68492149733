//! Usher's canonical form equals that of the XML security library, and both
//! verifiers accept the same signatures.

use proptest::prelude::*;

use super::kit::{EC_KEY, IDP_KEY, Key, Message, Sign};
use crate::saml::{
    names::{ASSERTION, DS},
    response::signature::signed_info::SignedInfo,
    xml,
};

/// Whether Usher's own verifier accepts a key's signature of the response or the
/// assertion, and whether it returns the signed element.
fn verify_own(text: &str, of_assertion: bool, key: &Key) -> (bool, bool) {
    let document = xml::parse(text).unwrap();
    let response = document.root_element();
    let element = match of_assertion {
        true => xml::child(response, ASSERTION, "Assertion").unwrap(),
        false => response,
    };
    let signature = xml::child(element, DS, "Signature").unwrap();
    let info = SignedInfo::parse(signature, element.attribute("ID").unwrap()).unwrap();
    (info.is_signed_by(&key.certificate), info.covered_content(element, signature).is_some())
}

#[track_caller]
fn assert_agreement(message: &Message, key: &Key) {
    let text = message.signed(Sign::Both, key);
    for of_assertion in [true, false] {
        assert_eq!(verify_own(&text, of_assertion, key), (true, true), "{of_assertion} {text}");
    }
}

/// A message with this content in its attribute values.
fn with_value(inside: &str) -> Message {
    let value = format!("<saml:AttributeValue>{inside}</saml:AttributeValue>");
    Message::new().with("<saml:AttributeValue/>", &value)
}

#[test]
fn a_signature_of_each_kind_of_key_is_verified() {
    assert_agreement(&Message::new(), &IDP_KEY);
    let ecdsa = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
    assert_agreement(&Message::new().algorithms(ecdsa, super::kit::SHA256), &EC_KEY);
}

#[test]
fn signed_and_unsigned_content_are_distinguished() {
    let text = Message::new().signed(Sign::Both, &IDP_KEY);
    assert_eq!(verify_own(&text, true, &super::kit::OTHER_KEY), (false, true));
    let changed = text.replacen(">ada@", ">eve@", 1);
    assert_eq!(verify_own(&changed, true, &IDP_KEY), (true, false));
    assert_eq!(verify_own(&changed, false, &IDP_KEY), (true, false));
}

#[test]
fn documents_of_every_kind_have_the_same_canonical_form() {
    for inside in [
        "text &amp; &lt; &gt; &quot; &#13; &#9; ]] é😀",
        "<![CDATA[<a>&amp;]]>tail<![CDATA[]]>",
        "\r\n line\rend\n",
        r#"<a b='"' c="&#10;&#13;&#9; x  y"/>"#,
        "<a c=\"1\n2\t3\r\n4\"/>",
        r#"<a xmlns="urn:1"><b xmlns=""/><b/></a>"#,
        r#"<p:a xmlns:p="urn:1"><p:b xmlns:p="urn:2" p:c="1"/><p:d/></p:a>"#,
        r#"<a xmlns:z="urn:a" xmlns:a="urn:z" a:x="1" z:x="2" x="3"/>"#,
        r#"<a xml:lang="de" xml:space="preserve" lang="x"/>"#,
        r#"<a xmlns:xs="urn:other" xs:b="1"><xs:c/></a>"#,
        r#"<saml:a xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>"#,
        r#"<a xmlns="urn:1" xmlns:p="urn:1" p:b="1" b="2"><p:c/></a>"#,
        r#"<a xmlns:unused="urn:u"><b unused:c="1"/></a>"#,
        "<a  \n b = '1'\t/ >".trim_end_matches(" >"),
    ] {
        if xml::parse(&format!("<r xmlns:saml=\"urn:s\">{inside}</r>")).is_err() {
            continue;
        }
        assert_agreement(&with_value(inside), &IDP_KEY);
    }
}

/// A tree of elements with prefixes, declarations, attributes and texts.
fn trees() -> impl Strategy<Value = String> {
    let name = prop_oneof![Just("a"), Just("p:a"), Just("q:b"), Just("xs:c"), Just("saml:d")];
    let declaration = prop_oneof![
        Just(""),
        Just(" xmlns=\"urn:1\""),
        Just(" xmlns=\"\""),
        Just(" xmlns:p=\"urn:2\" xmlns:q=\"urn:1\""),
        Just(" xmlns:q=\"urn:3\" xmlns:xs=\"urn:4\""),
    ];
    let attribute = prop_oneof![
        Just(String::new()),
        "[ -~é\t\n]{0,8}".prop_map(|value| format!(" z=\"{}\"", escaped(&value))),
        Just(" q:z=\"1\" p:z=\"2\" a='3'".to_owned()),
    ];
    let text = "[ -~é\t\n\r]{0,8}".prop_map(|text| escaped(&text));
    let leaf = text.clone();
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let children = proptest::collection::vec(inner, 0..4);
        (name.clone(), declaration.clone(), attribute.clone(), children, text.clone()).prop_map(
            |(name, declaration, attribute, children, text)| {
                format!("<{name}{declaration}{attribute}>{}{text}</{name}>", children.concat())
            },
        )
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn trees_of_every_kind_have_the_same_canonical_form(tree in trees()) {
        let around = "<w xmlns:p=\"urn:2\" xmlns:q=\"urn:1\">";
        assert_agreement(&with_value(&format!("{around}{tree}</w>")), &IDP_KEY);
    }
}
