//! The shape of a signature (XML signature 1.1, section 4; SAML Core 5.4).
//!
//! The XML security library runs transforms and follows references before it
//! verifies anything, so what it may be handed is spelled out here: one
//! same-document reference to the enclosing element, the two transforms that
//! SAML needs, and nothing else.

use roxmltree::Node;

use super::{
    algorithms::SignatureMethod,
    children::{self, StructureError},
    claims::{ClaimedSignature, SignedElement},
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

/// The most prefixes that exclusive canonicalisation may be told to keep. It
/// looks each of them up anew at every element; real lists name one to five.
const MAX_PREFIXES: usize = 16;

/// Reads the signatures of the response and of its assertion.
pub(super) fn read_all(
    response: Node<'_, '_>,
    assertion: Option<Node<'_, '_>>,
) -> Vec<ClaimedSignature> {
    let mut found = Vec::new();
    for parent in [Some(response), assertion].into_iter().flatten() {
        let element = if xml::is(parent, PROTOCOL, "Response") {
            SignedElement::Response
        } else if xml::is(parent, ASSERTION, "Assertion") {
            SignedElement::Assertion
        } else {
            // An encrypted assertion: no signature may stand in it, and its
            // own shape claims so.
            continue;
        };
        for signature in xml::children(parent, DS, "Signature") {
            found.push(ClaimedSignature {
                element,
                algorithms: method(signature, parent).map_err(|fault| fault.0),
                hint: hint(signature),
            });
        }
    }
    found
}

fn hint(signature: Node<'_, '_>) -> Option<Vec<u8>> {
    let info = xml::child(signature, DS, "KeyInfo")?;
    let data = xml::child(info, DS, "X509Data")?;
    base64_text::decode(&xml::text(xml::child(data, DS, "X509Certificate")?)?)
}

fn method(
    signature: Node<'_, '_>,
    parent: Node<'_, '_>,
) -> Result<SignatureMethod, StructureError> {
    no_foreign_attributes(signature)?;
    in_order(signature, &["SignedInfo", "SignatureValue", "KeyInfo"])?;
    children::check_children(
        signature,
        &[(DS, "SignedInfo", 1, 1), (DS, "SignatureValue", 1, 1), (DS, "KeyInfo", 0, 1)],
    )?;
    let id = parent.attribute("ID").filter(|id| children::is_plain_name(id));
    let id = id.ok_or_else(|| StructureError("a signed element without a usable ID".into()))?;
    let method = read_signed_info(the(signature, "SignedInfo")?, id)?;
    if let Ok(info) = the(signature, "KeyInfo") {
        key_info(info)?;
    }
    Ok(method)
}

/// Reads the `SignedInfo` of a signature that has to cover the element of this
/// ID.
pub(in crate::saml) fn read_signed_info(
    signed_info: Node<'_, '_>,
    id: &str,
) -> Result<SignatureMethod, StructureError> {
    in_order(signed_info, &["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
    children::check_children(
        signed_info,
        &[
            (DS, "CanonicalizationMethod", 1, 1),
            (DS, "SignatureMethod", 1, 1),
            (DS, "Reference", 1, 1),
        ],
    )?;
    canonicalization(the(signed_info, "CanonicalizationMethod")?)?;
    let signature_method = the(signed_info, "SignatureMethod")?;
    let pss = pss::read(signature_method)?;
    let reference = the(signed_info, "Reference")?;
    in_order(reference, &["Transforms", "DigestMethod", "DigestValue"])?;
    children::check_children(
        reference,
        &[(DS, "Transforms", 1, 1), (DS, "DigestMethod", 1, 1), (DS, "DigestValue", 1, 1)],
    )?;
    refers_to(reference, id)?;
    transforms(the(reference, "Transforms")?)?;
    let digest_method = the(reference, "DigestMethod")?;
    children::check_children(digest_method, &[])?;
    Ok(SignatureMethod {
        signature: algorithm(signature_method)?,
        digest: algorithm(digest_method)?,
        pss,
    })
}

fn the<'a, 'i>(parent: Node<'a, 'i>, name: &'static str) -> Result<Node<'a, 'i>, StructureError> {
    let missing = || StructureError(format!("no <{name}> in {}", xml::describe(parent)));
    xml::child(parent, DS, name).ok_or_else(missing)
}

fn algorithm(node: Node<'_, '_>) -> Result<String, StructureError> {
    let missing = || StructureError(format!("no Algorithm in {}", xml::describe(node)));
    node.attribute("Algorithm").map(str::to_owned).ok_or_else(missing)
}

/// The XML security library reads attributes by their local name alone, so one
/// of another namespace could stand in for the one that is checked here.
fn no_foreign_attributes(signature: Node<'_, '_>) -> Result<(), StructureError> {
    for node in signature.descendants().filter(Node::is_element) {
        if node.attributes().any(|attribute| attribute.namespace().is_some()) {
            let element = xml::describe(node);
            return Err(StructureError(format!("an attribute of another namespace on {element}")));
        }
    }
    Ok(())
}

fn in_order(node: Node<'_, '_>, names: &[&str]) -> Result<(), StructureError> {
    let found = node.children().filter(Node::is_element).map(|child| child.tag_name().name());
    let places = found.map(|name| names.iter().position(|known| *known == name));
    let parent = xml::describe(node);
    if places.is_sorted() { Ok(()) } else { Err(StructureError(format!("{parent} not in order"))) }
}

fn refers_to(reference: Node<'_, '_>, id: &str) -> Result<(), StructureError> {
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

fn transforms(transforms: Node<'_, '_>) -> Result<(), StructureError> {
    children::check_children(transforms, &[(DS, "Transform", 1, 2)])?;
    for (place, transform) in transforms.children().filter(Node::is_element).enumerate() {
        match (place, algorithm(transform)?.as_str()) {
            (0, ENVELOPED) => children::check_children(transform, &[])?,
            (1, EXC_C14N | EXC_C14N_COMMENTS) => inclusive_namespaces(transform)?,
            (_, other) => return Err(StructureError(format!("the transform {other}"))),
        }
    }
    Ok(())
}

fn canonicalization(method: Node<'_, '_>) -> Result<(), StructureError> {
    match algorithm(method)?.as_str() {
        EXC_C14N | EXC_C14N_COMMENTS => inclusive_namespaces(method),
        other => Err(StructureError(format!("the canonicalisation {other}"))),
    }
}

/// Exclusive canonicalisation may name prefixes to keep; many identity
/// providers do, for `xs` in `xsi:type`.
fn inclusive_namespaces(node: Node<'_, '_>) -> Result<(), StructureError> {
    children::check_children(node, &[(EXC_C14N, "InclusiveNamespaces", 0, 1)])?;
    let Some(list) = xml::child(node, EXC_C14N, "InclusiveNamespaces") else { return Ok(()) };
    children::check_children(list, &[])?;
    let prefixes = list.attribute("PrefixList").unwrap_or_default().split(xml::SPACE);
    match prefixes.filter(|prefix| !prefix.is_empty()).nth(MAX_PREFIXES) {
        None => Ok(()),
        Some(_) => Err(StructureError(format!("a list of more than {MAX_PREFIXES} prefixes"))),
    }
}

/// What stands here is not believed; what would be followed is refused.
fn key_info(info: Node<'_, '_>) -> Result<(), StructureError> {
    children::check_children(
        info,
        &[
            (DS, "KeyName", 0, children::MANY),
            (DS, "KeyValue", 0, children::MANY),
            (DS, "X509Data", 0, children::MANY),
        ],
    )
}
