//! The forge's honest messages against XMLSec: what it signs verifies, and
//! what is broken does not. Else an attack could fail for the wrong reason.

use openssl::nid::Nid;
use samael::crypto::{CertificateDer, Crypto, CryptoProvider as _, ReduceMode};
use usher::domain::Timestamp;

use crate::{
    forge::{Algorithm, Facts, Hash, Key, Signed, message::honest},
    scene::{SELF, VICTIM, replaced},
};

fn facts() -> Facts {
    Facts {
        idp_entity_id: "https://idp.example/".into(),
        sp_entity_id: "https://sp.example/".into(),
        acs_url: "https://sp.example/acs?a=1&b=2".into(),
        request: Some("_request".into()),
        now: Timestamp::from_timestamp(1_800_000_000, 0).unwrap(),
    }
}

fn verifies(xml: &str, key: &Key) -> bool {
    let certificate = CertificateDer::from(key.der());
    Crypto::reduce_xml_to_signed(xml, &[certificate], ReduceMode::PreDigest).is_ok()
}

fn check(key: &Key, algorithm: Algorithm) {
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        let xml = honest(&facts(), SELF, key, algorithm, signed);
        assert!(verifies(&xml, key), "{algorithm:?} {signed:?}: {xml}");
        assert!(!verifies(&replaced(&xml, SELF, VICTIM), key), "{algorithm:?} {signed:?}");
    }
}

#[test]
fn rsa_signatures_verify() {
    let key = Key::identity_provider(facts().now);
    for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
        check(&key, Algorithm::Rsa(hash));
    }
}

#[test]
fn ecdsa_signatures_verify() {
    for (curve, hash) in [
        (Nid::X9_62_PRIME256V1, Hash::Sha256),
        (Nid::SECP384R1, Hash::Sha384),
        (Nid::SECP521R1, Hash::Sha512),
    ] {
        check(&Key::ec(curve, facts().now), Algorithm::Ecdsa(hash));
    }
}
