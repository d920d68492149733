//! Metadata from an administrator: it is parsed, or rejected with a remedy.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{pkey::PKey, rsa::Rsa};

use super::kit::{EC_KEY, IDP, IDP_KEY, Key, OTHER_KEY, certify, now};
use crate::{
    domain::connection::IdentityProvider,
    saml::metadata::{MAX_BYTES, MetadataError, parse_identity_provider},
};

const SSO: &str = "https://idp.example.com/sso?idpid=C0";

fn descriptor(purpose: &str, key: &Key) -> String {
    let text = STANDARD.encode(&key.certificate);
    let (first, rest) = text.split_at(64);
    format!(
        "<md:KeyDescriptor{purpose}><ds:KeyInfo><ds:X509Data>\
         <ds:X509Certificate>\n{first}\n{rest}\n</ds:X509Certificate>\
         </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )
}

pub(super) fn entity_descriptor(id: &str, keys: &str) -> String {
    format!(
        r#"<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{id}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/post"/><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SSO}"/></md:IDPSSODescriptor></md:EntityDescriptor>"#
    )
}

pub(super) fn usual_metadata() -> String {
    entity_descriptor(IDP, &descriptor(r#" use="signing""#, &IDP_KEY))
}

pub(super) fn parse_metadata(xml: &str) -> Result<IdentityProvider, MetadataError> {
    parse_identity_provider(xml, None, now())
}

#[test]
fn entity_descriptor_provides_entity_id_address_and_certificate() {
    for start in
        ["", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- made by hand -->", "\u{feff}"]
    {
        let idp = parse_metadata(&format!("{start}{}", usual_metadata())).unwrap();
        assert_eq!(idp.entity_id, IDP);
        assert_eq!(idp.sso_url, SSO);
        assert_eq!(idp.certificates, [&*IDP_KEY.certificate]);
    }
}

#[test]
fn several_certificates_are_stored_and_those_without_use_serve_both() {
    let keys = [
        descriptor(r#" use="signing""#, &IDP_KEY),
        descriptor(r#" use="encryption""#, &OTHER_KEY),
        descriptor("", &EC_KEY),
        descriptor("", &IDP_KEY),
    ];
    let idp = parse_metadata(&entity_descriptor(IDP, &keys.concat())).unwrap();
    assert_eq!(idp.certificates, [IDP_KEY.certificate.clone(), EC_KEY.certificate.clone()]);
}

#[test]
fn expired_certificate_is_ignored_and_a_future_one_is_stored() {
    let expired = certify(OTHER_KEY.private.clone(), -9, -1);
    let later = certify(OTHER_KEY.private.clone(), 5, 9);
    let keys = [descriptor("", &expired), descriptor("", &later), descriptor("", &IDP_KEY)];
    let idp = parse_metadata(&entity_descriptor(IDP, &keys.concat())).unwrap();
    assert_eq!(idp.certificates, [later.certificate, IDP_KEY.certificate.clone()]);
}

#[test]
fn metadata_without_a_usable_signing_certificate_is_rejected() {
    let expired = certify(OTHER_KEY.private.clone(), -9, -1);
    let later = certify(OTHER_KEY.private.clone(), 5, 9);
    let weak = certify(PKey::from_rsa(Rsa::generate(1024).unwrap()).unwrap(), -1, 9);
    let named = "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>";
    let junk = "<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>";
    let cut = descriptor("", &IDP_KEY).replace("</ds:X509Cert", "<!-- --></ds:X509Cert");
    for (keys, why) in [
        (String::new(), "Turn on signing"),
        (descriptor(r#" use="encryption""#, &IDP_KEY), "Turn on signing"),
        (named.to_owned(), "a KeyInfo with KeyName and no X509Certificate"),
        (named.to_owned(), "export its signing key as an X509Certificate"),
        (junk.to_owned(), "can't be read"),
        (cut, "can't be read"),
        (descriptor("", &expired), "expired at 2026-11-22"),
        (descriptor("", &expired), "Renew the signing certificate"),
        (descriptor("", &later), "not valid before 2026-11-28"),
        (descriptor("", &later), "Wait until it is valid"),
        (descriptor("", &weak), "RSA-1024"),
        (descriptor("", &weak), "at least 2048 bits"),
    ] {
        let error = parse_metadata(&entity_descriptor(IDP, &keys)).unwrap_err();
        assert!(matches!(error, MetadataError::NoCertificate(..)), "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.to_string().contains(error.remedy().trim_end_matches('.')), "{error}");
    }
    for odd in ["Signing", "", "sign", "signing encryption"] {
        let error = parse_metadata(&entity_descriptor(
            IDP,
            &descriptor(&format!(" use=\"{odd}\""), &IDP_KEY),
        ));
        assert!(matches!(error, Err(MetadataError::KeyUse(_))), "{odd}");
    }
}

#[test]
fn entity_of_an_aggregate_is_selected_by_its_entity_id() {
    let other = entity_descriptor("https://other.example", &descriptor("", &OTHER_KEY));
    let service = r#"<md:EntityDescriptor entityID="https://sp.example"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></md:EntityDescriptor>"#;
    let aggregate = |inside: &str| {
        format!(
            r#"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"><md:EntitiesDescriptor>{inside}</md:EntitiesDescriptor>{service}</md:EntitiesDescriptor>"#
        )
    };
    let both = aggregate(&format!("{}{other}", usual_metadata()));
    let picked = parse_identity_provider(&both, Some("https://other.example"), now()).unwrap();
    assert_eq!(picked.certificates, [&*OTHER_KEY.certificate]);
    let error = parse_metadata(&both).unwrap_err();
    assert!(matches!(&error, MetadataError::SeveralEntities(ids) if ids.contains(IDP)), "{error}");
    assert_eq!(parse_metadata(&aggregate(&usual_metadata())).unwrap().entity_id, IDP);
    let error = parse_identity_provider(&both, Some("https://sp.example"), now()).unwrap_err();
    assert!(matches!(error, MetadataError::ServiceProvider(_)), "{error}");
    for id in ["https://nobody.example", ""] {
        let error = parse_identity_provider(&both, Some(id), now()).unwrap_err();
        assert!(matches!(error, MetadataError::NoSuchEntity(_)), "{error}");
    }
    let twice = aggregate(&usual_metadata().repeat(2));
    let error = parse_identity_provider(&twice, Some(IDP), now()).unwrap_err();
    assert!(matches!(error, MetadataError::SeveralEntities(_)), "{error}");
    assert!(matches!(parse_metadata(service), Err(MetadataError::Xml(_))));
}

#[test]
fn expired_metadata_is_rejected_at_every_level() {
    for (place, with) in [
        ("entityID=", "validUntil=\"2026-11-23T10:00:00Z\" entityID="),
        (
            "protocolSupportEnumeration=",
            "validUntil=\"2020-01-01T00:00:00Z\" protocolSupportEnumeration=",
        ),
    ] {
        let error = parse_metadata(&usual_metadata().replace(place, with)).unwrap_err();
        assert!(matches!(error, MetadataError::Expired(_)), "{error}");
    }
    let group = format!(
        r#"<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" validUntil="2026-11-23T09:59:59Z">{}</md:EntitiesDescriptor>"#,
        usual_metadata()
    );
    assert!(matches!(parse_metadata(&group), Err(MetadataError::Expired(_))));
    let ahead =
        usual_metadata().replace("entityID=", "validUntil=\"2026-11-23T10:00:01Z\" entityID=");
    assert!(parse_metadata(&ahead).is_ok());
    let words = usual_metadata().replace("entityID=", "validUntil=\"soon\" entityID=");
    assert!(matches!(parse_metadata(&words), Err(MetadataError::ValidUntil(_))));
}

#[test]
fn sign_on_url_is_required_and_must_use_https() {
    let none = usual_metadata().replace("HTTP-Redirect", "HTTP-Artifact");
    assert!(matches!(parse_metadata(&none), Err(MetadataError::NoRedirect)));
    for address in ["http://idp.example.com/sso", "javascript:alert(1)", "/sso", "", "https:///"] {
        let error = parse_metadata(&usual_metadata().replace(SSO, address)).unwrap_err();
        assert!(matches!(error, MetadataError::NotHttps(_)), "{address}: {error}");
    }
    for address in ["http://localhost:8080/idp/sso", "http://127.0.0.1/sso", "http://[::1]/sso"] {
        assert_eq!(
            parse_metadata(&usual_metadata().replace(SSO, address)).unwrap().sso_url,
            address
        );
    }
}

#[test]
fn hostile_or_foreign_documents_are_rejected() {
    let usual = usual_metadata();
    for (name, xml) in [
        ("DTD", format!("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{usual}")),
        ("entity", usual.replace(IDP, "&x;")),
        ("not closed", usual.replace("</md:EntityDescriptor>", "")),
        ("trailing", format!("{usual}x")),
        ("deep", format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000))),
        ("many", format!("<a>{}</a>", "<b/>".repeat(600_000))),
    ] {
        assert!(matches!(parse_metadata(&xml), Err(MetadataError::Xml(_))), "{name}");
    }
    let large = format!("{usual}{}", " ".repeat(MAX_BYTES));
    assert!(matches!(parse_metadata(&large), Err(MetadataError::TooLarge)));
    let nameless = usual.replace(IDP, " ");
    assert!(matches!(parse_metadata(&nameless), Err(MetadataError::EntityId)));
    let saml1 = usual.replace("SAML:2.0:protocol", "SAML:1.1:protocol");
    assert!(matches!(parse_metadata(&saml1), Err(MetadataError::NoIdentityProvider)));
}
