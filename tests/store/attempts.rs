//! Attempts: stored with all that was checked and planned.

use usher::{
    domain::{
        attempt::{Attempt, Outcome},
        mobile::Mobile,
        provisioning::{
            Creation, Decision, Denial, ExistingUserLogin, FallbackReason, Field, FoundBy, Plan,
            Source, Sourced, TeamAssignment, ValueFallback,
        },
        received::ReceivedAttribute,
        role::{AccountRole, TeamRole},
        user::Profile,
    },
    store::{AttemptFilter, StoreError, Unique},
};

use crate::world::{attempt, connection, id, inhabited, later, now};

fn from<T>(value: T, source: Source) -> Sourced<T> {
    Sourced { value, source }
}

fn creation() -> Creation {
    Creation {
        link: Some("ada".into()),
        email: from("Ada@acme.example".parse().unwrap(), Source::NameId),
        role: from(AccountRole::Admin, Source::Attribute("urn:role \"x\"".into())),
        profile: Profile {
            first_name: "Åda".into(),
            last_name: String::new(),
            position: Some("p".into()),
            department: None,
            mobile: Some(Mobile { region: "DE".into(), number: "1".into(), e164: "+491".into() }),
            profile_image: Some("https://x".into()),
        },
        sources: Field::ALL.map(|field| (field, Source::EmailAddress)).to_vec(),
        teams: vec![
            TeamAssignment {
                name: "Ops".parse().unwrap(),
                existing: Some(id()),
                requested: TeamRole::Responder,
                role: from(TeamRole::Admin, Source::RaisedToAccountRole),
            },
            TeamAssignment {
                name: "Dev".parse().unwrap(),
                existing: None,
                requested: TeamRole::Responder,
                role: from(TeamRole::Responder, Source::Default),
            },
        ],
    }
}

fn every_reason() -> Vec<FallbackReason> {
    vec![
        FallbackReason::TooLong,
        FallbackReason::ControlCharacter,
        FallbackReason::InvisibleCharacter,
        FallbackReason::UnknownRole,
        FallbackReason::UnknownRegion,
        FallbackReason::NoRegion,
        FallbackReason::InvalidNumber,
        FallbackReason::InvalidUrl,
        FallbackReason::SeveralValues,
        FallbackReason::RepeatedTeam,
        FallbackReason::TeamRoleCount,
        FallbackReason::LowerThanAccountRole(AccountRole::Guest),
    ]
}

fn every_decision() -> Vec<(Outcome, Decision)> {
    let bare = Creation { link: None, sources: vec![], teams: vec![], ..creation() };
    let entry = |found_by, link: Option<&str>| ExistingUserLogin {
        user: id(),
        found_by,
        link: link.map(Into::into),
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
        (Outcome::Created, Decision::Create(Box::new(creation()))),
        (Outcome::Created, Decision::Create(Box::new(bare))),
        (Outcome::Claimed, Decision::Claim(entry(FoundBy::Email, Some("ada")))),
        (Outcome::SignedIn, Decision::SignIn(entry(FoundBy::Identity, None))),
    ];
    decisions.extend(denials.map(|denial| (Outcome::Denied, Decision::Deny(denial))));
    decisions
}

on_both_databases! {
    fn an_attempt_comes_back_with_its_checks_and_any_plan(db) {
        let (account, connection, ada) = inhabited(db, "a");
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
                    },
                    ReceivedAttribute {
                        name: String::new(),
                        friendly_name: None,
                        value_count: 0,
                        values: None,
                    },
                ]),
                ..attempt(&connection, now())
            });
        }
        db.write(|tx| attempts.iter().try_for_each(|attempt| tx.insert_attempt(attempt))).unwrap();

        for stored in attempts {
            let found = db.read(|tx| tx.attempt_by_reference(account.id, &stored.reference));
            assert_eq!(found.unwrap().as_ref(), Some(&stored));
            let found = db.read(|tx| tx.attempt_of_any_account(&stored.reference));
            assert_eq!(found.unwrap(), Some(stored));
        }
    }

    fn a_reference_is_of_one_attempt(db) {
        let (_, connection, _) = inhabited(db, "a");
        let first = attempt(&connection, now());
        let second = Attempt { reference: first.reference.clone(), ..attempt(&connection, now()) };
        let both = db.write(|tx| tx.insert_attempt(&first).and_then(|()| tx.insert_attempt(&second)));
        assert!(matches!(both, Err(StoreError::Conflict(Unique::Reference))), "{both:?}");
    }

    fn attempts_come_the_newest_first_filtered_and_no_more_than_asked_for(db) {
        let (account, okta, _) = inhabited(db, "a");
        let entra = connection(&account);
        let mut made = vec![attempt(&okta, now()), attempt(&okta, now()), attempt(&entra, later(1))];
        made.push(Attempt { outcome: Outcome::Denied, ..attempt(&okta, later(2)) });
        db.write(|tx| {
            tx.insert_connection(&entra)?;
            made.iter().try_for_each(|attempt| tx.insert_attempt(attempt))
        })
        .unwrap();

        let all = AttemptFilter { limit: 9, ..AttemptFilter::default() };
        let found = |filter: AttemptFilter| -> Vec<usize> {
            let found = db.read(|tx| tx.attempts(account.id, &filter)).unwrap();
            let place = |found: &Attempt| made.iter().position(|attempt| attempt == found).unwrap();
            found.iter().map(place).collect()
        };
        assert_eq!(found(all.clone()), [3, 2, 1, 0], "of one moment, by their order");
        assert_eq!(found(AttemptFilter { limit: 2, ..all.clone() }), [3, 2]);
        assert_eq!(found(AttemptFilter { before: Some(later(2)), ..all.clone() }), [2, 1, 0]);
        assert_eq!(found(AttemptFilter { connection: Some(okta.id), ..all.clone() }), [3, 1, 0]);
        assert_eq!(found(AttemptFilter { outcome: Some(Outcome::Denied), ..all.clone() }), [3]);
        let several = AttemptFilter {
            connection: Some(okta.id),
            outcome: Some(Outcome::Rejected),
            before: Some(later(1)),
            limit: 1,
            ..AttemptFilter::default()
        };
        assert_eq!(found(several), [1]);
    }
}
