//! Attributes under the identity provider's own names.

use super::*;

const GIVEN_NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";
const ROLE: &str = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

fn mapped(mapping: &[(ProfileField, &str)], attributes: AttributeList<'_>) -> Case {
    let mut case = Case::with(attributes);
    let names = mapping.iter().map(|(field, name)| ((*field).into(), (*name).to_owned()));
    case.policy.mapping = names.collect();
    case
}

#[test]
fn a_mapped_attribute_is_read_instead_of_the_fields_own_name() {
    let mapping = [(ProfileField::FirstName, GIVEN_NAME), (ProfileField::Role, ROLE)];
    let attributes: [(&str, &[&str]); 3] =
        [(GIVEN_NAME, &["Augusta"]), ("firstName", &["Ada"]), ("role", &["ADMIN"])];
    let (ada, fallbacks) = mapped(&mapping, &attributes).created();
    assert_eq!(ada.profile.first_name, "Augusta");
    assert_eq!(source_of(&ada, ProfileField::FirstName), Some(&from_attribute(GIVEN_NAME)));
    assert_eq!(ada.role.source, ValueSource::Default, "a mapped field has lost its own name");
    assert_eq!(fallbacks, []);
}

/// A valid value of each field.
fn example(field: ProfileField) -> &'static str {
    match (field, field.definition().example) {
        (ProfileField::Role, _) => "USER",
        (ProfileField::MobileRegionCode, _) => "DE",
        (ProfileField::MobileNumber, _) => "0221 123 123",
        (ProfileField::TeamName, _) => "Ops",
        (ProfileField::TeamRole, _) => "ADMIN",
        (_, "") => "Charles",
        (_, example) => example,
    }
}

#[test]
fn each_field_can_be_mapped() {
    let values: Vec<_> = ProfileField::mappable().map(example).collect();
    let names = ProfileField::mappable().map(|field| format!("urn:example:{}", field.as_str()));
    let names: Vec<_> = names.collect();
    let own = ProfileField::mappable()
        .zip(&values)
        .map(|(field, value)| attribute(field.as_str(), &[*value]));
    let other = names.iter().zip(&values).map(|(name, value)| attribute(name, &[*value]));
    let plain = Case { attributes: own.collect(), ..Case::default() };
    let mut mapped = Case { attributes: other.collect(), ..Case::default() };
    mapped.policy.mapping = ProfileField::mappable().map(Into::into).zip(names).collect();
    let ((plain, _), (mapped, fallbacks)) = (plain.created(), mapped.created());
    assert_eq!(mapped.profile, plain.profile);
    assert_eq!((&mapped.display_name, &mapped.manager), (&plain.display_name, &plain.manager));
    assert_eq!(mapped.manager.as_deref(), Some("Charles"));
    assert_eq!(mapped.role.value, plain.role.value);
    assert_eq!(teams(&mapped), teams(&plain));
    assert_eq!(fallbacks, []);
}

#[test]
fn a_fallback_names_the_attribute_as_it_was_received() {
    let (_, fallbacks) = mapped(&[(ProfileField::Role, ROLE)], &[(ROLE, &["CEO"])]).created();
    assert_fallbacks(&fallbacks, &[(ROLE, "CEO", "UNKNOWN_ROLE", Some("STAKEHOLDER"))]);
}

#[test]
fn mapped_name_is_trimmed_and_ignored_if_blank() {
    let (ada, _) = mapped(
        &[(ProfileField::Position, " title "), (ProfileField::Role, "  ")],
        &[("title", &["Analyst"]), ("role", &["USER"])],
    )
    .created();
    assert_eq!(ada.profile.text(ProfileField::Position), Some("Analyst"));
    assert_eq!(ada.role.value, AccountRole::User);
}

#[test]
fn names_are_matched_exactly() {
    let ada =
        create(&[("Role", &["ADMIN"]), ("FIRSTNAME", &["Augusta"]), ("team_name", &["Ops"])], &[]);
    assert_eq!(ada.role.source, ValueSource::Default);
    assert_eq!(ada.profile.first_name, "Ada");
    assert_eq!(ada.teams, []);
}

#[test]
fn one_attribute_may_fill_several_fields() {
    let mapping = [(ProfileField::Position, "title"), (ProfileField::Department, "title")];
    let (ada, _) = mapped(&mapping, &[("title", &["Analyst"])]).created();
    assert_eq!(
        ada.profile.text(ProfileField::Position),
        ada.profile.text(ProfileField::Department)
    );
}
