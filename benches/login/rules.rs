//! The parts of a login that need no server and no database.

use std::hint::black_box;

use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};
use openssl::nid::Nid;
use usher::{
    domain::{
        Timestamp,
        attributes::{Attribute, Attributes},
        connection::{ProvisioningPolicy, SamlPolicy},
        id::UserId,
        provisioning::{self, ExistingRecords, ExistingUser, LoginInput, Subject},
        subject::SubjectKey,
        user::UserStatus,
    },
    saml::{
        keys::DecryptionKey,
        response::{Expectations, RequestState, decode, verify},
    },
};

use crate::{
    forge::{Algorithm, Hash, Key, MessageContext, Signed, message::EMAIL_ADDRESS},
    message::{ATTRIBUTES, PERSON, encrypt_for, sign_response},
    meter::Meter,
};

const REQUEST: &str = "_request";
const RSA: Algorithm = Algorithm::Rsa(Hash::Sha256);
const ECDSA: Algorithm = Algorithm::Ecdsa(Hash::Sha256);

/// Measures gate, verification and plan.
pub(crate) fn measure(criterion: &mut Criterion, meter: &mut Meter) {
    let mut group = criterion.benchmark_group("alone");
    meter.measure_bare(&mut group);
    measure_verification(&mut group, meter);
    measure_plan(&mut group, meter);
    group.finish();
}

fn measure_verification(group: &mut BenchmarkGroup<'_, WallTime>, meter: &mut Meter) {
    let now = moment();
    let facts = MessageContext {
        idp_entity_id: "https://idp.example.com/metadata".into(),
        sp_entity_id: "https://usher.example.com/saml/1/metadata".into(),
        acs_url: "https://usher.example.com/saml/1/acs".into(),
        request: Some(REQUEST.into()),
        now,
    };
    let rsa = Key::identity_provider(now);
    let ec = Key::ec(Nid::X9_62_PRIME256V1, now);
    let ours = Key::service_provider(now);
    let field = |key, algorithm, what| sign_response(&facts, key, algorithm, what);

    let plain = field(&rsa, RSA, Signed::Assertion);
    meter.measure_on_thread(group, "gate", || {
        assert!(decode(Some(black_box(&plain))).is_ok());
    });
    let encrypted = encrypt_for(&ours.certificate, &facts, &rsa);
    for (name, key, field) in [
        ("verification, assertion signed", &rsa, &plain),
        ("verification, response signed", &rsa, &field(&rsa, RSA, Signed::Response)),
        ("verification, both signed", &rsa, &field(&rsa, RSA, Signed::Both)),
        ("verification, ECDSA P-256", &ec, &field(&ec, ECDSA, Signed::Assertion)),
        ("verification, assertion encrypted", &rsa, &encrypted),
    ] {
        let der = ours.private.private_key_to_der().expect("a key");
        let expected = Expectations {
            idp_entity_id: &facts.idp_entity_id,
            certificates: &[key.der()],
            sp_entity_id: &facts.sp_entity_id,
            acs_url: &facts.acs_url,
            policy: &SamlPolicy::default(),
            subject_attribute: None,
            request: RequestState::Pending(REQUEST),
            ignored: &[],
            decryption_keys: &[DecryptionKey::from_der(&der).expect("a key")],
            second_opinion: false,
        };
        meter.measure_on_thread(group, name, || {
            let received = decode(Some(black_box(field))).expect("a response");
            assert!(verify(&received, &expected, now).assertion.is_some());
        });
    }
}

fn measure_plan(group: &mut BenchmarkGroup<'_, WallTime>, meter: &mut Meter) {
    let attributes = ATTRIBUTES.map(|(name, value)| Attribute {
        name: name.into(),
        friendly_name: None,
        values: vec![value.into()],
    });
    let login = LoginInput {
        connection_enabled: true,
        policy: &ProvisioningPolicy::default(),
        subject: &Subject { name_id: PERSON.into(), format: Some(EMAIL_ADDRESS.into()) },
        attributes: &Attributes::new(attributes.into()),
        definitions: &[],
    };
    let user = ExistingUser {
        id: UserId::new(moment(), [7; 10]),
        status: UserStatus::Active,
        subject: SubjectKey::candidates(PERSON).pop(),
        last_login_at: None,
    };
    let existing = ExistingRecords { by_identity: Some(user), ..ExistingRecords::default() };
    for (name, existing) in [
        ("plan, a known user", existing),
        ("plan, a new user with a team", ExistingRecords::default()),
    ] {
        meter.measure_on_thread(group, name, || {
            let resolved_subject = provisioning::identify(black_box(&login)).expect("somebody");
            black_box(provisioning::plan(&login, &resolved_subject, &existing));
        });
    }
}

fn moment() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).expect("a moment")
}
