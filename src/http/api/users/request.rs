//! The request bodies of users.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{Object, Schema},
    },
};

use super::super::{
    attribute_name::UserAttributeName,
    body::{self, BodyErrors, BodyField, ParsedText},
    custom_attributes::CustomAttributeValues,
    enums::{self, AccountRole, TeamRole, UserStatus},
    fields::{LineValue, TextValue},
    profile_texts::{BodyWithTexts, BoundedText, with_names},
};
use crate::domain::{
    email::{Email, EmailError},
    field_patch::FieldPatch,
    id::TeamId,
    mobile::MAX_NUMBER_CHARS,
    multi_valued::MultiValuedField,
    profile_field::ProfileField,
};

/// An address without white space around it.
#[derive(Debug)]
pub(in crate::http::api) struct EmailText(pub(super) String);

impl std::str::FromStr for EmailText {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let _: Email = text.parse()?;
        if text.trim() == text { Ok(Self(text.to_owned())) } else { Err(EmailError::Malformed) }
    }
}

/// A new user, or the replacement of a user.
#[derive(Debug)]
pub(in crate::http::api) struct UserDraft(pub(super) UserBody);

/// The changes of a user.
#[derive(Debug)]
pub(in crate::http::api) struct UserChanges(pub(super) UserBody);

/// The user fields of a request body.
pub(super) type UserBody = BodyWithTexts<BoundedText, UserFields>;

/// The changes of a user. A field that is left out keeps its value.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
pub(super) struct UserFields {
    /// Unique in the account, regardless of case.
    #[schema(value_type = String, required = false, format = "email", max_length = 254, example = "ada.lovelace@example.com")]
    #[deserr(default)]
    pub(super) email: BodyField<ParsedText<EmailText>>,
    /// The account role; STAKEHOLDER if left out of a new user. It can't be null. It
    /// raises lower team roles for as long as the user has it.
    #[schema(value_type = AccountRole, required = false)]
    #[deserr(default)]
    pub(super) role: BodyField<AccountRole>,
    /// The mobile phone number. null clears it.
    #[schema(value_type = Option<MobileChanges>)]
    #[deserr(default)]
    pub(super) mobile: FieldPatch<MobileChanges>,
    /// Whether the user may not log in. Disabling ends all sessions of the user. If
    /// left out, a new user may log in. It can't be null.
    #[schema(value_type = bool, required = false, example = false)]
    #[deserr(default)]
    pub(super) disabled: BodyField<bool>,
    /// Deprecated: use `disabled`. Whether a user has logged in can't be chosen:
    /// STAGED and ACTIVE enable a user who is DISABLED. A status that is sent back
    /// unchanged changes nothing.
    #[schema(value_type = UserStatus, required = false, deprecated)]
    #[deserr(default)]
    pub(super) status: BodyField<UserStatus>,
    /// The attributes that logins and SCIM clients may not change. An empty list unlocks
    /// all. If left out, the locks of the user stay. It can't be null.
    #[schema(value_type = Vec<UserAttributeName>, required = false, example = json!(["role", "teams"]))]
    #[deserr(default)]
    pub(super) locked_attributes: BodyField<Vec<UserAttributeName>>,
    /// The custom attributes to set, by name: see `/attribute-definitions`. null clears an
    /// attribute. PATCH and imports keep the attributes that are left out; PUT clears them.
    /// `attributes` itself can't be null.
    #[schema(value_type = serde_json::Map<String, serde_json::Value>, required = false, example = json!({}))]
    #[deserr(default)]
    pub(super) attributes: BodyField<CustomAttributeValues>,
    /// All teams of the user, each once. An empty list removes the user from all
    /// teams. If left out, the teams of the user stay. It can't be null.
    #[schema(value_type = Vec<UserTeamDraft>, required = false, max_items = 1000)]
    #[deserr(default)]
    pub(super) teams: BodyField<Vec<UserTeamDraft>>,
    /// Whether to create teams that are named and do not exist. Needs the scope
    /// `teams:write` as well.
    #[schema(value_type = bool, required = false)]
    #[deserr(default)]
    pub(super) create_missing_teams: BodyField<bool>,
    /// The names of fields to clear, for clients that can't send null. A field can't be both
    /// set and cleared in one request.
    #[schema(value_type = Vec<ClearableUserField>, required = false, example = json!([]))]
    #[deserr(default)]
    pub(super) clear: BodyField<Vec<ClearableUserField>>,
}

impl Deserr<BodyErrors> for UserChanges {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        UserBody::deserialize_from_value(value, location).map(Self)
    }
}

impl Deserr<BodyErrors> for UserDraft {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        UserBody::deserialize_from_value(value, location).map(Self)
    }
}

impl PartialSchema for UserChanges {
    fn schema() -> RefOr<Schema> {
        UserFields::schema()
    }
}

impl ToSchema for UserChanges {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        UserFields::schemas(schemas);
    }
}

impl PartialSchema for UserDraft {
    fn schema() -> RefOr<Schema> {
        draft_of(
            UserFields::schema(),
            "A new user, or the replacement of a user. Only the e-mail address is required.",
            |draft| {
                draft.properties.shift_remove("clear");
                draft.required.push("email".into());
                if let Some(RefOr::T(Schema::OneOf(one_of))) = draft.properties.get_mut("mobile") {
                    for choice in &mut one_of.items {
                        if let RefOr::Ref(mobile) = choice {
                            mobile.ref_location = "#/components/schemas/MobileDraft".into();
                        }
                    }
                }
            },
        )
    }
}

impl ToSchema for UserDraft {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        UserFields::schemas(schemas);
        let about = "A mobile number.";
        let mobile = draft_of(MobileChanges::schema(), about, |mobile| {
            mobile.required = mobile.properties.keys().cloned().collect();
        });
        schemas.push(("MobileDraft".into(), mobile));
    }
}

/// The schema of a draft, from that of the changes.
fn draft_of(
    changes: RefOr<Schema>,
    description: &str,
    change: impl FnOnce(&mut Object),
) -> RefOr<Schema> {
    match changes {
        RefOr::T(Schema::Object(mut draft)) => {
            draft.description = Some(description.into());
            change(&mut draft);
            draft.into()
        }
        other => other,
    }
}

/// A field of a user that can be cleared: a text, the mobile number, or a list that may be
/// empty.
#[derive(Debug, Clone, Copy)]
pub(in crate::http::api) enum ClearableUserField {
    Text(ProfileField),
    Mobile,
    List(MultiValuedField),
}

impl ClearableUserField {
    fn iter() -> impl Iterator<Item = Self> {
        let fields = ProfileField::writable().flat_map(|field| {
            let mobile = (field == ProfileField::UserProfileImage).then_some(Self::Mobile);
            mobile.into_iter().chain([Self::Text(field)])
        });
        let lists = MultiValuedField::ALL.into_iter().filter(|list| list.may_be_empty());
        fields.chain(lists.map(Self::List))
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Text(field) => field.as_str(),
            Self::Mobile => "mobile",
            Self::List(list) => list.as_str(),
        }
    }
}

impl Deserr<BodyErrors> for ClearableUserField {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, BodyErrors> {
        let names = Self::iter().map(|field| (field.as_str(), field));
        body::read_name(value, location, names)
    }
}

impl PartialSchema for ClearableUserField {
    fn schema() -> RefOr<Schema> {
        let names = Self::iter().map(Self::as_str);
        enums::schema("A field of a user that can be cleared.", names)
    }
}

impl ToSchema for ClearableUserField {}

/// A team of the user, identified by ID, by name, or by both if they match.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
pub(in crate::http::api) struct UserTeamDraft {
    /// The team's ID. null counts as left out: then the name is required.
    #[schema(value_type = Option<Uuid>)]
    #[deserr(default)]
    pub(super) id: Option<ParsedText<TeamId>>,
    /// The team's name, regardless of case. null counts as left out: then the ID is required.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255, pattern = "^[^\\x00-\\x1F\\x7F]*[^\\x00-\\x20\\x7F][^\\x00-\\x1F\\x7F]*$", example = "Analytical Engine")]
    #[deserr(default)]
    pub(super) name: Option<ParsedText<LineValue>>,
    /// The requested role in the team. It must not be lower than the account role. If it
    /// is left out, it is RESPONDER, or the account role if that is higher. It can't be
    /// null.
    #[schema(value_type = TeamRole, required = false)]
    #[deserr(default)]
    pub(super) role: BodyField<TeamRole>,
}

/// The changes of a mobile number. A field that is left out keeps its value. A user without a
/// number needs both.
#[derive(Debug, Deserr, ToSchema)]
#[schema(rename_all = "camelCase")]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_mobile_field)]
pub(in crate::http::api) struct MobileChanges {
    /// ISO 3166-1 alpha-2, regardless of case.
    #[schema(value_type = String, required = false, format = "region-code", pattern = "^[A-Za-z]{2}$", example = "DE")]
    #[deserr(default)]
    pub(super) region_code: BodyField<ParsedText<LineValue>>,
    /// A number of the region: national, or in E.164.
    #[schema(value_type = String, required = false, format = "phone-number", min_length = 1, max_length = 40, example = "0221 123123")]
    #[deserr(default)]
    pub(super) number: BodyField<ParsedText<PhoneNumberText>>,
}

/// A phone number that is not validated yet.
#[derive(Debug)]
pub(in crate::http::api) struct PhoneNumberText(pub(super) String);

impl std::str::FromStr for PhoneNumberText {
    type Err = super::super::fields::FieldFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let TextValue::<MAX_NUMBER_CHARS>(text) = text.parse()?;
        text.map(Self).ok_or(Self::Err::Empty)
    }
}

fn unknown_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    const READ_ONLY: [&str; 14] = [
        "etag",
        "id",
        "userName",
        "displayName",
        "manager",
        "identities",
        "origin",
        "createdAt",
        "updatedAt",
        "firstLoginAt",
        "lastLoginAt",
        "version",
        "raisedTeamRoles",
        "teamsUrl",
    ];
    body::unknown_field_error(&READ_ONLY, key, &with_names(accepted), location)
}

fn unknown_mobile_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    body::unknown_field_error(&["e164"], key, accepted, location)
}
