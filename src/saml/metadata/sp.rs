//! The metadata of the service provider.

use std::io::{self, Write};

use quick_xml::{Writer, events::BytesText};

use super::MetadataError;
use crate::{
    domain::Timestamp,
    saml::{
        keys::certificate_text,
        names::{DS, MDUI, METADATA, POST, PROTOCOL},
        time,
    },
};

/// How an assertion may be encrypted for us: ciphers and key transports.
const ENCRYPTION_METHODS: [&str; 4] = [
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2009/xmlenc11#aes128-gcm",
    "http://www.w3.org/2009/xmlenc11#rsa-oaep",
    "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
];

/// The metadata of the service provider for one connection.
#[derive(Debug, Clone, Copy)]
pub struct ServiceProvider<'a> {
    /// Our entity ID.
    pub entity_id: &'a str,
    /// Where responses are posted.
    pub acs_url: &'a str,
    /// The certificates that verify our requests, DER; all of a rollover, the
    /// one in use first.
    pub signing: &'a [Vec<u8>],
    /// The certificates to encrypt for, DER; all of a rollover.
    pub encryption: &'a [Vec<u8>],
    /// The end of its validity.
    pub valid_until: Timestamp,
    /// The display name.
    pub display_name: &'a str,
    /// The contact: an e-mail address, or a URL.
    pub contact: Option<&'a str>,
    /// The URL to which an identity provider may send users after an error.
    pub error_url: &'a str,
}

/// Writes our metadata (Metadata 2.4.4).
///
/// # Errors
/// Only if writing to memory fails.
pub fn write_service_provider(sp: &ServiceProvider<'_>) -> Result<String, MetadataError> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let until = time::format(sp.valid_until);
    let root = writer.create_element("md:EntityDescriptor").with_attributes([
        ("xmlns:md", METADATA),
        ("xmlns:ds", DS),
        ("xmlns:mdui", MDUI),
        ("entityID", sp.entity_id),
        ("validUntil", &until),
    ]);
    root.write_inner_content(|writer| {
        let role = writer.create_element("md:SPSSODescriptor").with_attributes([
            ("protocolSupportEnumeration", PROTOCOL),
            ("AuthnRequestsSigned", "true"),
            ("WantAssertionsSigned", "true"),
            ("errorURL", sp.error_url),
        ]);
        role.write_inner_content(|writer| write_role(writer, sp))?;
        write_contact(writer, sp.contact)
    })?;
    let text = String::from_utf8(writer.into_inner()).map_err(io::Error::other)?;
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n"))
}

fn write_role<W: Write>(writer: &mut Writer<W>, sp: &ServiceProvider<'_>) -> io::Result<()> {
    writer.create_element("md:Extensions").write_inner_content(|writer| {
        writer.create_element("mdui:UIInfo").write_inner_content(|writer| {
            let name = writer.create_element("mdui:DisplayName").with_attribute(("xml:lang", "en"));
            name.write_text_content(BytesText::new(sp.display_name))?;
            if let Some(url) = sp.contact.filter(|contact| contact.contains("://")) {
                let about = writer.create_element("mdui:InformationURL");
                let about = about.with_attribute(("xml:lang", "en"));
                about.write_text_content(BytesText::new(url))?;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    for certificate in sp.signing {
        write_key(writer, "signing", certificate, &[])?;
    }
    for certificate in sp.encryption {
        write_key(writer, "encryption", certificate, &ENCRYPTION_METHODS)?;
    }
    let acs = writer.create_element("md:AssertionConsumerService").with_attributes([
        ("Binding", POST),
        ("Location", sp.acs_url),
        ("index", "0"),
        ("isDefault", "true"),
    ]);
    acs.write_empty()?;
    Ok(())
}

fn write_key<W: Write>(
    writer: &mut Writer<W>,
    purpose: &str,
    certificate: &[u8],
    methods: &[&str],
) -> io::Result<()> {
    let descriptor = writer.create_element("md:KeyDescriptor").with_attribute(("use", purpose));
    descriptor.write_inner_content(|writer| {
        writer.create_element("ds:KeyInfo").write_inner_content(|writer| {
            writer.create_element("ds:X509Data").write_inner_content(|writer| {
                let text = certificate_text(certificate);
                let element = writer.create_element("ds:X509Certificate");
                element.write_text_content(BytesText::new(&text))?;
                Ok(())
            })?;
            Ok(())
        })?;
        for method in methods {
            let element = writer.create_element("md:EncryptionMethod");
            element.with_attribute(("Algorithm", *method)).write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_contact<W: Write>(writer: &mut Writer<W>, contact: Option<&str>) -> io::Result<()> {
    let Some(address) = contact.filter(|contact| !contact.contains("://")) else { return Ok(()) };
    let person =
        writer.create_element("md:ContactPerson").with_attribute(("contactType", "support"));
    person.write_inner_content(|writer| {
        let bare_address = address.strip_prefix("mailto:").unwrap_or(address);
        let element = writer.create_element("md:EmailAddress");
        element.write_text_content(BytesText::new(&format!("mailto:{bare_address}")))?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::{
        keys::parse_certificate,
        tests::kit::{ACS, IDP_KEY, OTHER_KEY, SP, SP_KEY, now},
        xml::{self, children},
    };

    fn written(contact: Option<&str>) -> String {
        let signing = [SP_KEY.certificate.clone(), OTHER_KEY.certificate.clone()];
        let encryption = [IDP_KEY.certificate.clone(), OTHER_KEY.certificate.clone()];
        write_service_provider(&ServiceProvider {
            entity_id: SP,
            acs_url: ACS,
            signing: &signing,
            encryption: &encryption,
            valid_until: now(),
            display_name: "Usher & Sons",
            contact,
            error_url: "https://usher.example.com/error",
        })
        .unwrap()
    }

    #[test]
    fn every_key_of_a_rollover_is_marked_with_its_use() {
        let text = written(Some("help@example.com"));
        let body = xml::scan(&text, &xml::RESPONSE_LIMITS).unwrap();
        let document = xml::parse(body).unwrap();
        let root = document.root_element();
        assert_eq!(root.attribute("entityID"), Some(SP));
        assert_eq!(root.attribute("validUntil"), Some("2026-11-23T10:00:00Z"));
        let role = xml::child(root, METADATA, "SPSSODescriptor").unwrap();
        assert_eq!(role.attribute("WantAssertionsSigned"), Some("true"));
        assert_eq!(role.attribute("AuthnRequestsSigned"), Some("true"));
        let keys = children(role, METADATA, "KeyDescriptor").map(|key| {
            let methods = children(key, METADATA, "EncryptionMethod").count();
            let certificate =
                key.descendants().find(|node| xml::is_element(*node, DS, "X509Certificate"));
            let text = xml::text_content(certificate.unwrap()).unwrap();
            (key.attribute("use").unwrap(), parse_certificate(text.as_bytes()).unwrap(), methods)
        });
        let desired = [
            ("signing", SP_KEY.certificate.clone(), 0),
            ("signing", OTHER_KEY.certificate.clone(), 0),
            ("encryption", IDP_KEY.certificate.clone(), 4),
            ("encryption", OTHER_KEY.certificate.clone(), 4),
        ];
        assert!(keys.eq(desired));
        let acs = xml::child(role, METADATA, "AssertionConsumerService").unwrap();
        assert_eq!(acs.attribute("Location"), Some(ACS));
        assert_eq!(acs.attribute("Binding"), Some(POST));
    }

    #[test]
    fn metadata_texts_are_escaped_and_the_contact_is_an_address_or_a_url() {
        let text = written(Some("help@example.com"));
        assert!(text.contains("<mdui:DisplayName xml:lang=\"en\">Usher &amp; Sons<"));
        assert!(text.contains("<md:EmailAddress>mailto:help@example.com<"));
        let text = written(Some("https://example.com/help"));
        assert!(text.contains(">https://example.com/help</mdui:InformationURL>"));
        assert!(!text.contains("ContactPerson"));
        assert!(!written(None).contains("InformationURL"));
    }
}
