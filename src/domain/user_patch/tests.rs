//! The rules of writing a user, as tables.

use super::*;
use crate::domain::{
    Timestamp,
    field_error::FieldError,
    user::{
        Origin, User,
        UserStatus::{Active, Disabled, Staged},
    },
};

const EMAIL: &str = "ada.lovelace@example.com";

fn creation_time() -> Timestamp {
    Timestamp::default()
}

/// A new user with the defaults.
fn new_user() -> User {
    let (id, account) = (uuid::Uuid::nil().into(), uuid::Uuid::nil().into());
    User::new(id, account, EMAIL.parse().unwrap(), Origin::Admin, creation_time())
}

fn patch(fields: &[(ProfileField, &str)]) -> UserPatchParser {
    let mut parser = UserPatchParser::default();
    for (field, text) in fields {
        parser.set(*field, FieldPatch::Set(*text));
    }
    parser
}

fn create(parser: UserPatchParser) -> Result<User, Vec<FieldError>> {
    parser.finish()?.into_replacement(|_| false).apply(new_user())
}

fn places(errors: &[FieldError]) -> Vec<&str> {
    errors.iter().map(|error| &*error.field).collect()
}

fn team<'a>(name: &'a str, role: Option<&'a str>) -> TeamFields<'a> {
    TeamFields { id: None, name: Some(name), role }
}

#[test]
fn an_address_is_enough_for_a_new_user() {
    let user = create(patch(&[])).unwrap();
    assert_eq!((&*user.profile.first_name, &*user.profile.last_name), ("Ada", "Lovelace"));
    assert_eq!((user.role, user.status), (AccountRole::Stakeholder, Staged));
    let blank = [
        ProfileField::ExternalId,
        ProfileField::FirstName,
        ProfileField::Position,
        ProfileField::Department,
        ProfileField::UserProfileImage,
    ];
    assert_eq!(create(patch(&blank.map(|field| (field, "  ")))).unwrap(), user);
}

#[test]
fn a_last_name_may_be_empty_and_is_parsed_if_it_is_cleared() {
    let named = patch(&[(ProfileField::FirstName, " Augusta "), (ProfileField::LastName, "")]);
    let user = create(named).unwrap();
    assert_eq!((&*user.profile.first_name, &*user.profile.last_name), ("Augusta", ""));
    let mut cleared = UserPatchParser::default();
    cleared.set(ProfileField::LastName, FieldPatch::Clear);
    let user = cleared.finish().unwrap().apply(user).unwrap();
    assert_eq!((&*user.profile.first_name, &*user.profile.last_name), ("Augusta", "Lovelace"));
}

#[test]
fn every_error_is_reported_at_once_each_at_its_place() {
    let long = "x".repeat(256);
    let mut parser = patch(&[
        (ProfileField::Email, "nobody"),
        (ProfileField::ExternalId, &long),
        (ProfileField::FirstName, "a\0b"),
        (ProfileField::LastName, &long),
        (ProfileField::Position, "\u{7}"),
        (ProfileField::Department, &long),
        (ProfileField::Role, "OWNER"),
        (ProfileField::UserProfileImage, "javascript:alert(1)"),
        (ProfileField::Disabled, "perhaps"),
        (ProfileField::MobileRegionCode, "ZZ"),
        (ProfileField::MobileNumber, "1"),
    ]);
    let teams = [
        TeamFields::default(),
        team("Ops", Some("CHIEF")),
        TeamFields { id: Some("x"), ..TeamFields::default() },
        team("a\nb", None),
    ];
    parser.set_teams(teams.into_iter());
    let expected = [
        "email",
        "externalId",
        "firstName",
        "lastName",
        "position",
        "department",
        "role",
        "mobile/regionCode",
        "userProfileImage",
        "disabled",
        "teams/0",
        "teams/1/role",
        "teams/2/id",
        "teams/3/name",
    ];
    assert_eq!(places(&parser.finish().unwrap_err()), expected);
}

#[test]
fn address_role_and_active_cannot_be_cleared() {
    for field in [ProfileField::Email, ProfileField::Role, ProfileField::Disabled] {
        for value in [FieldPatch::Clear, FieldPatch::Set(" ")] {
            let mut parser = UserPatchParser::default();
            parser.set(field, value);
            assert_eq!(places(&parser.finish().unwrap_err()), [field.path()], "{value:?}");
        }
    }
}

#[test]
fn a_mobile_number_needs_its_region_and_a_region_its_number() {
    const REGION: ProfileField = ProfileField::MobileRegionCode;
    const NUMBER: ProfileField = ProfileField::MobileNumber;
    for (region, number, errors) in [
        ("DE", "0221 123123", &[][..]),
        ("de", "+49 221 123123", &[]),
        ("", "0221 123123", &["mobile/regionCode"]),
        ("DE", " ", &["mobile/number"]),
        ("", "", &["mobile/regionCode", "mobile/number"]),
        ("DE", "12", &["mobile/number"]),
        ("US", "0221 123123", &["mobile/number"]),
    ] {
        let created = create(patch(&[(REGION, region), (NUMBER, number)]));
        let actual = created.err().unwrap_or_default();
        assert_eq!(places(&actual), errors, "{region} {number}");
    }
    let ada = create(patch(&[(REGION, "DE"), (NUMBER, "0221 123123")])).unwrap();
    let apply =
        |field, text, user: &User| patch(&[(field, text)]).finish().unwrap().apply(user.clone());
    let moved = apply(NUMBER, "0221 999999", &ada).unwrap();
    assert_eq!(moved.profile.mobile.unwrap().e164, "+49221999999");
    assert_eq!(places(&apply(REGION, "US", &ada).unwrap_err()), ["mobile/number"]);
    let nobody = new_user();
    assert_eq!(places(&apply(REGION, "DE", &nobody).unwrap_err()), ["mobile/number"]);
    assert_eq!(places(&apply(NUMBER, "1", &nobody).unwrap_err()), ["mobile/regionCode"]);
}

#[test]
fn stored_values_are_not_validated_again() {
    let mut ada = new_user();
    ada.profile.texts.insert(ProfileField::Position, "\u{7}".into());
    ada.profile.mobile = Some(crate::domain::mobile::Mobile {
        region: "ZZ".into(),
        number: "1".into(),
        e164: "1".into(),
    });
    let after =
        patch(&[(ProfileField::Department, "Engines")]).finish().unwrap().apply(ada.clone());
    let after = after.unwrap();
    assert_eq!(after.profile.text(ProfileField::Department), Some("Engines"));
    assert_eq!(
        (after.profile.text(ProfileField::Position), after.profile.mobile.clone()),
        (ada.profile.text(ProfileField::Position), ada.profile.mobile.clone())
    );
}

/// Every account role with every team role: as at a login, but rejected.
#[test]
fn a_forbidden_pair_is_rejected_and_both_roles_are_named() {
    for account in AccountRole::ALL {
        for role in TeamRole::ALL {
            let stated = |parser: &mut UserPatchParser| {
                parser.set_teams([team("Ops", Some(role.as_str()))].into_iter());
            };
            let mut both = patch(&[(ProfileField::Role, account.as_str())]);
            stated(&mut both);
            let mut teams_alone = UserPatchParser::default();
            stated(&mut teams_alone);
            let stored = User { role: account, ..new_user() };
            for outcome in [create(both), teams_alone.finish().unwrap().apply(stored)] {
                match outcome {
                    Ok(_) => assert!(account.allows(role), "{account} {role}"),
                    Err(errors) => {
                        assert!(!account.allows(role), "{account} {role}");
                        let place = (&*errors[0].field, &*errors[0].value);
                        assert_eq!(place, ("teams/0/role", role.as_str()));
                        assert!(errors[0].reason.contains(account.as_str()), "{}", errors[0]);
                    }
                }
            }
        }
    }
}

#[test]
fn a_team_role_that_is_left_out_requests_responder() {
    for account in AccountRole::ALL {
        let mut parser = patch(&[(ProfileField::Role, account.as_str())]);
        parser.set_teams([team("Ops", None)].into_iter());
        let patch = parser.finish().unwrap();
        assert_eq!(patch.teams.unwrap()[0].requested_role(), TeamRole::Responder, "{account}");
    }
}

#[test]
fn a_team_is_named_once() {
    let rejected = |teams: Vec<TeamFields<'_>>| {
        let mut parser = UserPatchParser::default();
        parser.set_teams(teams.into_iter());
        parser.finish().unwrap_err()[0].field.to_string()
    };
    assert_eq!(rejected(vec![team("Ops", None), team(" OPS ", None)]), "teams/1");
    assert_eq!(rejected(vec![team("Ops", None); MAX_TEAMS + 1]), "teams");
}

#[test]
fn login_state_cannot_be_set() {
    for (status, logged_in, request, expected) in [
        (Staged, false, Staged, Some(Staged)),
        (Staged, false, Disabled, Some(Disabled)),
        (Staged, false, Active, None),
        (Disabled, false, Staged, Some(Staged)),
        (Disabled, false, Active, Some(Staged)),
        (Disabled, false, Disabled, Some(Disabled)),
        (Active, true, Active, Some(Active)),
        (Active, true, Disabled, Some(Disabled)),
        (Active, true, Staged, None),
        (Disabled, true, Active, Some(Active)),
        (Disabled, true, Disabled, Some(Disabled)),
        (Disabled, true, Staged, Some(Active)),
    ] {
        let user = User { status, first_login_at: logged_in.then(creation_time), ..new_user() };
        let patch = UserPatch { status: Some(StatusRequest::Is(request)), ..UserPatch::default() };
        let actual = patch.apply(user).ok().map(|user| user.status);
        assert_eq!(actual, expected, "{status:?} {logged_in} {request:?}");
    }
}

#[test]
fn a_replacement_clears_what_is_left_out_but_not_status_teams_or_scim_fields() {
    let mut user = create(patch(&[
        (ProfileField::Position, "Countess"),
        (ProfileField::Role, "USER"),
        (ProfileField::UserName, "ada"),
        (ProfileField::DisplayName, "Ada"),
    ]))
    .unwrap();
    user.status = Disabled;
    let after = UserPatch::default().into_replacement(|_| false).apply(user.clone()).unwrap();
    assert_eq!(
        (after.profile.text(ProfileField::Position), after.role),
        (None, AccountRole::Stakeholder)
    );
    assert_eq!(
        (after.status, after.user_name, after.display_name),
        (Disabled, user.user_name, user.display_name)
    );
}

fn values(list: &[(&str, &str)]) -> FieldPatch<Vec<FieldValue>> {
    FieldPatch::Set(list.iter().map(|(value, kind)| FieldValue::new(*value, kind, None)).collect())
}

fn patch_list(user: User, field: MultiValuedField, list: &[(&str, &str)]) -> User {
    let mut parser = UserPatchParser::default();
    parser.set_values(field, values(list));
    parser.finish().unwrap().apply(user).unwrap()
}

fn texts(user: &User, field: MultiValuedField) -> Vec<String> {
    user.values(field).iter().map(|value| value.value().to_owned()).collect()
}

#[test]
fn main_address_of_a_list_is_the_login_address() {
    let user = patch_list(
        new_user(),
        MultiValuedField::Emails,
        &[("home@example.com", "home"), ("work@example.com", "work")],
    );
    assert_eq!(user.email.as_str(), "work@example.com");
    assert_eq!(texts(&user, MultiValuedField::Emails), ["home@example.com", "work@example.com"]);
    let user = patch(&[(ProfileField::Email, "new@example.com")]).finish().unwrap();
    let user =
        user.apply(patch_list(new_user(), MultiValuedField::Emails, &[("a@example.com", "home")]));
    assert_eq!(texts(&user.unwrap(), MultiValuedField::Emails), ["new@example.com"]);
    let both = [("a@example.com", "work"), ("b@example.com", "home")];
    let user = patch(&[(ProfileField::Email, "b@example.com")]).finish().unwrap();
    let user = user.apply(patch_list(new_user(), MultiValuedField::Emails, &both)).unwrap();
    assert_eq!(texts(&user, MultiValuedField::Emails), both.map(|(value, _)| value));
    assert_eq!(user.values(MultiValuedField::Emails)[1].is_primary, Some(true));
}

#[test]
fn phone_number_of_the_type_mobile_is_the_mobile_number() {
    for (sent, region, e164) in [
        ("tel:+49221123123", "DE", "+49221123123"),
        ("+1 613 555 0142", "CA", "+16135550142"),
        ("+44 20 7946 0958", "GB", "+442079460958"),
    ] {
        let user = patch_list(new_user(), MultiValuedField::PhoneNumbers, &[(sent, "mobile")]);
        let mobile = user.profile.mobile.clone().unwrap();
        assert_eq!((mobile.region.as_str(), mobile.e164.as_str()), (region, e164), "{sent}");
        assert_eq!(texts(&user, MultiValuedField::PhoneNumbers), [format!("tel:{e164}")]);
        assert!(user.profile.values.is_empty(), "the default needs no list");
    }
    // National, with the region of the person's number.
    let german =
        patch_list(new_user(), MultiValuedField::PhoneNumbers, &[("tel:+49221123123", "mobile")]);
    let changed =
        patch_list(german.clone(), MultiValuedField::PhoneNumbers, &[("0221 123124", "mobile")]);
    assert_eq!(changed.profile.mobile.unwrap().e164, "+49221123124");
    // An invalid number stays as text.
    let unchanged =
        patch_list(german, MultiValuedField::PhoneNumbers, &[("extension 12", "mobile")]);
    assert_eq!(unchanged.profile.mobile, None);
    assert_eq!(texts(&unchanged, MultiValuedField::PhoneNumbers), ["extension 12"]);
}

#[test]
fn list_that_contradicts_another_field_is_rejected() {
    for (field, list, other, text, place) in [
        (MultiValuedField::Emails, ("a@example.com", "work"), ProfileField::Email, EMAIL, "emails"),
        (
            MultiValuedField::Photos,
            ("https://example.com/a", "photo"),
            ProfileField::UserProfileImage,
            "https://example.com/b",
            "photos",
        ),
    ] {
        let mut parser = patch(&[(other, text)]);
        parser.set_values(field, values(&[list]));
        assert_eq!(places(&parser.finish().unwrap_err()), [other.path(), place]);
    }
    let mut parser = patch(&[
        (ProfileField::MobileRegionCode, "DE"),
        (ProfileField::MobileNumber, "0221 123123"),
    ]);
    parser.set_values(MultiValuedField::PhoneNumbers, values(&[("tel:+49221123124", "mobile")]));
    assert_eq!(places(&parser.finish().unwrap_err()), ["mobile", "phoneNumbers"]);
    let mut parser = UserPatchParser::default();
    parser.set_values(MultiValuedField::Emails, values(&[]));
    assert_eq!(places(&parser.finish().unwrap_err()), ["emails"]);
}

#[test]
fn replacement_resets_lists_that_are_left_out() {
    let phones = [("+49 221 123123", "mobile"), ("+49 221 1", "work")];
    let user = patch_list(new_user(), MultiValuedField::PhoneNumbers, &phones);
    let user = patch_list(user, MultiValuedField::Roles, &[("Mathematician", "")]);
    let unchanged = patch(&[(ProfileField::Email, EMAIL)]).finish().unwrap();
    let unchanged =
        unchanged.into_replacement(|field| field == "mobile").apply(user.clone()).unwrap();
    assert_eq!(texts(&unchanged, MultiValuedField::PhoneNumbers), ["tel:+49221123123"]);
    assert!(unchanged.profile.values.is_empty());
    let gone = patch(&[(ProfileField::Email, EMAIL)]).finish().unwrap();
    let gone = gone.into_replacement(|_| false).apply(user).unwrap();
    assert_eq!(gone.profile.mobile, None);
}

#[test]
fn empty_list_beside_its_field_is_ignored() {
    let fields = [
        (ProfileField::Email, EMAIL),
        (ProfileField::UserProfileImage, "https://example.com/ada.png"),
        (ProfileField::MobileRegionCode, "DE"),
        (ProfileField::MobileNumber, "0221 123123"),
    ];
    let mut parser = patch(&fields);
    for field in MultiValuedField::ALL {
        parser.set_values(field, values(&[]));
    }
    let user = create(parser).unwrap();
    assert!(user.profile.values.is_empty());
    assert_eq!(texts(&user, MultiValuedField::PhoneNumbers), ["tel:+49221123123"]);
    assert_eq!(texts(&user, MultiValuedField::Photos), ["https://example.com/ada.png"]);
}
