//! Reads an identity provider's metadata, as an administrator brings it.
//!
//! Its own signature is not verified: whoever brings it vouches for it.

use roxmltree::Node;
use url::{Host, Url};

use super::MetadataError;
use crate::{
    domain::{Timestamp, connection::IdentityProvider},
    saml::{
        keys::{CertificateFacts, Unusable, certificate_from},
        names::{DS, METADATA, PROTOCOL, REDIRECT},
        time, xml,
    },
};

/// The most bytes of metadata that are read.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// The most characters of an entity ID (Core 8.3.6).
const MAX_ENTITY_ID: usize = 1024;

/// How many entity IDs an error lists.
const LISTED: usize = 10;

/// Reads one identity provider: the one with this entity ID, or the only one.
///
/// Certificates that can't verify anything (expired, too short) are left out;
/// one that becomes valid later is kept, beside one that is valid now.
///
/// # Errors
/// When the metadata can't be read, has expired, does not hold exactly one
/// such identity provider, or that one has no certificate or address that
/// could be used. The error says what to do.
pub fn identity_provider(
    xml: &str,
    entity_id: Option<&str>,
    now: Timestamp,
) -> Result<IdentityProvider, MetadataError> {
    if xml.len() > MAX_BYTES {
        return Err(MetadataError::TooLarge);
    }
    let text = xml.strip_prefix('\u{feff}').unwrap_or(xml).trim_start_matches(xml::SPACE);
    let unreadable = |error: xml::XmlError| MetadataError::Xml(error.to_string());
    let body = xml::scan(text, &xml::METADATA).map_err(unreadable)?;
    let document = xml::parse(body).map_err(unreadable)?;
    let root = document.root_element();
    let known = ["EntityDescriptor", "EntitiesDescriptor"];
    if !known.iter().any(|name| xml::is(root, METADATA, name)) {
        return Err(MetadataError::NotMetadata(root.tag_name().name().to_owned()));
    }
    let (entity, role) = pick(root, entity_id)?;
    for node in role.ancestors().filter(Node::is_element) {
        check_valid(node, now)?;
    }
    Ok(IdentityProvider {
        entity_id: own_id(entity)?,
        sso_url: redirect(role)?,
        certificates: certificates(role, now)?,
    })
}

type Picked<'a, 'i> = (Node<'a, 'i>, Node<'a, 'i>);

/// The entity that is an identity provider of SAML 2.0, with that role of it.
fn pick<'a, 'i>(
    root: Node<'a, 'i>,
    entity_id: Option<&str>,
) -> Result<Picked<'a, 'i>, MetadataError> {
    let entities = root.descendants().filter(|node| xml::is(*node, METADATA, "EntityDescriptor"));
    let providers = entities.filter_map(|entity| Some((entity, saml2_role(entity)?)));
    let wanted: Vec<_> = providers
        .filter(|(entity, _)| entity_id.is_none() || entity.attribute("entityID") == entity_id)
        .collect();
    match wanted.as_slice() {
        [one] => Ok(*one),
        [] => {
            let which = entity_id.unwrap_or("of SAML 2.0 (no IDPSSODescriptor for its protocol)");
            Err(MetadataError::NoSuchEntity(which.to_owned()))
        }
        several => {
            let ids = several.iter().filter_map(|(entity, _)| entity.attribute("entityID"));
            let listed = ids.take(LISTED).collect::<Vec<_>>().join(", ");
            Err(MetadataError::SeveralEntities(crate::domain::check::excerpt(&listed)))
        }
    }
}

fn saml2_role<'a, 'i>(entity: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    xml::children(entity, METADATA, "IDPSSODescriptor").find(|role| {
        let protocols = role.attribute("protocolSupportEnumeration").unwrap_or_default();
        protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL)
    })
}

fn own_id(entity: Node<'_, '_>) -> Result<String, MetadataError> {
    let id = entity.attribute("entityID").map(|id| id.trim_matches(xml::SPACE));
    let id = id.filter(|id| !id.is_empty() && id.chars().count() <= MAX_ENTITY_ID);
    id.map(str::to_owned).ok_or(MetadataError::EntityId)
}

fn check_valid(node: Node<'_, '_>, now: Timestamp) -> Result<(), MetadataError> {
    let Some(text) = node.attribute("validUntil") else { return Ok(()) };
    match time::parse(text) {
        None => Err(MetadataError::ValidUntil(crate::domain::check::excerpt(text))),
        Some(until) if until <= now => Err(MetadataError::Expired(time::format(until))),
        Some(_) => Ok(()),
    }
}

fn redirect(role: Node<'_, '_>) -> Result<String, MetadataError> {
    let services = xml::children(role, METADATA, "SingleSignOnService");
    let service = services
        .filter(|service| service.attribute("Binding") == Some(REDIRECT))
        .find_map(|service| service.attribute("Location"));
    let location = service.ok_or(MetadataError::NoRedirect)?.trim_matches(xml::SPACE);
    if is_secure(location) {
        return Ok(location.to_owned());
    }
    Err(MetadataError::NotHttps(crate::domain::check::excerpt(location)))
}

/// Whether an address may be sent people to: https, or http on this machine.
#[must_use]
pub fn is_secure(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && local)
}

fn certificates(role: Node<'_, '_>, now: Timestamp) -> Result<Vec<Vec<u8>>, MetadataError> {
    let (mut kept, mut faults, mut usable_now) = (Vec::new(), Vec::new(), false);
    for descriptor in xml::children(role, METADATA, "KeyDescriptor") {
        match descriptor.attribute("use") {
            None | Some("signing") => {}
            Some("encryption") => continue,
            Some(other) => {
                return Err(MetadataError::KeyUse(crate::domain::check::excerpt(other)));
            }
        }
        for der in key_certificates(descriptor) {
            match der.ok().and_then(|der| Some((CertificateFacts::of(&der).ok()?, der))) {
                None => faults.push("a certificate that can't be read".to_owned()),
                Some((facts, der)) => match facts.usable(now) {
                    Ok(()) => {
                        usable_now = true;
                        kept.push(der);
                    }
                    Err(reason @ Unusable::NotYetValid(_)) => {
                        faults.push(reason.to_string());
                        kept.push(der);
                    }
                    Err(reason) => faults.push(reason.to_string()),
                },
            }
        }
    }
    if usable_now {
        let mut seen = std::collections::HashSet::new();
        kept.retain(|der: &Vec<u8>| seen.insert(der.clone()));
        return Ok(kept);
    }
    if faults.is_empty() {
        faults.push("none is there".to_owned());
    }
    Err(MetadataError::NoCertificate(crate::domain::check::excerpt(&faults.join("; "))))
}

/// The first certificate of each `X509Data`: those after it are its issuers,
/// and no key of the identity provider.
fn key_certificates(
    descriptor: Node<'_, '_>,
) -> impl Iterator<Item = Result<Vec<u8>, crate::saml::keys::KeyError>> {
    let infos = xml::children(descriptor, DS, "KeyInfo");
    let data = infos.flat_map(|info| xml::children(info, DS, "X509Data"));
    data.filter_map(|data| xml::child(data, DS, "X509Certificate")).map(|certificate| {
        let text = xml::text(certificate).unwrap_or_default();
        certificate_from(text.trim().as_bytes())
    })
}
