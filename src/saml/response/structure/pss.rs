//! The parameters of an RSASSA-PSS signature (RFC 9231, 2.3.9 and 2.3.10).

use roxmltree::Node;

use super::{
    algorithms::{Hash, PssParameters, digest_hash},
    children::{self, StructureError},
};
use crate::saml::{
    names::{DS, DSIG_MORE_2007},
    xml,
};

/// The method with its parameters in the message.
pub(super) const WITH_PARAMETERS: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";
/// The supported mask generation function.
const MGF1: &str = "http://www.w3.org/2007/05/xmldsig-more#MGF1";

/// The parameters of a signature method. `None` if it is another method, or has
/// parameters that are never accepted.
///
/// # Errors
/// Returns an error if the element has content that is not allowed.
pub(super) fn parse(method: Node<'_, '_>) -> Result<Option<PssParameters>, StructureError> {
    let algorithm = method.attribute("Algorithm").unwrap_or_default();
    if algorithm == WITH_PARAMETERS {
        children::check_children(method, &[(DSIG_MORE_2007, "RSAPSSParams", 0, 1)])?;
        return match xml::child(method, DSIG_MORE_2007, "RSAPSSParams") {
            Some(parameters) => parse_parameters(parameters),
            None => Ok(Some(PssParameters::from_hash(Hash::Sha256))),
        };
    }
    children::check_children(method, &[])?;
    let hash = match algorithm {
        "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" => Hash::Sha256,
        "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1" => Hash::Sha384,
        "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1" => Hash::Sha512,
        _ => return Ok(None),
    };
    Ok(Some(PssParameters::from_hash(hash)))
}

fn parse_parameters(parameters: Node<'_, '_>) -> Result<Option<PssParameters>, StructureError> {
    children::check_children(
        parameters,
        &[
            (DS, "DigestMethod", 0, 1),
            (DSIG_MORE_2007, "MaskGenerationFunction", 0, 1),
            (DSIG_MORE_2007, "SaltLength", 0, 1),
            (DSIG_MORE_2007, "TrailerField", 0, 1),
        ],
    )?;
    let Some(hash) = parse_digest_hash(parameters, Some(Hash::Sha256))? else { return Ok(None) };
    let mask = xml::child(parameters, DSIG_MORE_2007, "MaskGenerationFunction");
    let mask_hash = match mask {
        None => Some(hash),
        Some(mask) => {
            children::check_children(mask, &[(DS, "DigestMethod", 0, 1)])?;
            let is_mgf1 = mask.attribute("Algorithm").is_none_or(|name| name == MGF1);
            parse_digest_hash(mask, Some(hash))?.filter(|_| is_mgf1)
        }
    };
    // Salt that is longer than the hash does not add security (FIPS 186-5, 5.4).
    let salt = parse_number(parameters, "SaltLength", hash.length())?;
    let salt = salt.filter(|salt| *salt <= hash.length());
    let trailer = parse_number(parameters, "TrailerField", 1)?.filter(|trailer| *trailer == 1);
    Ok(mask_hash.zip(salt).zip(trailer).map(|((mask_hash, salt), _)| PssParameters {
        hash,
        mask_hash,
        salt,
    }))
}

/// The hash that the `DigestMethod` in an element names.
fn parse_digest_hash(
    parent: Node<'_, '_>,
    default: Option<Hash>,
) -> Result<Option<Hash>, StructureError> {
    let Some(method) = xml::child(parent, DS, "DigestMethod") else { return Ok(default) };
    children::check_children(method, &[])?;
    Ok(method.attribute("Algorithm").and_then(digest_hash))
}

fn parse_number(
    parent: Node<'_, '_>,
    name: &'static str,
    default: u8,
) -> Result<Option<u8>, StructureError> {
    let Some(node) = xml::child(parent, DSIG_MORE_2007, name) else { return Ok(Some(default)) };
    if node.children().any(|child| child.is_element()) {
        return Err(StructureError(format!("an element in {}", xml::describe(node))));
    }
    let text = xml::text_content(node).unwrap_or_default();
    Ok(text.trim_matches(xml::SPACE).parse().ok())
}
