//! Properties of plans for any attributes.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::domain::{
    check::MAX_ACTUAL_CHARS,
    custom_attribute::{MAX_BYTES, Mutability, count_bytes, samples::definitions},
    text::MAX_CHARS,
};

/// Values that come near what is accepted, and values that are nowhere near.
fn values() -> impl Strategy<Value = String> {
    let near = select(vec![
        "",
        " ",
        "ADMIN",
        "user",
        " Responder",
        "STAKEHOLDER",
        "GUEST",
        "OWNER",
        "DE",
        "us",
        "AQ",
        "Germany",
        "0221 123 123",
        "+49221123123",
        "+1 520 878 2491",
        "+",
        "Ops",
        "oPS ",
        "Dev",
        "ada@example.com",
        "ADA@EXAMPLE.COM",
        "_@x",
        "+@x",
        "https://example.com/a.png",
        "https://",
        "javascript:alert(1)",
        "a\0b",
        "\u{1b}[2J",
        "\u{202e}",
        "ﷺ",
    ]);
    prop_oneof![
        6 => near.prop_map(str::to_owned),
        2 => any::<String>(),
        1 => "[0-9+ ()/.-]{0,50}",
        1 => (select(vec!["x", "é", "\u{fdfa}", "\0", " "]), 200..4000_usize)
            .prop_map(|(text, times)| text.repeat(times)),
    ]
}

fn names() -> impl Strategy<Value = String> {
    let mut known: Vec<&str> = MappingTarget::names();
    known.extend(["email", "mail", "urn:example:mapped", "subject"]);
    prop_oneof![9 => select(known).prop_map(str::to_owned), 1 => any::<String>()]
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let one = (names(), option::weighted(0.1, names()), vec(values(), 0..5))
        .prop_map(|(name, friendly_name, values)| Attribute { name, friendly_name, values });
    vec(one, 0..16)
}

/// Each custom attribute, and each sub-attribute of a complex one.
fn custom_targets() -> impl Iterator<Item = MappingTarget> {
    let mappable =
        definitions().into_iter().filter(|definition| definition.name.as_str() != "homes");
    let names = mappable.flat_map(|definition| {
        let name = format!("attributes.{}", definition.name);
        let sub_attributes: Vec<_> = definition
            .sub_attributes
            .iter()
            .map(|sub_attribute| format!("{name}.{}", sub_attribute.name))
            .collect();
        if sub_attributes.is_empty() { vec![name] } else { sub_attributes }
    });
    names.map(|name| name.parse().unwrap())
}

fn policies() -> impl Strategy<Value = ProvisioningPolicy> {
    let name = || option::weighted(0.2, names());
    let mapping = proptest::collection::btree_map(
        select(MappingTarget::iter().chain(custom_targets()).collect::<Vec<_>>()),
        names(),
        0..6,
    );
    (name(), mapping, name(), option::weighted(0.1, names()), any::<bool>()).prop_map(
        |(
            check_provision_attribute,
            mapping,
            email_attribute,
            subject_attribute,
            match_friendly_names,
        )| {
            ProvisioningPolicy {
                check_provision_attribute,
                mapping,
                email_attribute,
                subject_attribute,
                match_friendly_names,
                ..ProvisioningPolicy::default()
            }
        },
    )
}

fn subjects() -> impl Strategy<Value = Subject> {
    let formats = vec![EMAIL_FORMAT, UNSPECIFIED, PERSISTENT, TRANSIENT, "", "nonsense"];
    let name_ids = prop_oneof![
        3 => "[a-z._+-]{1,20}@[a-z]{1,10}(\\.com)?",
        1 => Just("ada.lovelace@example.com".to_owned()),
        1 => values(),
    ];
    (name_ids, option::of(select(formats))).prop_map(|(name_id, format)| subject(&name_id, format))
}

fn known_users() -> impl Strategy<Value = Option<ExistingUser>> {
    let user = (select(UserStatus::ALL.to_vec()), option::of(values()))
        .prop_map(|(status, subject)| known_user(1, status, subject.as_deref()));
    option::weighted(0.15, user)
}

fn cases() -> impl Strategy<Value = Case> {
    let deleted = option::weighted(0.2, any::<bool>());
    let known = (known_users(), known_users(), deleted, any::<bool>());
    (policies(), subjects(), attributes(), known, prop::bool::weighted(0.95)).prop_map(
        |(policy, subject, attributes, (by_identity, by_email, deleted, teams), enabled)| {
            let teams = if teams { vec![known_team(1, "OPS")] } else { Vec::new() };
            let deleted = deleted.map(|may_return| DeletedUserMatch { id: user_id(2), may_return });
            let record = None;
            let taken = TakenValues::default();
            let known = ExistingRecords { by_identity, by_email, deleted, teams, record, taken };
            let definitions = definitions();
            Case { enabled, policy, subject, attributes, encrypted: 0, known, definitions }
        },
    )
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { enabled, policy, subject, attributes, known, encrypted: _, definitions: _ } =
            self;
        write!(f, "{enabled} {policy:?} {subject:?} {attributes:?} {known:?}")
    }
}

fn is_line(text: &str) -> bool {
    crate::domain::text::parse_line(text) == Ok(text)
}

fn check_creation(creation: &UserCreation) -> Result<(), TestCaseError> {
    let profile = &creation.profile;
    prop_assert!(is_line(&profile.first_name), "a person has a name: {:?}", profile.first_name);
    prop_assert!(profile.last_name.is_empty() || is_line(&profile.last_name));
    for text in profile.texts.values() {
        prop_assert!(is_line(text), "{text:?}");
    }
    if let Some(url) = &profile.profile_image {
        prop_assert!(url.chars().count() <= 2048 && url.to_lowercase().starts_with("http"));
    }
    if let Some(mobile) = &profile.mobile {
        prop_assert!(mobile.number.chars().count() <= crate::domain::mobile::MAX_NUMBER_CHARS);
    }
    prop_assert!(count_bytes(&profile.custom) <= MAX_BYTES);
    for definition in definitions() {
        let Some(value) = profile.custom.get(&definition.name) else { continue };
        prop_assert_eq!(definition.parse(value, ""), Ok(Some(value.clone())));
        prop_assert!(definition.mutability != Mutability::ReadOnly, "{value}");
    }
    let mut keys = std::collections::HashSet::new();
    for team in &creation.teams {
        prop_assert!(creation.role.value.allows(team.role.value), "{creation:?}");
        prop_assert!(team.name.as_str().chars().count() <= MAX_CHARS);
        prop_assert!(keys.insert(team.name.key()), "{:?} is joined twice", team.name);
    }
    for field in [ProfileField::FirstName, ProfileField::LastName] {
        prop_assert!(source_of(creation, field).is_some());
    }
    Ok(())
}

fn check_fallbacks(fallbacks: &[ValueFallback]) -> Result<(), TestCaseError> {
    for fallback in fallbacks {
        for text in [Some(&fallback.value), fallback.used.as_ref()].into_iter().flatten() {
            prop_assert!(text.chars().count() <= MAX_ACTUAL_CHARS, "{fallback:?}");
            prop_assert!(!text.contains(char::is_control), "{fallback:?}");
        }
    }
    Ok(())
}

/// Whether the statement of a denial is true.
fn is_founded(case: &Case, denial: &Denial) -> bool {
    let users = [&case.known.by_identity, &case.known.by_email].map(Option::as_ref);
    let is = |status| users.into_iter().flatten().any(|user| user.status == status);
    match denial {
        Denial::ConnectionDisabled => !case.enabled,
        Denial::UserDisabled(_) => is(UserStatus::Disabled),
        Denial::UserDeleted(id) => {
            let known = case.known.deleted;
            known == Some(DeletedUserMatch { id: *id, may_return: false })
                && case.known.by_identity.is_none()
        }
        Denial::SubjectUnusable => {
            let name_id = case.subject.name_id.trim();
            let folded = crate::domain::text::fold(name_id).chars().count();
            let length = name_id.chars().count().max(folded);
            let out_of_bounds = !(1..=256).contains(&length) || name_id.contains(char::is_control);
            case.policy.subject_attribute.is_some() || out_of_bounds
        }
        Denial::EmailUnusable => {
            case.known.by_identity.is_none() && case.resolve().is_ok_and(|who| who.email.is_none())
        }
        Denial::IdentityConflict(_) => {
            let own = case.known.by_email.as_ref().and_then(|user| user.subject.clone());
            own.is_some() && case.resolve().is_ok_and(|who| who.subject != own)
        }
        Denial::GuardAttributeMissing { attribute } => {
            let guard = case.policy.check_provision_attribute.as_deref();
            let attributes = Attributes::new(case.attributes.clone());
            guard.map(str::trim) == Some(attribute.as_str())
                && !attributes.contains(attribute, case.policy.name_match())
                && users == [None, None]
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_attributes_produce_a_valid_plan(case in cases()) {
        let plan = case.plan();
        check_fallbacks(&plan.fallbacks)?;
        match &plan.decision {
            Decision::Create(creation) => check_creation(creation)?,
            Decision::Claim(_) | Decision::SignIn(_) => prop_assert_eq!(&plan.fallbacks, &[]),
            Decision::Deny(denial) => {
                prop_assert!(is_founded(&case, denial), "{denial:?} is unfounded");
                prop_assert_eq!(&plan.fallbacks, &[]);
            }
        }
        prop_assert_eq!(case.plan(), plan, "planning is deterministic");
    }

    #[test]
    fn new_user_signs_in_with_any_attributes(attributes in attributes()) {
        let case = Case { attributes, ..Case::default() };
        prop_assert!(matches!(case.decision(), Decision::Create(_)));
    }

    #[test]
    fn attributes_never_change_an_existing_user(attributes in attributes()) {
        let known = || ExistingRecords {
            by_identity: Some(known_user(1, UserStatus::Active, None)),
            ..ExistingRecords::default()
        };
        let with = Case { attributes, known: known(), ..Case::default() };
        let without = Case { known: known(), ..Case::default() };
        prop_assert_eq!(with.plan(), without.plan());
    }

    #[test]
    fn subjects_are_bounded(case in cases()) {
        if let Ok(ResolvedSubject { subject: Some(subject), .. }) = case.resolve() {
            let length = subject.text.chars().count();
            prop_assert!((1..=crate::domain::provisioning::MAX_SUBJECT_CHARS).contains(&length));
            prop_assert!(!subject.text.contains(char::is_control));
        }
    }

    #[test]
    fn linked_subject_is_found_by_the_next_login(case in cases()) {
        if let (Ok(who), Decision::Create(creation)) = (case.resolve(), case.decision()) {
            prop_assert_eq!(creation.link, who.subject);
        }
    }
}
