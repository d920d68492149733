//! The shape of a signature (XML signature 1.1, section 4; SAML Core 5.4).
//!
//! Only this is accepted: one same-document reference to the enclosing element, and the two
//! transforms that SAML needs. Usher's verifier supports no more. The XML security library,
//! which gives the second opinion, would run transforms and follow references before it
//! verifies anything.

use roxmltree::Node;

use super::{
    algorithms::SignatureMethod,
    children::{self, StructureError},
    claims::{ClaimedSignature, SignaturePlace, SignedElement},
    pss,
};
use crate::{
    domain::quote::QuotedText,
    saml::{
        base64_text,
        names::{ASSERTION, DS, ENVELOPED, EXC_C14N, EXC_C14N_COMMENTS, PROTOCOL},
        xml,
    },
};

/// The maximum number of prefixes that exclusive canonicalization may keep. It looks each of
/// them up anew at every element; real lists name one to five.
const MAX_PREFIXES: usize = 16;

/// Reads the signatures of the response and of its assertion.
pub(super) fn parse_signatures(
    response: Node<'_, '_>,
    assertion: Option<Node<'_, '_>>,
) -> Vec<ClaimedSignature> {
    let mut signatures = Vec::new();
    for parent in [Some(response), assertion].into_iter().flatten() {
        let element = if xml::is_element(parent, PROTOCOL, "Response") {
            SignedElement::Response
        } else if xml::is_element(parent, ASSERTION, "Assertion") {
            SignedElement::Assertion
        } else {
            // An encrypted assertion must not contain a signature. The check of its own
            // structure ensures that.
            continue;
        };
        for signature in xml::children(parent, DS, "Signature") {
            signatures.push(ClaimedSignature {
                element,
                algorithms: parse_method(signature, parent).map_err(|error| error.0),
                hint: find_certificate_hint(signature),
                place: find_place(signature, parent),
            });
        }
    }
    signatures
}

fn find_place(signature: Node<'_, '_>, parent: Node<'_, '_>) -> Option<SignaturePlace> {
    let info = xml::child(signature, DS, "SignedInfo")?;
    let value = xml::text_content(xml::child(signature, DS, "SignatureValue")?)?;
    Some(SignaturePlace {
        element: parent.range(),
        id: parent.attribute("ID")?.to_owned(),
        signature: signature.range(),
        signed_info: info.range(),
        prefixes: read_prefixes(xml::child(info, DS, "CanonicalizationMethod")?),
        value: base64_text::decode(&value)?,
    })
}

fn find_certificate_hint(signature: Node<'_, '_>) -> Option<Vec<u8>> {
    let info = xml::child(signature, DS, "KeyInfo")?;
    let data = xml::child(info, DS, "X509Data")?;
    base64_text::decode(&xml::text_content(xml::child(data, DS, "X509Certificate")?)?)
}

fn parse_method(
    signature: Node<'_, '_>,
    parent: Node<'_, '_>,
) -> Result<SignatureMethod, StructureError> {
    reject_foreign_attributes(signature)?;
    check_order(signature, &["SignedInfo", "SignatureValue", "KeyInfo"])?;
    children::check_children(
        signature,
        &[(DS, "SignedInfo", 1, 1), (DS, "SignatureValue", 1, 1), (DS, "KeyInfo", 0, 1)],
    )?;
    let id = parent.attribute("ID").filter(|id| children::is_plain_name(id));
    let id = id.ok_or_else(|| StructureError("a signed element without a usable ID".into()))?;
    let method = read_signed_info(required_child(signature, "SignedInfo")?, id)?;
    if let Ok(info) = required_child(signature, "KeyInfo") {
        check_key_info(info)?;
    }
    Ok(method)
}

/// Reads the `SignedInfo` of a signature that has to cover the element of this
/// ID.
pub(in crate::saml) fn read_signed_info(
    signed_info: Node<'_, '_>,
    id: &str,
) -> Result<SignatureMethod, StructureError> {
    check_order(signed_info, &["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
    children::check_children(
        signed_info,
        &[
            (DS, "CanonicalizationMethod", 1, 1),
            (DS, "SignatureMethod", 1, 1),
            (DS, "Reference", 1, 1),
        ],
    )?;
    check_canonicalization(required_child(signed_info, "CanonicalizationMethod")?)?;
    let signature_method = required_child(signed_info, "SignatureMethod")?;
    let pss = pss::parse(signature_method)?;
    let reference = required_child(signed_info, "Reference")?;
    check_order(reference, &["Transforms", "DigestMethod", "DigestValue"])?;
    children::check_children(
        reference,
        &[(DS, "Transforms", 1, 1), (DS, "DigestMethod", 1, 1), (DS, "DigestValue", 1, 1)],
    )?;
    check_reference(reference, id)?;
    check_transforms(required_child(reference, "Transforms")?)?;
    let digest_method = required_child(reference, "DigestMethod")?;
    children::check_children(digest_method, &[])?;
    Ok(SignatureMethod {
        signature: parse_algorithm(signature_method)?,
        digest: parse_algorithm(digest_method)?,
        pss,
    })
}

fn required_child<'a, 'i>(
    parent: Node<'a, 'i>,
    name: &'static str,
) -> Result<Node<'a, 'i>, StructureError> {
    let missing = || StructureError(format!("no <{name}> in {}", xml::describe(parent)));
    xml::child(parent, DS, name).ok_or_else(missing)
}

fn parse_algorithm(node: Node<'_, '_>) -> Result<String, StructureError> {
    let missing = || StructureError(format!("no Algorithm in {}", xml::describe(node)));
    node.attribute("Algorithm").map(str::to_owned).ok_or_else(missing)
}

/// The XML security library reads attributes by their local name alone, so one
/// of another namespace could stand in for the one that is checked here.
fn reject_foreign_attributes(signature: Node<'_, '_>) -> Result<(), StructureError> {
    for node in signature.descendants().filter(Node::is_element) {
        if node.attributes().any(|attribute| attribute.namespace().is_some()) {
            let element = xml::describe(node);
            return Err(StructureError(format!("an attribute of another namespace on {element}")));
        }
    }
    Ok(())
}

fn check_order(node: Node<'_, '_>, names: &[&str]) -> Result<(), StructureError> {
    let found = node.children().filter(Node::is_element).map(|child| child.tag_name().name());
    let places = found.map(|name| names.iter().position(|known| *known == name));
    let parent = xml::describe(node);
    if places.is_sorted() { Ok(()) } else { Err(StructureError(format!("{parent} not in order"))) }
}

fn check_reference(reference: Node<'_, '_>, id: &str) -> Result<(), StructureError> {
    let uri = reference
        .attribute("URI")
        .ok_or_else(|| StructureError("a reference without URI".into()))?;
    if uri.strip_prefix('#') == Some(id) {
        return Ok(());
    }
    Err(StructureError(format!(
        "a reference to {}, which is not the enclosing element, #{id}",
        QuotedText(uri)
    )))
}

fn check_transforms(transforms: Node<'_, '_>) -> Result<(), StructureError> {
    children::check_children(transforms, &[(DS, "Transform", 1, 2)])?;
    for (index, transform) in transforms.children().filter(Node::is_element).enumerate() {
        match (index, parse_algorithm(transform)?.as_str()) {
            (0, ENVELOPED) => children::check_children(transform, &[])?,
            (1, EXC_C14N | EXC_C14N_COMMENTS) => check_inclusive_namespaces(transform)?,
            (_, other) => return Err(StructureError(format!("the transform {other}"))),
        }
    }
    Ok(())
}

fn check_canonicalization(method: Node<'_, '_>) -> Result<(), StructureError> {
    match parse_algorithm(method)?.as_str() {
        EXC_C14N | EXC_C14N_COMMENTS => check_inclusive_namespaces(method),
        other => Err(StructureError(format!("the canonicalization {other}"))),
    }
}

/// Exclusive canonicalization may name prefixes to keep; many identity
/// providers do, for `xs` in `xsi:type`.
fn check_inclusive_namespaces(node: Node<'_, '_>) -> Result<(), StructureError> {
    children::check_children(node, &[(EXC_C14N, "InclusiveNamespaces", 0, 1)])?;
    let Some(list) = xml::child(node, EXC_C14N, "InclusiveNamespaces") else { return Ok(()) };
    children::check_children(list, &[])?;
    if read_prefixes(node).len() > MAX_PREFIXES {
        return Err(StructureError(format!("a list of more than {MAX_PREFIXES} prefixes")));
    }
    Ok(())
}

/// The prefixes that an exclusive canonicalization keeps.
pub(in crate::saml) fn read_prefixes(algorithm: Node<'_, '_>) -> Vec<String> {
    let list = xml::child(algorithm, EXC_C14N, "InclusiveNamespaces");
    let list = list.and_then(|list| list.attribute("PrefixList")).unwrap_or_default();
    list.split(xml::SPACE).filter(|prefix| !prefix.is_empty()).map(str::to_owned).collect()
}

/// The content of `KeyInfo` is not trusted, and references in it are rejected.
fn check_key_info(info: Node<'_, '_>) -> Result<(), StructureError> {
    children::check_children(
        info,
        &[
            (DS, "KeyName", 0, children::UNBOUNDED),
            (DS, "KeyValue", 0, children::UNBOUNDED),
            (DS, "X509Data", 0, children::UNBOUNDED),
        ],
    )
}
