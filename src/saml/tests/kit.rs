//! An identity provider for tests: it creates, signs and encrypts messages.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta};
use openssl::{
    ec::{EcGroup, EcKey},
    encrypt::Encrypter,
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Padding,
    symm::{Cipher, encrypt, encrypt_aead},
    x509::{X509, X509NameBuilder},
};
use samael::crypto::{Crypto, CryptoProvider as _};

use crate::{
    domain::{
        Timestamp,
        check::{CheckId, CheckResult},
        connection::SamlPolicy,
        ignored_certificate::IgnoredCertificate,
    },
    saml::{
        keys::{self, DecryptionKey},
        response::{self, Examination, Expectations, ReceivedResponse, RequestState, Verdict},
    },
};

pub(in crate::saml) const IDP: &str = "https://idp.example.com/metadata";
pub(in crate::saml) const SP: &str = "https://usher.example.com/saml/1/metadata";
pub(in crate::saml) const ACS: &str = "https://usher.example.com/saml/1/acs";
pub(in crate::saml) const REQUEST: &str = "_request1";
pub(in crate::saml) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(in crate::saml) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

pub(in crate::saml) fn now() -> Timestamp {
    DateTime::from_timestamp(1_795_428_000, 0).unwrap()
}

/// A key with its certificate, DER.
#[derive(Clone)]
pub(in crate::saml) struct Key {
    pub private: PKey<Private>,
    pub certificate: Vec<u8>,
}

fn rsa() -> Key {
    let pair = keys::generate("idp.example.com", now(), TimeDelta::days(3650)).unwrap();
    let private = PKey::private_key_from_der(&pair.private_der).unwrap();
    Key { private, certificate: pair.certificate_der }
}

pub(in crate::saml) static IDP_KEY: LazyLock<Key> = LazyLock::new(rsa);
pub(in crate::saml) static OTHER_KEY: LazyLock<Key> = LazyLock::new(rsa);
pub(in crate::saml) static SP_KEY: LazyLock<Key> = LazyLock::new(rsa);
pub(in crate::saml) static EC_KEY: LazyLock<Key> = LazyLock::new(|| {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    certify(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap(), -1, 10)
});

/// A certificate for a key, valid for days from now.
pub(in crate::saml) fn certify(private: PKey<Private>, from_days: i64, until_days: i64) -> Key {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, "idp.example.com").unwrap();
    let name = name.build();
    let at = |days: i64| {
        openssl::asn1::Asn1Time::from_unix((now() + TimeDelta::days(days)).timestamp()).unwrap()
    };
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&private).unwrap();
    builder.set_not_before(&at(from_days)).unwrap();
    builder.set_not_after(&at(until_days)).unwrap();
    builder.sign(&private, MessageDigest::sha256()).unwrap();
    Key { private, certificate: builder.build().to_der().unwrap() }
}

/// Which elements are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::saml) enum Sign {
    Nothing,
    Response,
    Assertion,
    Both,
}

/// An unsigned message: two texts, each with a placeholder for a signature.
#[derive(Clone)]
pub(in crate::saml) struct Message {
    /// The response, with `ASSERTION` where the assertion goes.
    pub response: String,
    pub assertion: String,
    pub method: &'static str,
    pub digest: &'static str,
    pub key_info: String,
}

impl Message {
    pub(in crate::saml) fn new() -> Self {
        let response = format!(
            r#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="2026-11-23T10:00:00Z" Destination="{ACS}" InResponseTo="{REQUEST}"><saml:Issuer>{IDP}</saml:Issuer>RESPONSE-SIGNATURE<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>ASSERTION</samlp:Response>"#
        );
        let assertion = format!(
            r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="_a1" Version="2.0" IssueInstant="2026-11-23T10:00:00Z"><saml:Issuer>{IDP}</saml:Issuer>ASSERTION-SIGNATURE<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@example.com</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="2026-11-23T10:05:00Z" Recipient="{ACS}" InResponseTo="{REQUEST}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="2026-11-23T09:59:00Z" NotOnOrAfter="2026-11-23T10:06:00Z"><saml:AudienceRestriction><saml:Audience>{SP}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="2026-11-23T10:00:00Z" SessionIndex="_s1" SessionNotOnOrAfter="2026-11-23T18:00:00Z"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement><saml:Attribute Name="teamName" FriendlyName="team"><saml:AttributeValue xsi:type="xs:string">Ops</saml:AttributeValue><saml:AttributeValue xsi:type="xs:string">Night &amp; Day</saml:AttributeValue></saml:Attribute><saml:Attribute Name="department"><saml:AttributeValue/></saml:Attribute></saml:AttributeStatement></saml:Assertion>"#
        );
        let key_info = String::new();
        Self { response, assertion, method: RSA_SHA256, digest: SHA256, key_info }
    }

    /// Changes the text of response or assertion before it is signed.
    pub(in crate::saml) fn with(mut self, from: &str, to: &str) -> Self {
        let (response, assertion) = (self.response.contains(from), self.assertion.contains(from));
        assert!(response || assertion, "{from} is not in the message");
        self.response = self.response.replace(from, to);
        self.assertion = self.assertion.replace(from, to);
        self
    }

    pub(in crate::saml) fn algorithms(
        mut self,
        method: &'static str,
        digest: &'static str,
    ) -> Self {
        (self.method, self.digest) = (method, digest);
        self
    }

    fn template(&self, id: &str) -> String {
        let (method, digest, info) = (self.method, self.digest, &self.key_info);
        format!(
            r##"<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="#{id}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs"/></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/>{info}</ds:Signature>"##
        )
    }

    /// The assertion, signed or not, as a text of its own.
    pub(in crate::saml) fn assertion(&self, signed: bool, key: &Key) -> String {
        if !signed {
            return self.assertion.replace("ASSERTION-SIGNATURE", "");
        }
        let ready = self.assertion.replace("ASSERTION-SIGNATURE", &self.template("_a1"));
        sign(&ready, key)
    }

    /// The response around what stands for its assertion, signed or not.
    pub(in crate::saml) fn around(&self, assertion: &str, signed: bool, key: &Key) -> String {
        let signature = if signed { self.template("_r1") } else { String::new() };
        let ready = self.response.replace("RESPONSE-SIGNATURE", &signature);
        let ready = ready.replace("ASSERTION", assertion);
        if signed { sign(&ready, key) } else { ready }
    }

    /// The whole message.
    pub(in crate::saml) fn signed(&self, what: Sign, key: &Key) -> String {
        let assertion = self.assertion(matches!(what, Sign::Assertion | Sign::Both), key);
        self.around(&assertion, matches!(what, Sign::Response | Sign::Both), key)
    }
}

/// Signs by the first signature template of a text.
pub(in crate::saml) fn sign(xml: &str, key: &Key) -> String {
    let der = key.private.private_key_to_der().unwrap();
    let signed = Crypto::sign_xml(xml, &der).unwrap();
    let (_, body) = signed.split_once("?>\n").unwrap();
    body.trim_end().to_owned()
}

/// How an assertion is encrypted.
#[derive(Clone)]
pub(in crate::saml) struct Encryption {
    pub cipher: &'static str,
    pub transport: &'static str,
    /// What stands in the key's `EncryptionMethod`.
    pub oaep: &'static str,
    pub digest: MessageDigest,
    pub mask: MessageDigest,
    /// Where the wrapped key stands: in the data's `KeyInfo`, or beside it.
    pub beside: bool,
}

pub(in crate::saml) const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
pub(in crate::saml) const OAEP11: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
pub(in crate::saml) const AES128_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes128-gcm";
pub(in crate::saml) const AES256_GCM: &str = "http://www.w3.org/2009/xmlenc11#aes256-gcm";
pub(in crate::saml) const AES128_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
pub(in crate::saml) const AES256_CBC: &str = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";

impl Encryption {
    pub(in crate::saml) fn new(cipher: &'static str) -> Self {
        let sha1 = MessageDigest::sha1();
        Self { cipher, transport: OAEP, oaep: "", digest: sha1, mask: sha1, beside: false }
    }

    /// Encrypts a text for a key, as an `EncryptedAssertion`.
    pub(in crate::saml) fn encrypt(&self, plain: &str, key: &Key) -> String {
        let content = [7_u8; 32];
        let (cipher, content) = match self.cipher {
            AES128_GCM => (Cipher::aes_128_gcm(), &content[..16]),
            AES256_GCM => (Cipher::aes_256_gcm(), &content[..]),
            AES128_CBC => (Cipher::aes_128_cbc(), &content[..16]),
            _ => (Cipher::aes_256_cbc(), &content[..]),
        };
        let iv = [9_u8; 16];
        let data = if self.cipher.ends_with("gcm") {
            let (iv, mut tag) = (&iv[..12], [0; 16]);
            let text = encrypt_aead(cipher, content, Some(iv), &[], plain.as_bytes(), &mut tag);
            [iv, &text.unwrap(), &tag].concat()
        } else {
            [&iv[..], &encrypt(cipher, content, Some(&iv), plain.as_bytes()).unwrap()].concat()
        };
        let mut wrapper = Encrypter::new(&key.private).unwrap();
        wrapper.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
        wrapper.set_rsa_oaep_md(self.digest).unwrap();
        wrapper.set_rsa_mgf1_md(self.mask).unwrap();
        let mut wrapped = vec![0; wrapper.encrypt_len(content).unwrap()];
        let length = wrapper.encrypt(content, &mut wrapped).unwrap();
        wrapped.truncate(length);
        self.to_xml(&STANDARD.encode(data), &STANDARD.encode(wrapped))
    }

    fn to_xml(&self, data: &str, wrapped: &str) -> String {
        let Self { cipher, transport, oaep, .. } = self;
        let key = format!(
            r#"<xenc:EncryptedKey Id="_k1" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptionMethod Algorithm="{transport}">{oaep}</xenc:EncryptionMethod><xenc:CipherData><xenc:CipherValue>{wrapped}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey>"#
        );
        let retrieval = r##"<ds:RetrievalMethod Type="http://www.w3.org/2001/04/xmlenc#EncryptedKey" URI="#_k1"/>"##;
        let (inside, beside) = if self.beside { (retrieval, &*key) } else { (&*key, "") };
        format!(
            r#"<saml:EncryptedAssertion xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"><xenc:EncryptedData Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="{cipher}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{inside}</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>{data}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>{beside}</saml:EncryptedAssertion>"#
        )
    }
}

/// The expectations of a test, which it can change.
#[derive(Clone)]
pub(in crate::saml) struct Setting {
    pub certificates: Vec<Vec<u8>>,
    pub ignored: Vec<IgnoredCertificate>,
    pub policy: SamlPolicy,
    pub subject_attribute: Option<&'static str>,
    pub request: RequestState<'static>,
    pub keys: Vec<DecryptionKey>,
    pub now: Timestamp,
}

impl Setting {
    pub(in crate::saml) fn new() -> Self {
        let sp = DecryptionKey::from_der(&SP_KEY.private.private_key_to_der().unwrap()).unwrap();
        Self {
            certificates: vec![IDP_KEY.certificate.clone()],
            ignored: Vec::new(),
            policy: SamlPolicy::default(),
            subject_attribute: None,
            request: RequestState::Pending(REQUEST),
            keys: vec![sp],
            now: now(),
        }
    }

    pub(in crate::saml) fn verify(&self, xml: &str) -> Verdict {
        self.verify_field(&STANDARD.encode(xml))
    }

    pub(in crate::saml) fn verify_field(&self, field: &str) -> Verdict {
        let received = match response::decode(Some(field)) {
            Ok(received) => received,
            Err(checks) => return Verdict { checks, assertion: None, claims: None },
        };
        self.assert_second_opinion(&received);
        response::verify(&received, &self.expected(false), self.now)
    }

    pub(in crate::saml) fn examine(&self, xml: &str) -> Examination {
        let received = response::decode(Some(&STANDARD.encode(xml))).unwrap();
        self.assert_second_opinion(&received);
        response::examine(&received, &self.expected(false), self.now)
    }

    /// Asserts that the XML security library comes to the same result, where it can.
    fn assert_second_opinion(&self, received: &ReceivedResponse) {
        let own = response::examine(received, &self.expected(false), self.now);
        let both = response::examine(received, &self.expected(true), self.now);
        let key = |examination: &Examination| {
            let mut checks = examination.checks.iter();
            checks.find(|check| check.id == CheckId::SignatureKey).unwrap().clone()
        };
        if !key(&both).actual.contains("does not support") {
            assert_eq!(key(&own), key(&both), "{}", received.xml());
        }
    }

    fn expected(&self, second_opinion: bool) -> Expectations<'_> {
        Expectations {
            idp_entity_id: IDP,
            certificates: &self.certificates,
            ignored: &self.ignored,
            sp_entity_id: SP,
            acs_url: ACS,
            policy: &self.policy,
            subject_attribute: self.subject_attribute,
            request: self.request,
            decryption_keys: &self.keys,
            second_opinion,
        }
    }
}

pub(in crate::saml) fn verify(xml: &str) -> Verdict {
    Setting::new().verify(xml)
}

/// The names of the checks that failed. A verdict without an assertion must
/// have one, and one with an assertion none.
pub(in crate::saml) fn failed(verdict: &Verdict) -> Vec<CheckId> {
    let with_result = |result| verdict.checks.with_result(result).map(|check| check.id);
    let failed: Vec<_> = with_result(CheckResult::Failed).collect();
    assert_eq!(failed.is_empty(), verdict.assertion.is_some(), "{:#?}", verdict.checks);
    if verdict.assertion.is_some() {
        // Those are made by the login.
        assert!(with_result(CheckResult::NotRun).eq([CheckId::RelayState, CheckId::Replay]));
    }
    failed
}

/// The received value of a check.
pub(in crate::saml) fn actual(verdict: &Verdict, id: CheckId) -> String {
    verdict.checks.iter().find(|check| check.id == id).unwrap().actual.clone()
}

/// The result of [`failed`] for a verdict without a failed check.
pub(in crate::saml) const NO_CHECKS: [CheckId; 0] = [];
