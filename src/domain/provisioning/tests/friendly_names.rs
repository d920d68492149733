//! `Name` identifies an attribute. `FriendlyName` does so only where the
//! connection enables it, and only where no attribute has that `Name` (Core
//! 2.7.3.1).

use super::*;

/// An attribute that has one of our names as its `FriendlyName`.
fn friendly(friendly_name: &str, value: &str) -> Attribute {
    Attribute {
        name: format!("urn:example:{friendly_name}"),
        friendly_name: Some(friendly_name.to_owned()),
        values: vec![value.to_owned()],
    }
}

fn case(enabled: bool, attributes: Vec<Attribute>) -> Case {
    let mut case = Case { attributes, ..Case::default() };
    case.policy.match_friendly_names = enabled;
    case
}

/// What each field of a created user was filled from.
fn each_field(case: &Case) -> Vec<String> {
    let (ada, _) = case.created();
    let profile = ada.profile;
    let mobile = profile.mobile.map(|mobile| mobile.number.as_str().to_owned());
    let teams =
        ada.teams.iter().map(|team| format!("{} {:?}", team.name.as_str(), team.role.value));
    let texts = ProfileField::text_fields().map(|field| profile.texts.get(&field).cloned());
    [Some(profile.first_name), Some(profile.last_name)]
        .into_iter()
        .chain(texts)
        .chain([Some(ada.role.value.as_str().to_owned()), mobile, profile.profile_image])
        .map(Option::unwrap_or_default)
        .chain(teams)
        .collect()
}

/// A value for each field, that of a valid assertion and that of a second
/// attribute which borrows the field's name.
const VALUES: [(ProfileField, &str, &str); 10] = [
    (ProfileField::FirstName, "Augusta", "Eve"),
    (ProfileField::LastName, "King", "Mallory"),
    (ProfileField::Position, "Analyst", "Root"),
    (ProfileField::Department, "Engines", "Vault"),
    (ProfileField::Role, "USER", "ADMIN"),
    (ProfileField::MobileRegionCode, "DE", "US"),
    (ProfileField::MobileNumber, "0221 123 123", "520 878 2491"),
    (ProfileField::UserProfileImage, "https://example.com/a.png", "https://evil.example/e.png"),
    (ProfileField::TeamName, "Ops", "Administrators"),
    (ProfileField::TeamRole, "USER", "ADMIN"),
];

#[test]
fn friendly_name_is_ignored_by_default() {
    let attributes: Vec<_> =
        VALUES.iter().map(|(field, _, evil)| friendly(field.as_str(), evil)).collect();
    let plain = each_field(&case(false, Vec::new()));
    assert_eq!(each_field(&case(false, attributes.clone())), plain);
    assert_ne!(each_field(&case(true, attributes)), plain);
}

#[test]
fn attribute_name_takes_precedence_over_friendly_names() {
    let valid: Vec<_> =
        VALUES.iter().map(|(field, value, _)| attribute(field.as_str(), &[value])).collect();
    let evil: Vec<_> =
        VALUES.iter().map(|(field, _, evil)| friendly(field.as_str(), evil)).collect();
    let expected = each_field(&case(false, valid.clone()));
    for enabled in [false, true] {
        for attributes in [[evil.clone(), valid.clone()], [valid.clone(), evil.clone()]] {
            assert_eq!(each_field(&case(enabled, attributes.concat())), expected, "{enabled}");
        }
    }
}

#[test]
fn attribute_without_values_takes_precedence_over_a_friendly_name() {
    let attributes = vec![attribute("role", &[]), friendly("role", "ADMIN")];
    assert_eq!(case(true, attributes).created().0.role.source, ValueSource::Default);
}

#[test]
fn friendly_name_provides_the_address_only_if_enabled() {
    for name in ["email", "mail", "chosen"] {
        for (enabled, expected) in [(false, "ada.lovelace@example.com"), (true, "eve@example.com")]
        {
            let mut case = case(enabled, vec![friendly(name, "eve@example.com")]);
            if name == "chosen" {
                case.policy.email_attribute = Some("chosen".to_owned());
            } else {
                // A persistent NameID comes after the attributes.
                case.subject.format = Some(PERSISTENT.to_owned());
            }
            let email = case.resolve().unwrap().email.unwrap().value;
            assert_eq!(email.as_str(), expected, "{name} {enabled}");
        }
    }
}

#[test]
fn friendly_name_provides_the_subject_only_if_enabled() {
    let with = |enabled, attributes| {
        let mut case = case(enabled, attributes);
        case.policy.subject_attribute = Some("uid".to_owned());
        case.resolve().map(|who| who.subject.unwrap().text)
    };
    assert_eq!(with(false, vec![friendly("uid", "eve")]), Err(Denial::SubjectUnusable));
    assert_eq!(with(true, vec![friendly("uid", "eve")]), Ok("eve".to_owned()));
    let both = vec![friendly("uid", "eve"), attribute("uid", &["ada"])];
    assert_eq!(with(true, both), Ok("ada".to_owned()));
}

#[test]
fn friendly_name_satisfies_the_guard_only_if_enabled() {
    let with = |enabled, attributes| {
        let mut case = case(enabled, attributes);
        case.policy.check_provision_attribute = Some("eduPersonEntitlement".to_owned());
        matches!(case.decision(), Decision::Create(_))
    };
    let entitled = || vec![friendly("eduPersonEntitlement", "x")];
    assert!(!with(false, entitled()));
    assert!(with(true, entitled()));
}

#[test]
fn mapping_matches_the_name_and_not_the_friendly_name() {
    let with = |enabled, name: &str| {
        let mut case = case(enabled, vec![friendly("title", "Analyst")]);
        case.policy.mapping.insert(ProfileField::Position.into(), name.to_owned());
        case.created().0.profile.text(ProfileField::Position).map(str::to_owned)
    };
    assert_eq!(with(false, "urn:example:title").as_deref(), Some("Analyst"));
    assert_eq!(with(false, "title"), None);
    assert_eq!(with(true, "title").as_deref(), Some("Analyst"));
}

#[test]
fn the_preset_for_eduperson_needs_no_friendly_name() {
    let oid = |name: &str, friendly_name: &str, value: &str| Attribute {
        name: format!("urn:oid:{name}"),
        friendly_name: Some(friendly_name.to_owned()),
        values: vec![value.to_owned()],
    };
    let mut case = case(
        false,
        vec![
            oid("0.9.2342.19200300.100.1.3", "mail", "augusta@example.org"),
            oid("2.5.4.42", "givenName", "Augusta"),
            oid("2.5.4.4", "sn", "King"),
            oid("2.5.4.12", "title", "Analyst"),
            oid("2.5.4.11", "ou", "Engines"),
            oid("2.5.4.6", "c", "DE"),
            oid("0.9.2342.19200300.100.1.41", "mobile", "+49 221 123 123"),
        ],
    );
    let preset: MappingPreset = "eduperson".parse().unwrap();
    case.policy.mapping = preset.mapping();
    case.policy.email_attribute = Some(preset.email_attribute().to_owned());
    let (creation, fallbacks) = case.created();
    assert_eq!(fallbacks, []);
    assert_eq!(creation.email.value.as_str(), "augusta@example.org");
    let profile = creation.profile;
    assert_eq!((profile.first_name.as_str(), profile.last_name.as_str()), ("Augusta", "King"));
    assert_eq!(profile.text(ProfileField::Position), Some("Analyst"));
    assert_eq!(profile.text(ProfileField::Department), Some("Engines"));
    assert_eq!(profile.mobile.unwrap().e164, "+49221123123");
}

#[test]
fn presets_read_what_their_identity_providers_send() {
    const CLAIMS: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
    let role = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
    let claim = |name: &str| format!("{CLAIMS}/{name}");
    let microsoft = [
        (claim("emailaddress"), "augusta@example.org"),
        (claim("givenname"), "Augusta"),
        (claim("surname"), "King"),
        (role.to_owned(), "USER"),
    ];
    let own = |email: &str| {
        [
            (email, "augusta@example.org"),
            ("firstName", "Augusta"),
            ("lastName", "King"),
            ("role", "USER"),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    };
    for (preset, attributes) in [
        (MappingPreset::EntraId, microsoft.clone()),
        (MappingPreset::AdFs, microsoft),
        (MappingPreset::Okta, own("email")),
        (MappingPreset::Google, own("primaryEmail")),
    ] {
        let attributes = attributes.iter().map(|(name, value)| attribute(name, &[value]));
        let mut case = case(false, attributes.collect());
        case.policy.mapping = preset.mapping();
        case.policy.email_attribute = Some(preset.email_attribute().to_owned());
        let (creation, fallbacks) = case.created();
        assert_eq!(fallbacks, [], "{preset}");
        assert_eq!(creation.email.value.as_str(), "augusta@example.org", "{preset}");
        let names = (creation.profile.first_name.as_str(), creation.profile.last_name.as_str());
        assert_eq!((names, creation.role.value), (("Augusta", "King"), AccountRole::User));
    }
}

#[test]
fn preset_name_is_parsed_in_any_case() {
    for name in ["EDUPERSON", "eduperson", " eduPerson "] {
        assert_eq!(name.parse(), Ok(MappingPreset::EduPerson));
    }
    let unknown = "x500".parse::<MappingPreset>().unwrap_err();
    assert_eq!(unknown.to_string(), "must be one of OKTA, ENTRA_ID, GOOGLE, AD_FS, EDUPERSON");
}
