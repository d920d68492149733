//! Attacks on the structure: what is signed is not what is read.

use super::{
    super::kit::{IDP_KEY, Message, Sign},
    *,
};

#[test]
fn signature_wrapping_1_to_8_is_rejected() {
    let evil_of = |original: &str, id: &str| {
        let evil = replace_once(original, id, &id.replace("\"_", "\"_evil"));
        replace_once(&evil, ">ada@", ">eve@")
    };
    let whole = Message::new().signed(Sign::Response, &IDP_KEY);
    let sig = signature(&whole);
    let bare = replace_once(&whole, sig, "");
    let evil = evil_of(&bare, "ID=\"_r1\"").replace("ID=\"_a1\"", "ID=\"_a2\"");
    let after_issuer = |text: &str, what: &str| {
        replace_once(text, "</saml:Issuer>", &format!("</saml:Issuer>{what}"))
    };
    // 1: the original inside the signature; 2: beside it.
    let inside = replace_once(sig, "</ds:Signature>", &format!("{bare}</ds:Signature>"));
    assert_stopped(
        "XSW1",
        &after_issuer(&evil, &inside),
        &[CheckId::SignatureReference, CheckId::AssertionSingle],
    );
    assert_stopped("XSW2", &after_issuer(&evil, &format!("{bare}{sig}")), &[CheckId::XmlSafe]);

    let whole = signed_assertion();
    let original = assertion(&whole);
    let sig = signature(original);
    let bare = replace_once(original, sig, "");
    let evil = evil_of(&bare, "ID=\"_a1\"");
    let with = |assertions: &str| replace_once(&whole, original, assertions);
    let moved: &[CheckId] =
        &[CheckId::SignaturePresent, CheckId::SignatureReference, CheckId::AssertionSingle];
    // 3: an evil one before; 4: around; 5: after, with the signature in it;
    // 6: around, with the original in the signature.
    assert_stopped("XSW3", &with(&format!("{evil}{original}")), moved);
    let around = replace_once(&evil, "</saml:Assertion>", &format!("{original}</saml:Assertion>"));
    assert_stopped("XSW4", &with(&around), moved);
    let stolen = after_issuer(&evil, sig);
    assert_stopped("XSW5", &with(&format!("{stolen}{bare}")), moved);
    let inside = replace_once(sig, "</ds:Signature>", &format!("{bare}</ds:Signature>"));
    assert_stopped("XSW6", &with(&after_issuer(&evil, &inside)), moved);
    // 7: an evil one in Extensions; 8: the original in an Object.
    let extended = format!("<samlp:Extensions>{evil}</samlp:Extensions>{original}");
    assert_stopped("XSW7", &with(&extended), moved);
    let object = format!("<ds:Object>{bare}</ds:Object></ds:Signature>");
    let object = replace_once(sig, "</ds:Signature>", &object);
    assert_stopped("XSW8", &with(&after_issuer(&evil, &object)), moved);
    // And hidden where anything may stand.
    let advice = format!("<saml:Advice>{original}</saml:Advice><saml:AuthnStatement ");
    assert_stopped("advice", &with(&replace_once(&evil, "<saml:AuthnStatement ", &advice)), moved);
    let value = format!("<saml:AttributeValue>{original}</saml:AttributeValue>");
    assert_stopped("value", &with(&replace_once(&evil, "<saml:AttributeValue/>", &value)), moved);
}

#[test]
fn second_assertion_is_rejected() {
    let signed = Message::new();
    let one = signed.assertion(false, &IDP_KEY);
    let two = replace_once(&one, "ID=\"_a1\"", "ID=\"_a2\"");
    let both = signed.around(&format!("{one}{two}"), true, &IDP_KEY);
    assert_stopped("second", &both, &[CheckId::AssertionSingle]);
    assert_stopped("none", &signed.around("", true, &IDP_KEY), &[CheckId::AssertionSingle]);
    let foreign = one
        .replace("saml:Assertion", "e:Assertion")
        .replace("<e:Assertion ", "<e:Assertion xmlns:e=\"urn:e\" ");
    assert_stopped("foreign", &signed.around(&foreign, true, &IDP_KEY), &[CheckId::XmlSafe]);
}

#[test]
fn repeated_or_malformed_ids_are_rejected() {
    let with = |from: &str, to: &str| replace_once(&signed_assertion(), from, to);
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
        assert_stopped(name, &xml, &[CheckId::SignatureReference]);
    }
    let without = Message::new().with("ID=\"_a1\"", "").signed(Sign::Response, &IDP_KEY);
    assert_stopped("none", &without, &[CheckId::AssertionSingle]);
}

#[test]
fn references_to_other_elements_are_rejected() {
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
        let xml = replace_once(&signed_assertion(), "URI=\"#_a1\"", &format!("URI=\"{uri}\""));
        assert_stopped(uri, &xml, &[CheckId::SignatureReference]);
    }
    let none = replace_once(&signed_assertion(), "URI=\"#_a1\"", "");
    assert_stopped("no URI", &none, &[CheckId::SignatureReference]);
    let prefixed = "xmlns:e=\"urn:e\" e:URI=\"file:///dev/zero\" URI=\"#_a1\"";
    let xml = replace_once(&signed_assertion(), "URI=\"#_a1\"", prefixed);
    assert_stopped("prefixed", &xml, &[CheckId::SignatureReference]);
    let signed = signed_assertion();
    let one = find_element(&signed, "<ds:Reference ", "</ds:Reference>");
    assert_stopped(
        "two",
        &replace_once(&signed, one, &one.repeat(2)),
        &[CheckId::SignatureReference],
    );
    assert_stopped(
        "thousand",
        &replace_once(&signed, one, &one.repeat(300)),
        &[CheckId::SignatureReference],
    );
    assert_stopped("no reference", &replace_once(&signed, one, ""), &[CheckId::SignatureReference]);
}

#[test]
fn computing_or_selecting_transforms_are_rejected() {
    let c14n = find_element(
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
        ("prefixes", replace_once(&c14n, "PrefixList=\"xs\"", &prefixes)),
        (
            "stowaway",
            replace_once(&c14n, "</ds:Transform>", "<ds:XPath>1</ds:XPath></ds:Transform>"),
        ),
    ] {
        assert_stopped(
            name,
            &replace_once(&signed_assertion(), &c14n, &replacement),
            &[CheckId::SignatureReference],
        );
    }
    let method = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    let list = find_element(&c14n, "<ec:InclusiveNamespaces", "/>");
    let list = replace_once(list, "PrefixList=\"xs\"", &prefixes);
    let listed = format!("{method}>{list}</ds:CanonicalizationMethod>");
    let whole = find_element(&signed_assertion(), method, "/>").to_owned();
    assert_stopped(
        "its own",
        &replace_once(&signed_assertion(), &whole, &listed),
        &[CheckId::SignatureReference],
    );
    let none = replace_once(&replace_once(&signed_assertion(), &c14n, ""), enveloped, "");
    assert_stopped("none", &none, &[CheckId::SignatureReference]);
    let only = replace_once(&signed_assertion(), enveloped, "");
    assert_stopped("not enveloped", &only, &[CheckId::SignatureReference]);
}

#[test]
fn unexpected_parts_of_a_signature_are_rejected() {
    let signed = signed_assertion();
    let value = find_element(&signed, "<ds:SignatureValue>", "</ds:SignatureValue>");
    let info = find_element(&signed, "<ds:SignedInfo>", "</ds:SignedInfo>");
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
            let without = replace_once(signature(&signed), info, "");
            replace_once(&without, "</ds:Signature>", &format!("{info}</ds:Signature>"))
        }),
        ("text", value, format!("{value}text")),
        ("c14n", c14n, c14n.replace("2001/10/xml-exc-c14n#", "TR/2001/REC-xml-c14n-20010315")),
        (
            "HMAC length",
            "<ds:Reference ",
            "<ds:HMACOutputLength>1</ds:HMACOutputLength><ds:Reference ".to_owned(),
        ),
    ] {
        assert_stopped(name, &replace_once(&signed, from, &to), &[CheckId::SignatureReference]);
    }
    let nested = replace_once(
        &signed,
        "<saml:AttributeValue/>",
        &format!("<saml:AttributeValue>{}</saml:AttributeValue>", signature(&signed)),
    );
    assert_stopped("elsewhere", &nested, &[CheckId::SignatureReference]);
    assert_stopped(
        "two",
        &replace_once(&signed, signature(&signed), &signature(&signed).repeat(2)),
        &[CheckId::XmlSafe],
    );
}
