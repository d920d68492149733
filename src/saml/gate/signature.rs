//! The shape of a signature (XML signature 1.1, section 4; SAML Core 5.4).
//!
//! The XML security library runs transforms and follows references before it
//! verifies anything, so what it may be handed is spelled out here: one
//! same-document reference to the enclosing element, the two transforms that
//! SAML needs, and nothing else.

use roxmltree::Node;

use super::{
    pss::{self, PssParameters},
    shape::{self, Fault},
};
use crate::{
    domain::quote::Quoted,
    saml::{
        form::base64,
        names::{ASSERTION, DS, ENVELOPED, EXC_C14N, EXC_C14N_COMMENTS, PROTOCOL},
        xml,
    },
};

/// The most prefixes that exclusive canonicalisation may be told to keep. It
/// looks each of them up anew at every element; real lists name one to five.
const MAX_PREFIXES: usize = 16;

/// Which element a signature stands in, and has to cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) enum Signed {
    Response,
    Assertion,
}

/// What a signature claims.
#[derive(Debug, Clone)]
pub(in crate::saml) struct SignatureFacts {
    /// Where it stands.
    pub on: Signed,
    /// Its algorithms, or what is wrong with its shape.
    pub shape: Result<Method, String>,
    /// The certificate that stands in it: a hint which of the connection's
    /// certificates to try first, and never more than that.
    pub hint: Option<Vec<u8>>,
}

/// The algorithms of a signature, by their identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::saml) struct Method {
    /// `SignatureMethod`.
    pub signature: String,
    /// `DigestMethod`.
    pub digest: String,
    /// The parameters of RSASSA-PSS, if it is that and they can be accepted.
    pub pss: Option<PssParameters>,
}

/// A kind of key that can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) enum SignatureKind {
    /// RSASSA-PKCS1-v1_5.
    Rsa,
    /// RSASSA-PSS.
    RsaPss,
    Ecdsa,
}

/// A hash that is known here. SHA-1 is known so that it can be named, and
/// allowed for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// How many bytes it has.
    pub(in crate::saml) fn length(self) -> u8 {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// The hash of this identifier; `None` for what is never accepted.
pub(in crate::saml) fn digest_hash(identifier: &str) -> Option<Hash> {
    match identifier {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Some(Hash::Sha256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(Hash::Sha384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Some(Hash::Sha512),
        "http://www.w3.org/2000/09/xmldsig#sha1" => Some(Hash::Sha1),
        _ => None,
    }
}

impl Method {
    /// Key kind and hash of the signature; `None` for what is never accepted.
    pub(in crate::saml) fn signature_parts(&self) -> Option<(SignatureKind, Hash)> {
        use SignatureKind::{Ecdsa, Rsa, RsaPss};
        if let Some(PssParameters { hash, .. }) = self.pss {
            return Some((RsaPss, hash));
        }
        match self.signature.as_str() {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Some((Rsa, Hash::Sha256)),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Some((Rsa, Hash::Sha384)),
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Some((Rsa, Hash::Sha512)),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Some((Ecdsa, Hash::Sha256)),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Some((Ecdsa, Hash::Sha384)),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => Some((Ecdsa, Hash::Sha512)),
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" => Some((Rsa, Hash::Sha1)),
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1" => Some((Ecdsa, Hash::Sha1)),
            _ => None,
        }
    }

    /// The hash of the digest; `None` for what is never accepted.
    pub(in crate::saml) fn digest_hash(&self) -> Option<Hash> {
        digest_hash(&self.digest)
    }
}

/// Reads the signatures of the response and of its assertion.
pub(super) fn read(response: Node<'_, '_>, assertion: Option<Node<'_, '_>>) -> Vec<SignatureFacts> {
    let mut found = Vec::new();
    for parent in [Some(response), assertion].into_iter().flatten() {
        let on = if xml::is(parent, PROTOCOL, "Response") {
            Signed::Response
        } else if xml::is(parent, ASSERTION, "Assertion") {
            Signed::Assertion
        } else {
            // An encrypted assertion: no signature may stand in it, and its
            // own shape says so.
            continue;
        };
        for signature in xml::children(parent, DS, "Signature") {
            found.push(SignatureFacts {
                on,
                shape: method(signature, parent).map_err(|fault| fault.0),
                hint: hint(signature),
            });
        }
    }
    found
}

fn hint(signature: Node<'_, '_>) -> Option<Vec<u8>> {
    let info = xml::child(signature, DS, "KeyInfo")?;
    let data = xml::child(info, DS, "X509Data")?;
    base64(&xml::text(xml::child(data, DS, "X509Certificate")?)?)
}

fn method(signature: Node<'_, '_>, parent: Node<'_, '_>) -> Result<Method, Fault> {
    no_foreign_attributes(signature)?;
    in_order(signature, &["SignedInfo", "SignatureValue", "KeyInfo"])?;
    shape::parts(
        signature,
        &[(DS, "SignedInfo", 1, 1), (DS, "SignatureValue", 1, 1), (DS, "KeyInfo", 0, 1)],
    )?;
    let id = parent.attribute("ID").filter(|id| shape::is_plain_name(id));
    let id = id.ok_or_else(|| Fault("a signed element without a usable ID".into()))?;
    let method = signed_info(the(signature, "SignedInfo")?, id)?;
    if let Ok(info) = the(signature, "KeyInfo") {
        key_info(info)?;
    }
    Ok(method)
}

/// Reads the `SignedInfo` of a signature that has to cover the element of this
/// ID.
pub(in crate::saml) fn signed_info(signed_info: Node<'_, '_>, id: &str) -> Result<Method, Fault> {
    in_order(signed_info, &["CanonicalizationMethod", "SignatureMethod", "Reference"])?;
    shape::parts(
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
    shape::parts(
        reference,
        &[(DS, "Transforms", 1, 1), (DS, "DigestMethod", 1, 1), (DS, "DigestValue", 1, 1)],
    )?;
    refers_to(reference, id)?;
    transforms(the(reference, "Transforms")?)?;
    let digest_method = the(reference, "DigestMethod")?;
    shape::parts(digest_method, &[])?;
    Ok(Method { signature: algorithm(signature_method)?, digest: algorithm(digest_method)?, pss })
}

fn the<'a, 'i>(parent: Node<'a, 'i>, name: &'static str) -> Result<Node<'a, 'i>, Fault> {
    let missing = || Fault(format!("no <{name}> in {}", xml::describe(parent)));
    xml::child(parent, DS, name).ok_or_else(missing)
}

fn algorithm(node: Node<'_, '_>) -> Result<String, Fault> {
    let missing = || Fault(format!("no Algorithm in {}", xml::describe(node)));
    node.attribute("Algorithm").map(str::to_owned).ok_or_else(missing)
}

/// The XML security library reads attributes by their local name alone, so one
/// of another namespace could stand in for the one that is checked here.
fn no_foreign_attributes(signature: Node<'_, '_>) -> Result<(), Fault> {
    for node in signature.descendants().filter(Node::is_element) {
        if node.attributes().any(|attribute| attribute.namespace().is_some()) {
            let element = xml::describe(node);
            return Err(Fault(format!("an attribute of another namespace on {element}")));
        }
    }
    Ok(())
}

fn in_order(node: Node<'_, '_>, names: &[&str]) -> Result<(), Fault> {
    let found = node.children().filter(Node::is_element).map(|child| child.tag_name().name());
    let places = found.map(|name| names.iter().position(|known| *known == name));
    let parent = xml::describe(node);
    if places.is_sorted() { Ok(()) } else { Err(Fault(format!("{parent} not in order"))) }
}

fn refers_to(reference: Node<'_, '_>, id: &str) -> Result<(), Fault> {
    let uri = reference.attribute("URI").ok_or_else(|| Fault("a reference without URI".into()))?;
    if uri.strip_prefix('#') == Some(id) {
        return Ok(());
    }
    Err(Fault(format!("a reference to {}, which is not the enclosing element, #{id}", Quoted(uri))))
}

fn transforms(transforms: Node<'_, '_>) -> Result<(), Fault> {
    shape::parts(transforms, &[(DS, "Transform", 1, 2)])?;
    for (place, transform) in transforms.children().filter(Node::is_element).enumerate() {
        match (place, algorithm(transform)?.as_str()) {
            (0, ENVELOPED) => shape::parts(transform, &[])?,
            (1, EXC_C14N | EXC_C14N_COMMENTS) => inclusive_namespaces(transform)?,
            (_, other) => return Err(Fault(format!("the transform {other}"))),
        }
    }
    Ok(())
}

fn canonicalization(method: Node<'_, '_>) -> Result<(), Fault> {
    match algorithm(method)?.as_str() {
        EXC_C14N | EXC_C14N_COMMENTS => inclusive_namespaces(method),
        other => Err(Fault(format!("the canonicalisation {other}"))),
    }
}

/// Exclusive canonicalisation may name prefixes to keep; many identity
/// providers do, for `xs` in `xsi:type`.
fn inclusive_namespaces(node: Node<'_, '_>) -> Result<(), Fault> {
    shape::parts(node, &[(EXC_C14N, "InclusiveNamespaces", 0, 1)])?;
    let Some(list) = xml::child(node, EXC_C14N, "InclusiveNamespaces") else { return Ok(()) };
    shape::parts(list, &[])?;
    let prefixes = list.attribute("PrefixList").unwrap_or_default().split(xml::SPACE);
    match prefixes.filter(|prefix| !prefix.is_empty()).nth(MAX_PREFIXES) {
        None => Ok(()),
        Some(_) => Err(Fault(format!("a list of more than {MAX_PREFIXES} prefixes"))),
    }
}

/// What stands here is not believed; what would be followed is refused.
fn key_info(info: Node<'_, '_>) -> Result<(), Fault> {
    shape::parts(
        info,
        &[
            (DS, "KeyName", 0, shape::MANY),
            (DS, "KeyValue", 0, shape::MANY),
            (DS, "X509Data", 0, shape::MANY),
        ],
    )
}
