//! The attributes of a user that can be written as text. Each has one definition,
//! which every interface reads: see [`FieldDefinition`].

mod definition;

use std::collections::BTreeMap;

use self::definition::CLEARED;
pub use self::definition::{FieldDefinition, ScimPath, ScimSchema};
use super::{
    filter::ValueType::{Exact, Identifier, Name, Text},
    list_rules::ListRules,
    named_enum::read_by_name,
    profile_text::TextKind,
    role::AccountRole,
    text::fold,
};

/// The texts of a user whose attributes have no rules of their own.
pub type ProfileTexts = BTreeMap<ProfileField, String>;

/// Defines the attributes of a user. The documentation of an attribute is its description
/// in the contracts.
macro_rules! profile_fields {
    ($(#[doc = $description:literal] $field:ident = $definition:expr,)*) => {
        /// An attribute of a user that can be written as text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProfileField {
            $(#[doc = $description] $field,)*
        }

        const COUNT: usize = [$($description),*].len();

        impl ProfileField {
            /// All attributes, in the order of columns and errors.
            pub const ALL: [Self; COUNT] = [$(Self::$field),*];

            /// The definition.
            #[must_use]
            pub const fn definition(self) -> &'static FieldDefinition {
                match self {
                    $(Self::$field => {
                        const DEFINITION: FieldDefinition = $definition;
                        &DEFINITION
                    })*
                }
            }

            /// The description of the attribute in the contracts.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$field => $description.trim_ascii(),)*
                }
            }
        }
    };
}

/// Text that is compared without case, and by which lists are sorted.
const SORTED: ListRules = ListRules::new(Text).indexed().sortable();

profile_fields! {
    /// The address.
    Email = FieldDefinition::new("email")
        .importable()
        .scim_sub_attribute(ScimSchema::Core, "emails", "value")
        .listed(ListRules::new(Identifier).unique().indexed().sortable()),
    /// The identity provider's name for the user.
    UserName = FieldDefinition::new("userName")
        .scim(ScimSchema::Core, "userName")
        .listed(ListRules::new(Identifier).unique().indexed().sortable()),
    /// The account's own ID of the user; unique in the account.
    ExternalId = FieldDefinition::new("externalId")
        .writable(CLEARED)
        .example("4711")
        .importable()
        .listed(ListRules::new(Exact).unique().indexed()),
    /// The first name.
    FirstName = FieldDefinition::new("firstName")
        .writable("Parsed from the e-mail address if it is null, blank, or left out of a new user.")
        .example("Ada")
        .importable()
        .mappable()
        .edu_person("urn:oid:2.5.4.42")
        .scim_sub_attribute(ScimSchema::Core, "name", "givenName")
        .listed(SORTED),
    /// The last name. May be empty.
    LastName = FieldDefinition::new("lastName")
        .writable("Parsed from the e-mail address if it is null, or left out of a new user.")
        .example("Lovelace")
        .importable()
        .mappable()
        .edu_person("urn:oid:2.5.4.4")
        .scim_sub_attribute(ScimSchema::Core, "name", "familyName")
        .listed(SORTED),
    /// The identity provider's display name of the user.
    DisplayName = FieldDefinition::new("displayName")
        .mappable()
        .scim(ScimSchema::Core, "displayName")
        .listed(SORTED),
    /// The full name with titles; by default, the first and last name.
    FormattedName = FieldDefinition::name_sub_attribute("formatted", "formattedName")
        .example("The Right Honourable Ada King, Countess of Lovelace")
        .listed(ListRules::new(Text)),
    /// The middle names.
    MiddleName = FieldDefinition::name_sub_attribute("middleName", "middleName").example("Augusta"),
    /// The honorific prefix, such as Dr.
    HonorificPrefix = FieldDefinition::name_sub_attribute("honorificPrefix", "honorificPrefix")
        .example("Dr."),
    /// The honorific suffix, such as III.
    HonorificSuffix = FieldDefinition::name_sub_attribute("honorificSuffix", "honorificSuffix")
        .example("III")
        .edu_person("urn:oid:2.5.4.44"),
    /// The name by which colleagues call the person.
    NickName = FieldDefinition::text("nickName", ScimSchema::Core, "nickName")
        .example("Addie")
        .edu_person("urn:oid:1.3.6.1.4.1.5923.1.1.1.2"),
    /// The absolute http or https URL of a page about the person.
    ProfileUrl = FieldDefinition::text("profileUrl", ScimSchema::Core, "profileUrl")
        .of_kind(TextKind::WebAddress)
        .example("https://example.com/people/ada")
        .listed(ListRules::new(Exact).value_indexed()),
    /// The job title.
    Position = FieldDefinition::text("position", ScimSchema::Core, "title")
        .example("Analyst")
        .edu_person("urn:oid:2.5.4.12")
        .listed(ListRules::new(Text)),
    /// The department.
    Department = FieldDefinition::text("department", ScimSchema::Enterprise, "department")
        .example("Engines")
        .edu_person("urn:oid:2.5.4.11")
        .listed(ListRules::new(Text).indexed()),
    /// The relation to the organization, such as Employee or Contractor.
    UserType = FieldDefinition::text("userType", ScimSchema::Core, "userType")
        .example("Employee")
        .edu_person("urn:oid:2.16.840.1.113730.3.1.4"),
    /// The preferred languages: a tag of BCP 47, or a list as in `Accept-Language`.
    PreferredLanguage =
        FieldDefinition::text("preferredLanguage", ScimSchema::Core, "preferredLanguage")
            .of_kind(TextKind::Languages)
            .example("en-GB")
            .edu_person("urn:oid:2.16.840.1.113730.3.1.39"),
    /// The locale for dates, numbers and currency: a tag of BCP 47.
    Locale = FieldDefinition::text("locale", ScimSchema::Core, "locale")
        .of_kind(TextKind::Language)
        .example("en-GB"),
    /// The time zone, by its name in the IANA database.
    Timezone = FieldDefinition::text("timezone", ScimSchema::Core, "timezone")
        .of_kind(TextKind::TimeZone)
        .example("Europe/London"),
    /// The number of the employee.
    EmployeeNumber =
        FieldDefinition::text("employeeNumber", ScimSchema::Enterprise, "employeeNumber")
            .example("701984")
            .edu_person("urn:oid:2.16.840.1.113730.3.1.3"),
    /// The cost center.
    CostCenter = FieldDefinition::text("costCenter", ScimSchema::Enterprise, "costCenter")
        .example("4130"),
    /// The organization.
    Organization = FieldDefinition::text("organization", ScimSchema::Enterprise, "organization")
        .example("Analytical Society")
        .edu_person("urn:oid:2.5.4.10"),
    /// The division.
    Division = FieldDefinition::text("division", ScimSchema::Enterprise, "division")
        .example("Engines"),
    /// The account role.
    Role = FieldDefinition::new("role")
        .importable()
        .mappable()
        .scim(ScimSchema::Usher, "role")
        .listed(ListRules::new(Name(&AccountRole::NAMES)).indexed()),
    /// Whether the user may not log in: `true` or `false`.
    Disabled = FieldDefinition::new("disabled").importable(),
    /// The region of the mobile number: an ISO 3166-1 alpha-2 code.
    MobileRegionCode = FieldDefinition::new("mobileRegionCode")
        .path("mobile/regionCode")
        .importable()
        .mappable()
        .edu_person("urn:oid:2.5.4.6")
        .scim_sub_attribute(ScimSchema::Usher, "mobile", "regionCode"),
    /// The mobile number, national or in E.164.
    MobileNumber = FieldDefinition::new("mobileNumber")
        .path("mobile/number")
        .importable()
        .mappable()
        .edu_person("urn:oid:0.9.2342.19200300.100.1.41")
        .scim_sub_attribute(ScimSchema::Usher, "mobile", "number"),
    /// The absolute http or https URL of a picture. The server never fetches it.
    UserProfileImage = FieldDefinition::new("userProfileImage")
        .of_kind(TextKind::WebAddress)
        .writable(CLEARED)
        .example("https://example.com/ada.png")
        .importable()
        .mappable()
        .scim_sub_attribute(ScimSchema::Core, "photos", "value"),
    /// The names of the teams.
    TeamName = FieldDefinition::new("teamName").path("teams").importable().mappable(),
    /// The roles in the teams.
    TeamRole = FieldDefinition::new("teamRole").path("teams").importable().mappable(),
    /// The identity provider's name for the manager.
    Manager = FieldDefinition::new("manager")
        .mappable()
        .scim_sub_attribute(ScimSchema::Enterprise, "manager", "value")
        .listed(ListRules::new(Exact)),
}

impl ProfileField {
    /// The name in assertions, import columns, mappings and the contracts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.definition().name
    }

    /// The path in a JSON body, and in errors.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.definition().path
    }

    /// The name for people, such as `cost center` for `costCenter`.
    #[must_use]
    pub fn label(self) -> String {
        let mut label = String::new();
        for char in self.as_str().chars() {
            if char.is_ascii_uppercase() {
                label.push(' ');
            }
            label.push(char.to_ascii_lowercase());
        }
        label
    }

    /// The attributes with this property, in order.
    fn with(is: fn(&FieldDefinition) -> bool) -> impl Iterator<Item = Self> + Clone {
        Self::ALL.into_iter().filter(move |field| is(field.definition()))
    }

    /// The attributes whose texts depend on no other attribute.
    pub fn text_fields() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.is_text)
    }

    /// The attributes that the admin API writes as texts.
    pub fn writable() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.is_writable)
    }

    /// How lists of users are filtered and sorted by it.
    #[must_use]
    pub(super) fn list_rules(self) -> ListRules {
        // No list has an attribute without rules.
        self.definition().list.unwrap_or(ListRules::new(Exact))
    }

    /// The key by which filters compare a text.
    #[must_use]
    pub fn key(self, text: &str) -> String {
        if self.list_rules().value_type == Exact { text.to_owned() } else { fold(text) }
    }

    /// The attributes by which lists of users can be filtered.
    pub fn listable() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.list.is_some())
    }

    /// The attributes of SCIM, each with its place.
    pub fn in_scim() -> impl Iterator<Item = (Self, ScimPath)> + Clone {
        Self::ALL.into_iter().filter_map(|field| Some((field, field.definition().scim?)))
    }

    /// The columns of an import.
    pub fn importable() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.is_importable)
    }

    /// The attributes that an attribute of an assertion can fill.
    pub fn mappable() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.is_mappable)
    }
}

read_by_name!(ProfileField, "field");
