//! Names, position, department, role and picture: each present, absent,
//! malformed, several.

use super::*;

#[test]
fn names_are_trimmed() {
    let ada = create(&[("firstName", &[" Ada "]), ("lastName", &["King-Noel  "])], &[]);
    assert_eq!(ada.profile.first_name, "Ada");
    assert_eq!(ada.profile.last_name, "King-Noel");
    assert_eq!(source_of(&ada, ProfileField::FirstName), Some(&from_attribute("firstName")));
    assert_eq!(source_of(&ada, ProfileField::LastName), Some(&from_attribute("lastName")));
}

#[test]
fn names_that_are_absent_are_parsed_from_the_address() {
    let ada = create(&[], &[]);
    assert_eq!(ada.profile.first_name, "Ada");
    assert_eq!(ada.profile.last_name, "Lovelace");
    assert_eq!(source_of(&ada, ProfileField::FirstName), Some(&ValueSource::EmailAddress));
    assert_eq!(source_of(&ada, ProfileField::LastName), Some(&ValueSource::EmailAddress));
}

#[test]
fn missing_name_is_parsed_beside_a_received_one() {
    let ada = create(&[("firstName", &["Augusta"])], &[]);
    assert_eq!(ada.profile.first_name, "Augusta");
    assert_eq!(ada.profile.last_name, "Lovelace");
    let ada = create(&[("lastName", &["King"])], &[]);
    assert_eq!(ada.profile.first_name, "Ada");
    assert_eq!(ada.profile.last_name, "King");
}

#[test]
fn address_of_one_token_has_no_last_name() {
    let case = Case { subject: subject("ada+saml@example.com", None), ..Case::default() };
    let (ada, fallbacks) = case.created();
    assert_eq!((ada.profile.first_name.as_str(), ada.profile.last_name.as_str()), ("Ada", ""));
    assert_eq!(source_of(&ada, ProfileField::LastName), Some(&ValueSource::EmailAddress));
    assert_eq!(fallbacks, []);
}

#[test]
fn a_malformed_name_falls_back_to_the_parsed_one() {
    let long = "x".repeat(256);
    let cut = format!("{}…", "x".repeat(255));
    assert_eq!(cut.chars().count(), 256, "short enough to be kept whole");
    let ada = create(
        &[("firstName", &[&long]), ("lastName", &["Love\u{0}lace"])],
        &[
            ("firstName", &long, "TOO_LONG", Some("Ada")),
            ("lastName", "Love<U+0000>lace", "CONTROL_CHARACTER", Some("Lovelace")),
        ],
    );
    assert_eq!(ada.profile.first_name, "Ada");
    assert_eq!(source_of(&ada, ProfileField::FirstName), Some(&ValueSource::EmailAddress));
}

#[test]
fn names_with_unassigned_characters_fall_back() {
    for char in ['\u{378}', '\u{fffe}', '\u{fdd0}', '\u{e000}', '\u{10ffff}'] {
        let text = format!("Ada{char}");
        let excerpt = format!("Ada<U+{:04X}>", u32::from(char));
        let ada = create(
            &[("firstName", &[&text]), ("position", &[&text]), ("teamName", &[&text])],
            &[
                ("firstName", &excerpt, "DISALLOWED_CHARACTER", Some("Ada")),
                ("position", &excerpt, "DISALLOWED_CHARACTER", None),
                ("teamName", &excerpt, "DISALLOWED_CHARACTER", None),
            ],
        );
        assert_eq!((ada.profile.first_name.as_str(), ada.teams.len()), ("Ada", 0));
    }
}

#[test]
fn a_malformed_last_name_falls_back_to_nothing_if_the_address_has_none() {
    let case = Case {
        subject: subject("ada@example.com", None),
        ..Case::with(&[("lastName", &["a\tb"])])
    };
    let (ada, fallbacks) = case.created();
    assert_eq!(ada.profile.last_name, "");
    assert_fallbacks(&fallbacks, &[("lastName", "a<U+0009>b", "CONTROL_CHARACTER", None)]);
}

#[test]
fn texts_may_have_255_characters() {
    let longest = "é".repeat(255);
    let ada = create(
        &[
            ("firstName", &[&longest]),
            ("lastName", &[&longest]),
            ("position", &[&longest]),
            ("department", &[&longest]),
        ],
        &[],
    );
    assert_eq!(ada.profile.first_name, longest);
    assert_eq!(ada.profile.last_name, longest);
    assert_eq!(ada.profile.text(ProfileField::Position), Some(&*longest));
    assert_eq!(ada.profile.text(ProfileField::Department), Some(&*longest));
}

#[test]
fn position_and_department_are_trimmed() {
    let ada = create(&[("position", &[" Analyst "]), ("department", &["Engines"])], &[]);
    assert_eq!(ada.profile.text(ProfileField::Position), Some("Analyst"));
    assert_eq!(ada.profile.text(ProfileField::Department), Some("Engines"));
    assert_eq!(source_of(&ada, ProfileField::Position), Some(&from_attribute("position")));
    assert_eq!(source_of(&ada, ProfileField::Department), Some(&from_attribute("department")));
}

#[test]
fn absent_position_and_department_are_not_stored() {
    let ada = create(&[], &[]);
    assert_eq!(
        (ada.profile.text(ProfileField::Position), ada.profile.text(ProfileField::Department)),
        (None, None)
    );
    assert_eq!(source_of(&ada, ProfileField::Position), None);
}

#[test]
fn malformed_position_and_department_fall_back_to_none() {
    let long = "x".repeat(256);
    let ada = create(
        &[("position", &["a\nb"]), ("department", &[&long])],
        &[
            ("position", "a<U+000A>b", "CONTROL_CHARACTER", None),
            ("department", &long, "TOO_LONG", None),
        ],
    );
    assert_eq!(
        (ada.profile.text(ProfileField::Position), ada.profile.text(ProfileField::Department)),
        (None, None)
    );
}

#[test]
fn blank_values_count_as_absent() {
    for blank in ["", " ", "\t\r\n", "\u{a0}"] {
        let names = ProfileField::mappable().map(ProfileField::as_str);
        let attributes = names.map(|name| attribute(name, &[blank, blank]));
        let (blank_ada, fallbacks) =
            Case { attributes: attributes.collect(), ..Case::default() }.created();
        assert_eq!(blank_ada, create(&[], &[]), "{blank:?}");
        assert_eq!(fallbacks, [], "{blank:?}");
    }
}

#[test]
fn account_role_is_parsed_trimmed_and_in_any_case() {
    for role in AccountRole::ALL {
        for text in [role.as_str(), &format!(" {} ", role.as_str().to_lowercase())] {
            let ada = create(&[("role", &[text])], &[]);
            assert_eq!(ada.role, ValueWithSource { value: role, source: from_attribute("role") });
        }
    }
}

#[test]
fn a_role_that_is_absent_is_stakeholder() {
    let expected =
        ValueWithSource { value: AccountRole::Stakeholder, source: ValueSource::Default };
    assert_eq!(create(&[], &[]).role, expected);
}

#[test]
fn a_malformed_role_falls_back_to_stakeholder() {
    for text in ["OWNER", "ADMINISTRATOR", "ADMIN USER", "АDMIN", "1"] {
        let ada =
            create(&[("role", &[text])], &[("role", text, "UNKNOWN_ROLE", Some("STAKEHOLDER"))]);
        let expected =
            ValueWithSource { value: AccountRole::Stakeholder, source: ValueSource::Default };
        assert_eq!(ada.role, expected, "{text}");
    }
}

#[test]
fn of_several_values_the_first_that_is_valid_is_used() {
    let ada = create(
        &[("role", &["CEO", "USER", "ADMIN", "nonsense"])],
        &[
            ("role", "CEO", "UNKNOWN_ROLE", Some("USER")),
            ("role", "CEO, USER, ADMIN, nonsense", "SEVERAL_VALUES", Some("USER")),
        ],
    );
    assert_eq!(ada.role.value, AccountRole::User);
}

#[test]
fn several_values_are_a_fallback_in_each_single_valued_field() {
    for (field, one, two) in [
        ("firstName", "Ada", "Augusta"),
        ("lastName", "King", "Byron"),
        ("position", "Analyst", "Countess"),
        ("department", "Engines", "Nobility"),
        ("role", "USER", "ADMIN"),
        ("userProfileImage", "https://example.com/1.png", "https://example.com/2.png"),
    ] {
        let both = format!("{one}, {two}");
        create(&[(field, &[one, two])], &[(field, &both, "SEVERAL_VALUES", Some(one))]);
        create(&[(field, &[one]), (field, &[two])], &[(field, &both, "SEVERAL_VALUES", Some(one))]);
        create(&[(field, &["", one, " "])], &[]);
    }
}

#[test]
fn several_invalid_values_use_the_fallback_of_the_field() {
    create(
        &[("role", &["CEO", "CTO"])],
        &[
            ("role", "CEO", "UNKNOWN_ROLE", Some("STAKEHOLDER")),
            ("role", "CTO", "UNKNOWN_ROLE", Some("STAKEHOLDER")),
            ("role", "CEO, CTO", "SEVERAL_VALUES", Some("STAKEHOLDER")),
        ],
    );
}

#[test]
fn fallback_stores_a_shortened_value() {
    let long = "x".repeat(100_000);
    let (_, fallbacks) = Case::with(&[("position", &[&long])]).created();
    assert_eq!(fallbacks[0].value.chars().count(), crate::domain::check::MAX_ACTUAL_CHARS);
    assert!(fallbacks[0].value.ends_with('…'));
}

#[test]
fn picture_is_an_absolute_http_or_https_url_stored_as_sent() {
    let longest = format!("https://example.com/{}", "x".repeat(2028));
    assert_eq!(longest.len(), 2048);
    for url in [
        "https://example.com/ada.png",
        "http://example.com",
        "HTTPS://Example.COM/Ada.PNG?size=500#x",
        "https://example.com:8443/ada.png",
        "https://[2001:db8::1]/ada.png",
        "https://bücher.example/ada.png",
        &longest,
    ] {
        let ada = create(&[("userProfileImage", &[&format!(" {url} ")])], &[]);
        assert_eq!(ada.profile.profile_image.as_deref(), Some(url));
        let source = source_of(&ada, ProfileField::UserProfileImage);
        assert_eq!(source, Some(&from_attribute("userProfileImage")));
    }
}

#[test]
fn absent_picture_is_not_stored() {
    let ada = create(&[], &[]);
    assert_eq!(ada.profile.profile_image, None);
    assert_eq!(source_of(&ada, ProfileField::UserProfileImage), None);
}

#[test]
fn malformed_picture_falls_back_to_none() {
    for url in [
        "ada.png",
        "/ada.png",
        "//example.com/ada.png",
        "example.com/ada.png",
        "https:ada.png",
        "https:/example.com/ada.png",
        "https://",
        "https:///ada.png",
        "https://?x",
        "https://example.com:99999/",
        "ftp://example.com/ada.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "data:image/png;base64,AAAA",
        "https:\\\\example.com\\ada.png",
        "https://example.com\\@evil.example/",
        "https://ada:secret@example.com/ada.png",
        "https://ada@example.com/ada.png",
        "https://:secret@example.com/ada.png",
        "https://example.com/ada lovelace.png",
        "https://exa mple.com/",
    ] {
        let ada = create(
            &[("userProfileImage", &[url])],
            &[("userProfileImage", url, "INVALID_URL", None)],
        );
        assert_eq!(ada.profile.profile_image, None, "{url}");
    }
    for (url, body) in
        [("https://example.com/\u{1}", "<U+0001>"), ("https://exa\nmple.com/", "<U+000A>")]
    {
        let (ada, fallbacks) = Case::with(&[("userProfileImage", &[url])]).created();
        assert_eq!(ada.profile.profile_image, None, "{url:?}");
        assert_eq!(fallbacks[0].reason.code(), "INVALID_URL");
        assert!(fallbacks[0].value.contains(body));
    }
}

#[test]
fn picture_of_more_than_2048_characters_falls_back_to_none() {
    let (ada, fallbacks) = Case::with(&[(
        "userProfileImage",
        &[&format!("https://example.com/{}", "x".repeat(2029))],
    )])
    .created();
    assert_eq!(ada.profile.profile_image, None);
    assert_eq!(fallbacks[0].reason.code(), "TOO_LONG");
}

#[test]
fn text_that_violates_its_rule_falls_back_to_none() {
    for (attribute, value, reason) in [
        ("locale", "English (US)", "INVALID_LANGUAGE"),
        ("preferredLanguage", "en;q=7", "INVALID_LANGUAGE"),
        ("timezone", "Mars/Olympus", "INVALID_TIME_ZONE"),
        ("profileUrl", "people/ada", "INVALID_URL"),
    ] {
        let ada = create(&[(attribute, &[value])], &[(attribute, value, reason, None)]);
        assert!(ada.profile.texts.is_empty(), "{attribute}");
    }
    let ada = create(&[("locale", &["en_US"]), ("timezone", &["Europe/London"])], &[]);
    assert_eq!(ada.profile.text(ProfileField::Locale), Some("en_US"));
    assert_eq!(ada.profile.text(ProfileField::Timezone), Some("Europe/London"));
}
