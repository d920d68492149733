//! The identity of the test identity provider: its name, key, certificate and metadata.

use chrono::TimeDelta;
use openssl::{
    pkey::{PKey, Private},
    x509::X509,
};
use quick_xml::{Writer, events::BytesText};

use super::{
    TestIdpError,
    name_id::EMAIL_ADDRESS,
    template::{Xml, write_key_info},
};
use crate::{domain::Timestamp, saml::keys::generate};

/// How long its certificate is valid: ten years.
const CERTIFICATE_VALID_FOR: TimeDelta = TimeDelta::days(3650);

/// The test identity provider.
pub struct TestIdp {
    entity_id: String,
    sso_url: String,
    key: PKey<Private>,
    certificate: Vec<u8>,
}

impl TestIdp {
    /// Makes an identity provider with a new RSA-2048 key and a certificate
    /// that it signs itself.
    ///
    /// # Errors
    /// When OpenSSL can't make the key or the certificate.
    pub fn generate(entity_id: &str, sso_url: &str, now: Timestamp) -> Result<Self, TestIdpError> {
        let pair = generate("Usher's test identity provider", now, CERTIFICATE_VALID_FOR)?;
        Self::from_der(entity_id, sso_url, &pair.private_der, &pair.certificate_der)
    }

    /// The identity provider again, with a key that was kept: the private key
    /// in DER, PKCS #8 or traditional, and its certificate in DER.
    ///
    /// # Errors
    /// When either can't be read, or they do not belong together.
    pub fn from_der(
        entity_id: &str,
        sso_url: &str,
        private_key: &[u8],
        certificate: &[u8],
    ) -> Result<Self, TestIdpError> {
        let key = PKey::private_key_from_der(private_key)?;
        let certificate = X509::from_der(certificate)?;
        if !certificate.public_key()?.public_eq(&key) {
            return Err(TestIdpError::OtherKey);
        }
        Ok(Self {
            entity_id: entity_id.into(),
            sso_url: sso_url.into(),
            key,
            certificate: certificate.to_der()?,
        })
    }

    /// Its entity ID.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Where it takes an `AuthnRequest` by the Redirect binding.
    #[must_use]
    pub fn sso_url(&self) -> &str {
        &self.sso_url
    }

    /// Its signing certificate, DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate
    }

    /// Its private key, DER (PKCS #8): to be kept, so that a demonstration that
    /// is started again is the same identity provider.
    ///
    /// # Errors
    /// When OpenSSL can't write it.
    pub fn private_key_der(&self) -> Result<Vec<u8>, TestIdpError> {
        Ok(self.key.private_key_to_pkcs8()?)
    }

    /// The private key as XMLSec reads it.
    pub(super) fn signing_key_der(&self) -> Result<Vec<u8>, TestIdpError> {
        Ok(self.key.private_key_to_der()?)
    }

    /// Its metadata (Metadata 2.4.3): one signing key, one Redirect endpoint.
    ///
    /// # Errors
    /// When the document can't be written.
    pub fn metadata_xml(&self) -> Result<String, TestIdpError> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let certificate = STANDARD.encode(&self.certificate);
        let mut writer = Writer::new(Vec::new());
        writer
            .create_element("md:EntityDescriptor")
            .with_attribute(("xmlns:md", "urn:oasis:names:tc:SAML:2.0:metadata"))
            .with_attribute(("entityID", self.entity_id.as_str()))
            .write_inner_content(|writer| {
                writer
                    .create_element("md:IDPSSODescriptor")
                    .with_attribute(("WantAuthnRequestsSigned", "true"))
                    .with_attribute((
                        "protocolSupportEnumeration",
                        "urn:oasis:names:tc:SAML:2.0:protocol",
                    ))
                    .write_inner_content(|writer| self.write_role(writer, &certificate))?;
                Ok(())
            })?;
        Ok(String::from_utf8_lossy(&writer.into_inner()).into_owned())
    }

    fn write_role(&self, writer: &mut Xml, certificate: &str) -> std::io::Result<()> {
        writer
            .create_element("md:KeyDescriptor")
            .with_attribute(("use", "signing"))
            .write_inner_content(|writer| write_key_info(writer, certificate))?;
        writer
            .create_element("md:NameIDFormat")
            .write_text_content(BytesText::new(EMAIL_ADDRESS))?;
        writer
            .create_element("md:SingleSignOnService")
            .with_attribute(("Binding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"))
            .with_attribute(("Location", self.sso_url.as_str()))
            .write_empty()?;
        Ok(())
    }
}

impl std::fmt::Debug for TestIdp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut view = f.debug_struct("TestIdp");
        view.field("entity_id", &self.entity_id).field("sso_url", &self.sso_url);
        view.finish_non_exhaustive()
    }
}
