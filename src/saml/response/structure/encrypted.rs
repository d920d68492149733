//! The shape of an encrypted assertion (XML encryption 1.1, section 3; SAML
//! Core 6.1).

use roxmltree::Node;

use super::children::{StructureError, check_children, is_plain_name};
use crate::saml::{
    base64_text,
    names::{ASSERTION, DS, XENC, XENC11},
    xml,
};

/// The maximum number of wrapped keys in one message: each costs a private-key operation
/// for each of our keys.
const MAX_KEYS: usize = 4;

/// An encrypted assertion as it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::saml) struct EncryptedAssertion {
    /// The identifier of the cipher.
    pub method: String,
    /// The cipher's input vector, text and tag.
    pub cipher: Vec<u8>,
    /// The content key, wrapped for one of our keys; perhaps also for others.
    pub keys: Vec<EncryptedKey>,
}

/// A content key, wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::saml) struct EncryptedKey {
    /// The identifier of the key transport.
    pub method: String,
    /// The identifier of the hash of OAEP, if named.
    pub digest: Option<String>,
    /// The identifier of the mask generation of OAEP, if named.
    pub mask: Option<String>,
    /// The label of OAEP.
    pub label: Vec<u8>,
    /// The wrapped key.
    pub cipher: Vec<u8>,
}

/// Reads an `EncryptedAssertion`.
pub(super) fn parse(assertion: Node<'_, '_>) -> Result<EncryptedAssertion, StructureError> {
    check_children(
        assertion,
        &[(XENC, "EncryptedData", 1, 1), (XENC, "EncryptedKey", 0, MAX_KEYS)],
    )?;
    let data = xml::child(assertion, XENC, "EncryptedData");
    let data = data.ok_or_else(|| StructureError("no EncryptedData".into()))?;
    check_children(
        data,
        &[(XENC, "EncryptionMethod", 1, 1), (DS, "KeyInfo", 0, 1), (XENC, "CipherData", 1, 1)],
    )?;
    let method = xml::child(data, XENC, "EncryptionMethod");
    let method = method.ok_or_else(|| StructureError("no EncryptionMethod".into()))?;
    let mut wrapped: Vec<_> = xml::children(assertion, XENC, "EncryptedKey").collect();
    if let Some(info) = xml::child(data, DS, "KeyInfo") {
        check_key_info(info, &wrapped)?;
        wrapped.extend(xml::children(info, XENC, "EncryptedKey"));
    }
    if wrapped.is_empty() || wrapped.len() > MAX_KEYS {
        return Err(StructureError(format!("{} encrypted keys", wrapped.len())));
    }
    Ok(EncryptedAssertion {
        method: parse_algorithm(method)?,
        cipher: parse_cipher(data)?,
        keys: wrapped.into_iter().map(parse_key).collect::<Result<_, _>>()?,
    })
}

/// A retrieval method is never followed: it may name a key beside the data, which is read
/// anyway.
fn check_key_info(info: Node<'_, '_>, beside: &[Node<'_, '_>]) -> Result<(), StructureError> {
    check_children(
        info,
        &[
            (XENC, "EncryptedKey", 0, MAX_KEYS),
            (DS, "RetrievalMethod", 0, MAX_KEYS),
            (DS, "KeyName", 0, 1),
            (DS, "X509Data", 0, 1),
        ],
    )?;
    for method in xml::children(info, DS, "RetrievalMethod") {
        check_children(method, &[])?;
        let id = method.attribute("URI").and_then(|uri| uri.strip_prefix('#'));
        let id = id.filter(|id| is_plain_name(id));
        if id.is_none() || !beside.iter().any(|key| key.attribute("Id") == id) {
            return Err(StructureError("a key that is not beside the encrypted data".into()));
        }
    }
    Ok(())
}

fn parse_key(node: Node<'_, '_>) -> Result<EncryptedKey, StructureError> {
    check_children(
        node,
        &[
            (XENC, "EncryptionMethod", 1, 1),
            (DS, "KeyInfo", 0, 1),
            (XENC, "CipherData", 1, 1),
            (XENC, "ReferenceList", 0, 1),
            (XENC, "CarriedKeyName", 0, 1),
        ],
    )?;
    let method = xml::child(node, XENC, "EncryptionMethod");
    let method = method.ok_or_else(|| StructureError("no EncryptionMethod".into()))?;
    check_children(
        method,
        &[
            (XENC, "KeySize", 0, 1),
            (XENC, "OAEPparams", 0, 1),
            (DS, "DigestMethod", 0, 1),
            (XENC11, "MGF", 0, 1),
        ],
    )?;
    let digest = xml::child(method, DS, "DigestMethod").map(parse_algorithm).transpose()?;
    let mask = xml::child(method, XENC11, "MGF").map(parse_algorithm).transpose()?;
    let label = match xml::child(method, XENC, "OAEPparams") {
        Some(params) => decode_base64(params)?,
        None => Vec::new(),
    };
    Ok(EncryptedKey {
        method: parse_algorithm(method)?,
        digest,
        mask,
        label,
        cipher: parse_cipher(node)?,
    })
}

fn parse_algorithm(node: Node<'_, '_>) -> Result<String, StructureError> {
    let missing = || StructureError(format!("no Algorithm in {}", xml::describe(node)));
    node.attribute("Algorithm").map(str::to_owned).ok_or_else(missing)
}

/// The cipher text, which must be in the message: a reference to it is never followed.
fn parse_cipher(node: Node<'_, '_>) -> Result<Vec<u8>, StructureError> {
    let data = xml::child(node, XENC, "CipherData");
    let data = data.ok_or_else(|| StructureError("no CipherData".into()))?;
    check_children(data, &[(XENC, "CipherValue", 1, 1)])?;
    let value = xml::child(data, XENC, "CipherValue");
    value.map_or_else(|| Err(StructureError("no CipherValue".into())), decode_base64)
}

fn decode_base64(node: Node<'_, '_>) -> Result<Vec<u8>, StructureError> {
    let bytes = xml::text_content(node).and_then(|text| base64_text::decode(&text));
    bytes.ok_or_else(|| StructureError(format!("{} is not base64", xml::describe(node))))
}

/// Finds the element `EncryptedAssertion`, to replace it.
pub(in crate::saml) fn find_encrypted<'a, 'i>(response: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    xml::child(response, ASSERTION, "EncryptedAssertion")
}
