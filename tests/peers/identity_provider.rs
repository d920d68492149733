//! An identity provider that is not ours, with a key of its own.

use openssl::{
    asn1::Asn1Time,
    bn::{BigNum, MsbOption},
    ec::{EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, Private},
    rsa::Rsa,
    x509::{X509, X509NameBuilder},
};
use serde_json::{Value, json};

use crate::tools::Program;

/// What of the answer is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Assertion,
    Response,
    Both,
}

/// How the assertion is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encrypt {
    Plain,
    Aes128Gcm,
    Aes256Gcm,
}

/// With what the identity provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    RsaSha256,
    RsaSha512,
    EcdsaSha256,
}

/// An identity provider, made for one test.
pub(crate) struct IdentityProvider {
    program: Program,
    signature: Signature,
    key: String,
    certificate: String,
}

/// Somebody who is known to an identity provider.
pub(crate) struct Person {
    pub(crate) name_id: &'static str,
    pub(crate) attributes: &'static [(&'static str, &'static [&'static str])],
}

/// What an identity provider answers.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The ID of the request that it read; none if nobody asked.
    pub(crate) requests: Option<String>,
    /// Where the answer goes.
    pub(crate) acs_url: String,
    /// The message, as the browser posts it.
    pub(crate) saml_response: String,
    /// What came with the request.
    pub(crate) relay_state: Option<String>,
}

impl IdentityProvider {
    /// Makes one with a new key: RSA-2048, signing with SHA-256.
    pub(crate) fn new(program: Program) -> Self {
        Self::signing(program, Signature::RsaSha256)
    }

    /// Makes one with a new key, RSA-2048 or P-256.
    pub(crate) fn signing(program: Program, signature: Signature) -> Self {
        let key = match signature {
            Signature::RsaSha256 | Signature::RsaSha512 => {
                PKey::from_rsa(Rsa::generate(2048).unwrap())
            }
            Signature::EcdsaSha256 => {
                let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
                PKey::from_ec_key(EcKey::generate(&group).unwrap())
            }
        };
        let key = key.unwrap();
        let pem = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            program,
            signature,
            certificate: pem(self_signed(&key).to_pem().unwrap()),
            key: pem(key.private_key_to_pem_pkcs8().unwrap()),
        }
    }

    /// Its metadata, as its own code writes it.
    pub(crate) fn metadata(&self) -> String {
        let response = self.program.ask(&self.job("metadata")).unwrap();
        response["metadata"].as_str().unwrap().to_owned()
    }

    /// Reads a request with the metadata of the service provider, checks its
    /// signature, and answers for a person; without a request, answers though
    /// nobody asked.
    pub(crate) fn respond(
        &self,
        sp_metadata: &str,
        login_url: Option<&str>,
        person: &Person,
        (sign, encrypt): (Sign, Encrypt),
    ) -> Result<Answer, String> {
        let mut job = self.job("respond");
        job["sp_metadata"] = sp_metadata.into();
        job["login_url"] = json!(login_url);
        job["name_id"] = person.name_id.into();
        for (name, values) in person.attributes {
            job["attributes"][name] = json!(values);
        }
        job["sign"] = match sign {
            Sign::Assertion => "assertion".into(),
            Sign::Response => "response".into(),
            Sign::Both => "both".into(),
        };
        job["encrypt"] = match encrypt {
            Encrypt::Plain => "none".into(),
            Encrypt::Aes128Gcm => "aes128-gcm".into(),
            Encrypt::Aes256Gcm => "aes256-gcm".into(),
        };
        let response = self.program.ask(&job)?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(Answer {
            requests: text(&response["asked"]["id"]),
            acs_url: text(&response["acs_url"]).unwrap(),
            saml_response: text(&response["saml_response"]).unwrap(),
            relay_state: text(&response["relay_state"]),
        })
    }

    fn job(&self, action: &str) -> Value {
        let host = format!("{:?}.example.com", self.program).to_lowercase();
        json!({
            "action": action,
            "idp_entity_id": format!("https://{host}/metadata"),
            "sso_url": format!("https://{host}/sso"),
            "key": self.key,
            "certificate": self.certificate,
            "signature": match self.signature {
                Signature::RsaSha256 => "rsa-sha256",
                Signature::RsaSha512 => "rsa-sha512",
                Signature::EcdsaSha256 => "ecdsa-sha256",
            },
        })
    }
}

fn self_signed(key: &PKey<Private>) -> X509 {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "An identity provider that is not ours").unwrap();
    let name = name.build();
    let mut serial = BigNum::new().unwrap();
    serial.rand(159, MsbOption::MAYBE_ZERO, false).unwrap();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
    certificate.set_not_after(&Asn1Time::days_from_now(30).unwrap()).unwrap();
    certificate.set_pubkey(key).unwrap();
    certificate.sign(key, MessageDigest::sha256()).unwrap();
    certificate.build()
}
