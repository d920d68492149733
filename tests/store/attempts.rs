//! Attempts: stored with all that was checked and planned.

use usher::{
    domain::{
        attempt::{Attempt, AttemptOutcome},
        mapping_target::MappingTarget,
        mobile::Mobile,
        multi_valued::{FieldValue, MultiValuedField},
        provisioning::{
            AttributeChange, Decision, Denial, ExistingUserLogin, FallbackReason, FoundBy, Plan,
            ProfileField, TeamAssignment, TeamChange, UserCreation, ValueFallback, ValueSource,
            ValueWithSource,
        },
        received_attribute::ReceivedAttribute,
        role::{AccountRole, TeamRole},
        subject::SubjectKey,
        user::Profile,
    },
    store::{StoreError, UniqueKey},
};

use crate::world::{attempt, id, insert_account_with_user, now};

fn from<T>(value: T, source: ValueSource) -> ValueWithSource<T> {
    ValueWithSource { value, source }
}

fn creation() -> UserCreation {
    UserCreation {
        link: Some(SubjectKey::exact("ada")),
        email: from("Ada@acme.example".parse().unwrap(), ValueSource::NameId),
        external_id: Some("4711".into()),
        user_name: Some("ada".parse().unwrap()),
        display_name: Some("Ada \u{1f600}".into()),
        manager: Some("\\u0000".into()),
        role: from(AccountRole::Admin, ValueSource::Attribute("urn:role \"x\"".into())),
        profile: Profile {
            first_name: "Åda".into(),
            last_name: String::new(),
            texts: [(ProfileField::Position, "p".into())].into(),
            mobile: Some(Mobile { region: "DE".into(), number: "1".into(), e164: "+491".into() }),
            profile_image: Some("https://x".into()),
            values: [(MultiValuedField::Roles, vec![FieldValue::new("Poet", "work", Some(true))])]
                .into(),
            custom: std::collections::BTreeMap::default(),
        },
        sources: MappingTarget::iter()
            .chain(
                ["attributes.shoeSize", "attributes.desk.room"].map(|name| name.parse().unwrap()),
            )
            .map(|target| (target, ValueSource::EmailAddress))
            .collect(),
        teams: vec![
            TeamAssignment {
                name: "Ops".parse().unwrap(),
                existing: Some(id()),
                requested: TeamRole::Responder,
                role: from(TeamRole::Admin, ValueSource::RaisedToAccountRole),
            },
            TeamAssignment {
                name: "Dev".parse().unwrap(),
                existing: None,
                requested: TeamRole::Responder,
                role: from(TeamRole::Responder, ValueSource::Default),
            },
        ],
    }
}

fn every_reason() -> Vec<FallbackReason> {
    vec![
        FallbackReason::TooLong,
        FallbackReason::ControlCharacter,
        FallbackReason::InvisibleCharacter,
        FallbackReason::DisallowedCharacter,
        FallbackReason::UnknownRole,
        FallbackReason::UnknownRegion,
        FallbackReason::NoRegion,
        FallbackReason::InvalidNumber,
        FallbackReason::InvalidUrl,
        FallbackReason::InvalidEmail,
        FallbackReason::InvalidCertificate,
        FallbackReason::AlreadyUsed,
        FallbackReason::SeveralValues,
        FallbackReason::RepeatedTeam,
        FallbackReason::TeamRoleCount,
        FallbackReason::LowerThanAccountRole(AccountRole::Guest),
        FallbackReason::TooManyValues,
        FallbackReason::NotInTable,
        FallbackReason::AboveHighestRole,
        FallbackReason::Locked,
        FallbackReason::LastAdministrator,
        FallbackReason::InvalidValue("must be a text".into()),
        FallbackReason::ReadOnly,
        FallbackReason::Immutable,
        FallbackReason::TooManyBytes,
        FallbackReason::NotDefined,
    ]
}

fn every_decision() -> Vec<(AttemptOutcome, Decision)> {
    let bare = UserCreation { link: None, sources: vec![], teams: vec![], ..creation() };
    let entry = |found_by, link: Option<&str>| {
        ExistingUserLogin::new(id(), found_by, link.map(SubjectKey::exact))
    };
    let update = ExistingUserLogin {
        changes: vec![
            AttributeChange {
                field: ProfileField::Department.into(),
                before: Some("\\u0000".into()),
                after: None,
                source: ValueSource::NotReceived,
            },
            AttributeChange {
                field: "attributes.shoeSize".parse().unwrap(),
                before: Some("41".into()),
                after: Some("42".into()),
                source: ValueSource::Attribute("size".into()),
            },
            AttributeChange {
                field: ProfileField::Role.into(),
                before: None,
                after: Some("USER".into()),
                source: ValueSource::ConnectionDefault,
            },
        ],
        teams: [(None, false), (Some(TeamRole::User), false), (Some(TeamRole::User), true)]
            .into_iter()
            .zip(creation().teams.into_iter().cycle())
            .map(|((before, is_removal), assignment)| TeamChange { before, is_removal, assignment })
            .collect(),
        ..entry(FoundBy::Identity, None)
    };
    let denials = [
        Denial::ConnectionDisabled,
        Denial::UserDisabled(id()),
        Denial::UserDeleted(id()),
        Denial::SubjectUnusable,
        Denial::EmailUnusable,
        Denial::IdentityConflict(id()),
        Denial::GuardAttributeMissing { attribute: "role".into() },
    ];
    let mut decisions = vec![
        (AttemptOutcome::Created, Decision::Create(Box::new(creation()))),
        (AttemptOutcome::Created, Decision::Create(Box::new(bare))),
        (AttemptOutcome::Claimed, Decision::Claim(entry(FoundBy::Email, Some("ada")))),
        (AttemptOutcome::SignedIn, Decision::SignIn(entry(FoundBy::Identity, None))),
        (AttemptOutcome::SignedIn, Decision::SignIn(update)),
    ];
    decisions.extend(denials.map(|denial| (AttemptOutcome::Denied, Decision::Deny(denial))));
    decisions
}

on_both_databases! {
    fn attempt_round_trips_with_its_checks_and_any_plan(db) {
        let (_, connection, ada) = insert_account_with_user(db, "a");
        let fallbacks: Vec<_> = every_reason()
            .into_iter()
            .map(|reason| ValueFallback {
                attribute: "role".into(),
                value: "\\u0000 \u{1f600}".into(),
                reason,
                used: Some("STAKEHOLDER".into()),
            })
            .collect();
        let mut attempts = vec![attempt(&connection, now())];
        for (outcome, decision) in every_decision() {
            attempts.push(Attempt {
                outcome,
                user: Some(ada.id),
                subject: Some("ada".into()),
                email: Some("ada@acme.example".into()),
                plan: Some(Plan { decision, fallbacks: fallbacks.clone() }),
                received: Some(vec![
                    ReceivedAttribute {
                        name: "role".into(),
                        friendly_name: Some("\u{1f600}".into()),
                        value_count: 2,
                        values: Some(vec!["\\u0000".into(), String::new()]),
                        is_encrypted: false,
                    },
                    ReceivedAttribute {
                        name: String::new(),
                        friendly_name: None,
                        value_count: 0,
                        values: None,
                        is_encrypted: true,
                    },
                ]),
                ..attempt(&connection, now())
            });
        }
        db.write(|tx| attempts.iter().try_for_each(|attempt| tx.insert_attempt(attempt))).unwrap();

        for stored in attempts {
            let found = db.read(|tx| tx.attempt_of_any_account(&stored.reference));
            assert_eq!(found.unwrap(), Some(stored));
        }
    }

    fn plan_of_an_earlier_release_is_read(db) {
        let (_, connection, _) = insert_account_with_user(db, "a");
        let decision = Decision::Deny(Denial::GuardAttributeMissing { attribute: "role".into() });
        let fallbacks = vec![ValueFallback {
            attribute: "teamRole".into(),
            value: "USER".into(),
            reason: FallbackReason::LowerThanAccountRole(AccountRole::Admin),
            used: Some("ADMIN".into()),
        }];
        let plan = Some(Plan { decision, fallbacks });
        let attempt =
            Attempt { outcome: AttemptOutcome::Denied, plan, ..attempt(&connection, now()) };
        db.write(|tx| tx.insert_attempt(&attempt)).unwrap();

        let stored = r#"{"decision": {"deny": {"guard_attribute_missing": "role"}},
            "repairs": [{"attribute": "teamRole", "value": "USER",
                "reason": {"lower_than_account_role": "ADMIN"}, "used": "ADMIN"}]}"#;
        db.run(&format!("UPDATE attempts SET plan = '{stored}'"));
        let found = db.read(|tx| tx.attempt_of_any_account(&attempt.reference)).unwrap();
        assert_eq!(found, Some(attempt));
    }

    fn reference_is_unique(db) {
        let (_, connection, _) = insert_account_with_user(db, "a");
        let first = attempt(&connection, now());
        let second = Attempt { reference: first.reference.clone(), ..attempt(&connection, now()) };
        let both = db.write(|tx| tx.insert_attempt(&first).and_then(|()| tx.insert_attempt(&second)));
        assert!(matches!(both, Err(StoreError::Conflict(UniqueKey::Reference))), "{both:?}");
    }
}
