//! Seeds of the fuzz targets. The test signs them with fresh keys, and writes them
//! into a folder of `fuzz/` that git ignores.

use std::{fs, path::PathBuf};

use super::kit::{
    AES256_GCM, Encryption, IDP_KEY, Message, NO_CHECKS, SP_KEY, Setting, Sign, failed,
};
use crate::saml::keys::DecryptionKey;

const NAMES: [&str; 5] = ["response", "assertion", "both", "encrypted", "encrypted-in-signed"];

fn seed_folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(name)
}

fn write() {
    for folder in ["seeds", "keys"] {
        fs::create_dir_all(seed_folder(folder)).unwrap();
    }
    let message = Message::new();
    let encrypted =
        Encryption::new(AES256_GCM).encrypt(&message.assertion(true, &IDP_KEY), &SP_KEY);
    let texts = [
        message.signed(Sign::Response, &IDP_KEY),
        message.signed(Sign::Assertion, &IDP_KEY),
        message.signed(Sign::Both, &IDP_KEY),
        message.around(&encrypted, false, &IDP_KEY),
        message.around(&encrypted, true, &IDP_KEY),
    ];
    for (name, text) in NAMES.iter().zip(texts) {
        fs::write(seed_folder(&format!("seeds/{name}.xml")), text).unwrap();
    }
    fs::write(seed_folder("keys/idp.der"), &IDP_KEY.certificate).unwrap();
    let private = SP_KEY.private.private_key_to_der().unwrap();
    fs::write(seed_folder("keys/service-provider.key.der"), private).unwrap();
}

#[test]
fn seeds_of_the_fuzz_targets_are_accepted() {
    write();
    let mut setting = Setting::new();
    setting.certificates = vec![fs::read(seed_folder("keys/idp.der")).unwrap()];
    let key = fs::read(seed_folder("keys/service-provider.key.der")).unwrap();
    setting.keys = vec![DecryptionKey::from_der(&key).unwrap()];
    for name in NAMES {
        let text = fs::read_to_string(seed_folder(&format!("seeds/{name}.xml"))).unwrap();
        assert_eq!(failed(&setting.verify(&text)), NO_CHECKS, "{name}");
    }
}
