//! Reads an identity provider's metadata, as an administrator brings it.
//!
//! Its own signature is not verified: the administrator who uploads it vouches for it.

use roxmltree::Node;

use super::{
    encoding::{find_unsupported_version, normalize_declaration},
    error::{MAX_BYTES, MetadataError},
    signing_keys::{self, SigningKeys},
};
use crate::{
    domain::{
        Timestamp,
        check::excerpt,
        connection::IdentityProvider,
        field_format::{EntityIdValue, is_web_address},
    },
    saml::{
        file_kind::FileKind,
        names::{METADATA, PROTOCOL, REDIRECT},
        time, xml,
    },
};

/// How many entity IDs an error lists.
const MAX_LISTED: usize = 10;

/// Reads one identity provider: the one with this entity ID, or the only one.
///
/// Certificates that can't verify a signature (expired, too short) are ignored and listed. One
/// that becomes valid later is used, beside one that is valid now.
///
/// `xml` is text, so the encoding that its declaration names does not count:
/// [`super::decode`] reads bytes.
///
/// # Errors
/// When the metadata can't be read, has expired, does not hold exactly one
/// such identity provider, or that one has no certificate or address that
/// could be used. The error says what to do.
pub fn parse_identity_provider(
    xml: &str,
    entity_id: Option<&str>,
    now: Timestamp,
) -> Result<IdentityProvider, MetadataError> {
    if xml.len() > MAX_BYTES {
        return Err(MetadataError::TooLarge);
    }
    match FileKind::detect(xml.as_bytes()) {
        FileKind::Xml | FileKind::Unknown => {}
        kind => return Err(MetadataError::WrongKind(kind)),
    }
    if let Some(version) = find_unsupported_version(xml) {
        return Err(MetadataError::Version(version));
    }
    let xml = &*normalize_declaration(xml);
    let text = xml.strip_prefix('\u{feff}').unwrap_or(xml).trim_start_matches(xml::SPACE);
    let unreadable = |error: xml::XmlError| MetadataError::Xml(error.to_string());
    let body = xml::scan(text, &xml::METADATA_LIMITS).map_err(unreadable)?;
    let document = xml::parse(body).map_err(unreadable)?;
    let root = document.root_element();
    let accepted = ["EntityDescriptor", "EntitiesDescriptor"];
    if !accepted.iter().any(|name| xml::is_element(root, METADATA, name)) {
        return Err(MetadataError::NotMetadata(root.tag_name().name().to_owned()));
    }
    let (entity, role) = select_provider(root, entity_id)?;
    for node in role.ancestors().filter(Node::is_element) {
        check_valid(node, now)?;
    }
    let SigningKeys { certificates, ignored } = signing_keys::parse(role, now)?;
    Ok(IdentityProvider {
        entity_id: parse_entity_id(entity)?,
        sso_url: parse_redirect_url(role)?,
        certificates,
        ignored,
    })
}

type SelectedProvider<'a, 'i> = (Node<'a, 'i>, Node<'a, 'i>);

/// The entity that is an identity provider of SAML 2.0, with that role of it.
fn select_provider<'a, 'i>(
    root: Node<'a, 'i>,
    entity_id: Option<&str>,
) -> Result<SelectedProvider<'a, 'i>, MetadataError> {
    let entities =
        root.descendants().filter(|node| xml::is_element(*node, METADATA, "EntityDescriptor"));
    let providers = entities.filter_map(|entity| Some((entity, find_saml2_role(entity)?)));
    let candidates: Vec<_> = providers
        .filter(|(entity, _)| entity_id.is_none() || entity.attribute("entityID") == entity_id)
        .collect();
    match candidates.as_slice() {
        [one] => Ok(*one),
        [] => {
            let is_other = |entity: &Node<'_, '_>| {
                xml::child(*entity, METADATA, "SPSSODescriptor").is_some()
                    && (entity_id.is_none() || entity.attribute("entityID") == entity_id)
            };
            let mut entities = root.descendants().filter(Node::is_element);
            if let Some(entity) = entities.find(is_other) {
                let id = entity.attribute("entityID").map(|id| format!(" {}", excerpt(id)));
                return Err(MetadataError::ServiceProvider(id.unwrap_or_default()));
            }
            let which = entity_id.map(|id| MetadataError::NoSuchEntity(id.to_owned()));
            Err(which.unwrap_or(MetadataError::NoIdentityProvider))
        }
        several => {
            let ids = several.iter().filter_map(|(entity, _)| entity.attribute("entityID"));
            let listed = ids.take(MAX_LISTED).collect::<Vec<_>>().join(", ");
            Err(MetadataError::SeveralEntities(excerpt(&listed)))
        }
    }
}

fn find_saml2_role<'a, 'i>(entity: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    xml::children(entity, METADATA, "IDPSSODescriptor").find(|role| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL)
    })
}

fn parse_entity_id(entity: Node<'_, '_>) -> Result<String, MetadataError> {
    let id = entity.attribute("entityID").map(|id| id.trim_matches(xml::SPACE));
    let id = id.and_then(|id| id.parse().ok());
    id.map(|EntityIdValue(id)| id).ok_or(MetadataError::EntityId)
}

fn check_valid(node: Node<'_, '_>, now: Timestamp) -> Result<(), MetadataError> {
    let Some(text) = node.attribute("validUntil") else { return Ok(()) };
    match time::parse(text) {
        None => Err(MetadataError::ValidUntil(excerpt(text))),
        Some(until) if until <= now => Err(MetadataError::Expired(time::format(until))),
        Some(_) => Ok(()),
    }
}

fn parse_redirect_url(role: Node<'_, '_>) -> Result<String, MetadataError> {
    let services = xml::children(role, METADATA, "SingleSignOnService");
    let service = services
        .filter(|service| service.attribute("Binding") == Some(REDIRECT))
        .find_map(|service| service.attribute("Location"));
    let location = service.ok_or(MetadataError::NoRedirect)?.trim_matches(xml::SPACE);
    if is_web_address(location) {
        return Ok(location.to_owned());
    }
    Err(MetadataError::NotHttps(excerpt(location)))
}
