//! What a response costs, beside the one thing that can't be saved: a bare
//! verification of an RSA-2048 signature.

use std::hint::black_box;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use criterion::{Criterion, criterion_group, criterion_main};
use openssl::{
    hash::MessageDigest,
    pkey::PKey,
    rsa::Rsa,
    sign::{Signer, Verifier},
};
use usher::{
    domain::{Timestamp, connection::SamlPolicy},
    saml::{
        keys::DecryptionKey,
        response::{Expectations, RequestState, open, verify},
    },
};

const SIGNED: &str = include_str!("../fuzz/seeds/assertion.xml");
const ENCRYPTED: &str = include_str!("../fuzz/seeds/encrypted.xml");
const CERTIFICATE: &[u8] = include_bytes!("../fuzz/keys/idp.der");
const DECRYPTION_KEY: &[u8] = include_bytes!("../fuzz/keys/only-for-fuzzing.key.der");

fn bare(criterion: &mut Criterion) {
    let key = PKey::from_rsa(Rsa::generate(2048).expect("a key")).expect("a key");
    let data = [7_u8; 512];
    let mut signer = Signer::new(MessageDigest::sha256(), &key).expect("a signer");
    let signature = signer.sign_oneshot_to_vec(&data).expect("a signature");
    criterion.bench_function("bare RSA-2048 verification", |bencher| {
        bencher.iter(|| {
            let mut verifier = Verifier::new(MessageDigest::sha256(), &key).expect("a verifier");
            assert!(verifier.verify_oneshot(black_box(&signature), &data).expect("an answer"));
        });
    });
}

fn responses(criterion: &mut Criterion) {
    let now: Timestamp = chrono::DateTime::from_timestamp(1_795_428_000, 0).expect("a moment");
    let (certificates, policy) = ([CERTIFICATE.to_vec()], SamlPolicy::default());
    let keys = [DecryptionKey::from_der(DECRYPTION_KEY).expect("a key")];
    let expected = Expectations {
        idp_entity_id: "https://idp.example.com/metadata",
        certificates: &certificates,
        sp_entity_id: "https://usher.example.com/saml/1/metadata",
        acs_url: "https://usher.example.com/saml/1/acs",
        policy: &policy,
        request: RequestState::Pending("_request1"),
        decryption_keys: &keys,
    };
    let field = STANDARD.encode(SIGNED);
    criterion.bench_function("gate", |bencher| {
        bencher.iter(|| open(Some(black_box(&field))).expect("a response"));
    });
    for (name, text) in [("whole verification", SIGNED), ("with decryption", ENCRYPTED)] {
        let field = STANDARD.encode(text);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| {
                let received = open(Some(black_box(&field))).expect("a response");
                assert!(verify(&received, &expected, now).assertion.is_some());
            });
        });
    }
}

criterion_group!(benches, bare, responses);
criterion_main!(benches);
