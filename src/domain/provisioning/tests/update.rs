//! What a login changes of an existing user, by the policies of its connection.

mod custom_attributes;
mod identifiers;
mod lists;
mod locks;
mod teams;

use std::collections::BTreeSet;

use super::*;
use crate::domain::{
    Timestamp,
    attribute_name::AttributeName,
    id::{AccountId, AttemptId, ConnectionId},
    mobile::Mobile,
    multi_valued::MultiValuedField,
    provenance::{Provenance, Setter},
    provisioning::{
        ExistingMembership, ExistingRecord, ExistingUserLogin, FoundBy, LoginPlan,
        PlannedUserUpdate,
    },
    update_policy::{UpdatePolicy, attributes_with_policy},
    user::{Origin, Profile, User},
    value_transform::ValueTransform,
};

/// Ada as she is stored: with a department and a role, without a position.
fn ada() -> User {
    let now = now();
    let email = "ada.lovelace@example.com".parse().unwrap();
    User {
        role: AccountRole::User,
        profile: Profile {
            first_name: "Ada".into(),
            last_name: "Lovelace".into(),
            texts: [(ProfileField::Department, "Engines".to_owned())].into(),
            ..Profile::default()
        },
        status: UserStatus::Active,
        first_login_at: Some(now),
        last_login_at: Some(now),
        ..User::new(user_id(1), AccountId::new(now, [2; 10]), email, Origin::Login, now)
    }
}

fn now() -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000, 0).unwrap()
}

fn connection(number: u8) -> ConnectionId {
    ConnectionId::new(now(), [number; 10])
}

fn record() -> ExistingRecord {
    let connection = connection(1);
    ExistingRecord { user: ada(), teams: Vec::new(), connection, is_last_admin: false }
}

/// The record, where somebody has set some attributes.
fn set_by(setter: Setter, attributes: &[&str]) -> ExistingRecord {
    let mut record = record();
    let provenance = Provenance { setter, is_import: false, at: now(), request: None };
    let values = attributes.iter().map(|name| name.parse().unwrap());
    record.user.provenance.set(&provenance, &values.collect());
    record
}

fn login_through(connection: ConnectionId) -> Setter {
    Setter::Login { connection: Some(connection), attempt: AttemptId::new(now(), [3; 10]) }
}

fn name(text: &str) -> AttributeName {
    text.parse().unwrap()
}

fn names(texts: &[&str]) -> BTreeSet<AttributeName> {
    texts.iter().map(|text| name(text)).collect()
}

/// A later login of Ada with these policies and attributes.
fn login(
    record: ExistingRecord,
    policies: &[(&str, UpdatePolicy)],
    attributes: AttributeList<'_>,
) -> Case {
    let user = known_user(1, record.user.status, Some("ada.lovelace@example.com"));
    let teams = vec![known_team(1, "Ops"), known_team(2, "Looms")];
    let known = ExistingRecords {
        by_identity: Some(user),
        teams,
        record: Some(Box::new(record)),
        ..ExistingRecords::default()
    };
    let mut case = Case { known, ..Case::with(attributes) };
    case.policy.update_policies =
        policies.iter().map(|(attribute, policy)| (name(attribute), *policy)).collect();
    case
}

impl Case {
    /// The login of an existing user, the user after it, and the fallbacks.
    #[track_caller]
    fn updated(&self) -> (ExistingUserLogin, Option<PlannedUserUpdate>, Vec<ValueFallback>) {
        let attributes = Attributes::new(self.attributes.clone()).with_encrypted(self.encrypted);
        let login = self.login(&attributes);
        let LoginPlan { plan, update } = plan(&login, &identify(&login).unwrap(), &self.known);
        match plan.decision {
            Decision::SignIn(entry) | Decision::Claim(entry) => {
                (entry, update.map(|update| *update), plan.fallbacks)
            }
            other => panic!("no existing user signs in: {other:?}"),
        }
    }

    /// Each change as `field: before -> after`.
    #[track_caller]
    fn changes(&self) -> Vec<String> {
        let (entry, _, _) = self.updated();
        let text = |text: Option<String>| text.unwrap_or_else(|| "-".into());
        let changes = entry.changes.into_iter();
        let changes = changes.map(|change| {
            format!("{}: {} -> {}", change.field, text(change.before), text(change.after))
        });
        changes.collect()
    }

    /// Each change of a membership as `team: effect`.
    #[track_caller]
    fn team_changes(&self) -> Vec<String> {
        let (entry, _, _) = self.updated();
        let changes = entry.teams.iter();
        changes.map(|change| format!("{}: {:?}", change.assignment.name, change.effect())).collect()
    }
}

const EVERYTHING: AttributeList<'_> = &[
    ("firstName", &["Augusta"]),
    ("lastName", &["King"]),
    ("position", &["Countess"]),
    ("department", &["Nobility"]),
    ("role", &["ADMIN"]),
    ("mobileRegionCode", &["DE"]),
    ("mobileNumber", &["0221 123 123"]),
    ("userProfileImage", &["https://example.com/a.png"]),
    ("teamName", &["Ops"]),
];

#[test]
fn by_default_and_under_never_nothing_changes() {
    for policy in [UpdatePolicy::FirstLogin, UpdatePolicy::Never] {
        let all: Vec<_> =
            attributes_with_policy().map(|name| (name.built_in().unwrap(), policy)).collect();
        let (entry, update, fallbacks) = login(record(), &all, EVERYTHING).updated();
        assert_eq!(entry, ExistingUserLogin::new(user_id(1), FoundBy::Identity, None));
        assert_eq!((update, fallbacks), (None, Vec::new()));
    }
}

#[test]
fn always_for_one_attribute_changes_it_alone() {
    let case = login(record(), &[("department", UpdatePolicy::Always)], EVERYTHING);
    let (entry, update, fallbacks) = case.updated();
    assert_eq!(case.changes(), ["department: Engines -> Nobility"]);
    assert_eq!(entry.changes[0].source, from_attribute("department"));
    let PlannedUserUpdate { before, after } = update.unwrap();
    let mut expected = ada();
    expected.profile.texts.insert(ProfileField::Department, "Nobility".into());
    assert_eq!((before, after, fallbacks), (ada(), expected, Vec::new()));
}

#[test]
fn always_for_all_attributes_changes_all() {
    let all: Vec<_> = attributes_with_policy()
        .map(|name| (name.built_in().unwrap(), UpdatePolicy::Always))
        .collect();
    for status in [UserStatus::Active, UserStatus::Staged] {
        let record = ExistingRecord { user: User { status, ..ada() }, ..record() };
        let case = login(record, &all, EVERYTHING);
        assert_eq!(
            case.changes(),
            [
                "firstName: Ada -> Augusta",
                "lastName: Lovelace -> King",
                "position: - -> Countess",
                "department: Engines -> Nobility",
                "userProfileImage: - -> https://example.com/a.png",
                "role: USER -> ADMIN",
                "mobileNumber: - -> +49221123123",
            ]
        );
        assert_eq!(case.team_changes(), ["Ops: Add(Responder)"]);
        assert_eq!(case.updated().2, []);
    }
}

#[test]
fn fill_empty_sets_attributes_that_were_not_set() {
    let all: Vec<_> = attributes_with_policy()
        .map(|name| (name.built_in().unwrap(), UpdatePolicy::FillEmpty))
        .collect();
    let filled = [
        "position: - -> Countess",
        "userProfileImage: - -> https://example.com/a.png",
        "mobileNumber: - -> +49221123123",
    ];
    assert_eq!(login(record(), &all, EVERYTHING).changes(), filled);
    let record = set_by(Setter::Default, &["firstName", "role"]);
    let mut with_defaults = login(record.clone(), &all, EVERYTHING).changes();
    with_defaults.sort_unstable();
    let mut expected =
        [&filled[..], &["firstName: Ada -> Augusta", "role: USER -> ADMIN"]].concat();
    expected.sort_unstable();
    assert_eq!(with_defaults, expected);
    let member = ExistingRecord { teams: vec![membership(2, "Looms", false)], ..record };
    assert_eq!(login(member, &all, EVERYTHING).team_changes(), [""; 0]);
}

#[test]
fn value_that_is_not_received_is_removed_only_if_this_connection_set_it() {
    let policies = [
        ("firstName", UpdatePolicy::Always),
        ("department", UpdatePolicy::Always),
        ("role", UpdatePolicy::Always),
        ("mobile", UpdatePolicy::Always),
    ];
    let all = ["firstName", "department", "role", "mobile"];
    let removed = [
        "department: Engines -> -",
        "role: USER -> STAKEHOLDER",
        "mobileNumber: +49221123123 -> -",
    ];
    // What is malformed was received.
    let malformed: AttributeList<'_> = &[
        ("department", &["a\0b"]),
        ("role", &["EMPRESS"]),
        ("mobileRegionCode", &["DE"]),
        ("mobileNumber", &["1"]),
    ];
    for (setter, attributes, changes) in [
        (login_through(connection(1)), &[][..], &removed[..]),
        (login_through(connection(1)), malformed, &[]),
        (login_through(connection(2)), &[], &[]),
        (Setter::CommandLine, &[], &[]),
        (Setter::Default, &[], &[]),
    ] {
        let mut record = set_by(setter, &all);
        record.user.profile.mobile =
            Some(Mobile::parse("DE".parse().unwrap(), "0221 123 123").unwrap());
        let case = login(record, &policies, attributes);
        assert_eq!(case.changes(), changes, "{setter:?} {attributes:?}");
    }
}

#[test]
fn display_name_of_both_names_is_no_value_of_its_own() {
    let policies = [("displayName", UpdatePolicy::Always), ("lastName", UpdatePolicy::Always)];
    let both = |display: &'static str| [("displayName", [display]), ("lastName", ["King"])];
    for (stored, received, after) in [
        (None, "Ada King", None),
        (None, "Countess", Some("Countess")),
        (Some("Countess"), "Ada King", None),
    ] {
        let mut record = record();
        record.user.display_name = stored.map(str::to_owned);
        let attributes = both(received);
        let attributes: Vec<(&str, &[&str])> =
            attributes.iter().map(|(name, values)| (*name, &values[..])).collect();
        let (_, update, _) = login(record, &policies, &attributes).updated();
        assert_eq!(update.unwrap().after.display_name.as_deref(), after, "{received}");
    }
}

#[test]
fn nothing_is_removed_while_attributes_are_encrypted() {
    let record = ExistingRecord {
        teams: vec![membership(2, "Looms", true)],
        ..set_by(login_through(connection(1)), &["department"])
    };
    let policies = [("department", UpdatePolicy::Always), ("teams", UpdatePolicy::Always)];
    let mut case = login(record, &policies, &[]);
    case.encrypted = 1;
    assert_eq!(case.updated().1, None);
    case.encrypted = 0;
    assert_eq!(case.changes(), ["department: Engines -> -"], "without encrypted attributes");
}

#[test]
fn malformed_values_leave_what_is_there() {
    let policies = [("department", UpdatePolicy::Always), ("role", UpdatePolicy::Always)];
    let attributes: AttributeList<'_> = &[("department", &["a\0b"]), ("role", &["EMPRESS"])];
    let (entry, update, fallbacks) = login(record(), &policies, attributes).updated();
    assert_eq!((entry.changes, update), (Vec::new(), None));
    assert_fallbacks(
        &fallbacks,
        &[
            ("department", "a<U+0000>b", "CONTROL_CHARACTER", Some("Engines")),
            ("role", "EMPRESS", "UNKNOWN_ROLE", Some("USER")),
        ],
    );
}

#[test]
fn last_administrator_keeps_the_role() {
    let user = User { role: AccountRole::Admin, ..ada() };
    let record = ExistingRecord { user, is_last_admin: true, ..record() };
    let policies = [("role", UpdatePolicy::Always)];
    let case = login(record, &policies, &[("role", &["USER"])]);
    let (entry, update, fallbacks) = case.updated();
    assert_eq!((entry.changes, update), (Vec::new(), None));
    assert_fallbacks(&fallbacks, &[("role", "USER", "LAST_ADMINISTRATOR", Some("ADMIN"))]);
}

#[test]
fn connection_with_a_highest_role_gives_no_higher_one() {
    for (current, received, after) in [
        (AccountRole::Stakeholder, "ADMIN", AccountRole::Responder),
        (AccountRole::Admin, "ADMIN", AccountRole::Admin),
        (AccountRole::Admin, "STAKEHOLDER", AccountRole::Stakeholder),
    ] {
        let record = ExistingRecord { user: User { role: current, ..ada() }, ..record() };
        let attributes = [("role", &[received][..])];
        let mut case = login(record, &[("role", UpdatePolicy::Always)], &attributes);
        case.policy.highest_role = Some(AccountRole::Responder);
        let (_, update, fallbacks) = case.updated();
        let role = update.map_or(current, |update| update.after.role);
        assert_eq!(role, after, "{current} with {received}");
        let is_replaced = role.as_str() != received;
        assert_eq!(fallbacks.len(), usize::from(is_replaced), "{current} with {received}");
    }
}

fn membership(number: u8, team: &str, set_by_connection: bool) -> ExistingMembership {
    let team = known_team(number, team);
    ExistingMembership { team, requested: TeamRole::User, set_by_connection }
}

#[test]
fn default_of_the_connection_replaces_nothing_that_others_have_set() {
    let policies = [("department", UpdatePolicy::Always), ("role", UpdatePolicy::Always)];
    let default = |field, value: &str| ValueTransform {
        default_value: Some(value.into()),
        ..ValueTransform::new(field)
    };
    let changed = ["department: Engines -> Looms", "role: USER -> ADMIN"];
    for (setter, encrypted, changes) in [
        (login_through(connection(1)), 0, &changed[..]),
        (Setter::Default, 0, &changed),
        (login_through(connection(1)), 1, &[]),
        (login_through(connection(2)), 0, &[]),
        (Setter::CommandLine, 0, &[]),
    ] {
        let record = set_by(setter, &["department", "role"]);
        let mut case = login(record, &policies, &[]);
        case.policy.transforms =
            vec![default(ProfileField::Department, "Looms"), default(ProfileField::Role, "ADMIN")];
        case.encrypted = encrypted;
        assert_eq!(case.changes(), changes, "{setter:?}, {encrypted} encrypted");
    }
}

#[test]
fn image_stays_beside_photos_of_others() {
    let mut record = set_by(login_through(connection(1)), &["userProfileImage"]);
    record.user.profile.profile_image = Some("https://example.com/a.png".into());
    let policies = [("userProfileImage", UpdatePolicy::Always)];
    let alone = login(record.clone(), &policies, &[]);
    assert_eq!(alone.changes(), ["userProfileImage: https://example.com/a.png -> -"]);
    record.user.profile.values.insert(MultiValuedField::Photos, Vec::new());
    assert_eq!(login(record, &policies, &[]).changes(), [""; 0]);
}
