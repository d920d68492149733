//! The attributes of a user that can be written as text. Each has one definition,
//! which every interface reads: see [`Definition`].

use std::collections::BTreeMap;

use super::name::read_by_name;

/// The texts of a user whose attributes have no rules of their own.
pub type ProfileTexts = BTreeMap<ProfileField, String>;

/// An attribute for every interface: how it is called, and which interfaces have it.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Its name in assertions, import columns, mappings and the contracts.
    pub name: &'static str,
    /// Its path in a JSON body, and in errors.
    pub path: &'static str,
    /// An example of its value.
    pub example: &'static str,
    /// Whether it is a line of text without rules of its own: one of
    /// [`ProfileTexts`].
    pub is_text: bool,
    /// Whether it is a column of an import.
    pub is_imported: bool,
    /// Whether an attribute of an assertion can fill it.
    pub is_provisioned: bool,
    /// The `Name` of the attribute of eduPerson, X.500 or inetOrgPerson.
    pub edu_person: Option<&'static str>,
    /// Whether the admin API writes it as a text.
    pub is_written: bool,
    /// What the contract says of a body without it.
    pub when_absent: &'static str,
    /// The attribute of SCIM, if it is a text as well.
    pub scim: Option<(ScimSchema, &'static str)>,
}

const CLEARED: &str = "null or an empty text clears it.";

/// The schemas of SCIM (RFC 7643, section 4) that have texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScimSchema {
    /// The core attributes of a user.
    Core,
    /// The enterprise extension.
    Enterprise,
}

impl Definition {
    /// An attribute with rules of its own.
    const fn new(name: &'static str) -> Self {
        Self {
            name,
            path: name,
            example: "",
            is_text: false,
            is_imported: false,
            is_provisioned: false,
            edu_person: None,
            is_written: false,
            when_absent: "",
            scim: None,
        }
    }

    /// A line of text, in every interface.
    const fn text(name: &'static str, scim: ScimSchema, scim_name: &'static str) -> Self {
        let scim = Some((scim, scim_name));
        Self { is_text: true, scim, ..Self::new(name).imported().provisioned().written(CLEARED) }
    }

    const fn with_path(self, path: &'static str) -> Self {
        Self { path, ..self }
    }

    /// Written by the admin API.
    const fn written(self, when_absent: &'static str) -> Self {
        Self { is_written: true, when_absent, ..self }
    }

    const fn example(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    const fn imported(self) -> Self {
        Self { is_imported: true, ..self }
    }

    const fn provisioned(self) -> Self {
        Self { is_provisioned: true, ..self }
    }

    const fn edu_person(self, name: &'static str) -> Self {
        Self { edu_person: Some(name), ..self }
    }
}

/// Makes the attributes of a user from their definitions. The documentation of an
/// attribute is its description in the contracts.
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
            pub const fn definition(self) -> &'static Definition {
                match self {
                    $(Self::$field => {
                        const DEFINITION: Definition = $definition;
                        &DEFINITION
                    })*
                }
            }

            /// What the contracts say of the attribute.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$field => $description.trim_ascii(),)*
                }
            }
        }
    };
}

profile_fields! {
    /// The address.
    Email = Definition::new("email").imported(),
    /// The account's own ID of the user; unique in the account.
    ExternalId = Definition::new("externalId").written(CLEARED).example("4711").imported(),
    /// The first name.
    FirstName = Definition::new("firstName")
        .written("Parsed from the address if it is null, blank, or left out of a new user.")
        .example("Ada")
        .imported()
        .provisioned()
        .edu_person("urn:oid:2.5.4.42"),
    /// The last name. May be empty.
    LastName = Definition::new("lastName")
        .written("Parsed from the address if it is null, or left out of a new user.")
        .example("Lovelace")
        .imported()
        .provisioned()
        .edu_person("urn:oid:2.5.4.4"),
    /// The job title.
    Position = Definition::text("position", ScimSchema::Core, "title")
        .example("Analyst")
        .edu_person("urn:oid:2.5.4.12"),
    /// The department.
    Department = Definition::text("department", ScimSchema::Enterprise, "department")
        .example("Engines")
        .edu_person("urn:oid:2.5.4.11"),
    /// The account role.
    Role = Definition::new("role").imported().provisioned(),
    /// Whether the user may not log in: `true` or `false`.
    Disabled = Definition::new("disabled").imported(),
    /// The region of the mobile number: an ISO 3166-1 alpha-2 code.
    MobileRegionCode = Definition::new("mobileRegionCode")
        .with_path("mobile/regionCode")
        .imported()
        .provisioned()
        .edu_person("urn:oid:2.5.4.6"),
    /// The mobile number, national or in E.164.
    MobileNumber = Definition::new("mobileNumber")
        .with_path("mobile/number")
        .imported()
        .provisioned()
        .edu_person("urn:oid:0.9.2342.19200300.100.1.41"),
    /// The absolute http or https URL of a picture. The server never fetches it.
    UserProfileImage = Definition::new("userProfileImage")
        .written(CLEARED)
        .example("https://example.com/ada.png")
        .imported()
        .provisioned(),
    /// The names of the teams.
    TeamName = Definition::new("teamName").with_path("teams").imported().provisioned(),
    /// The roles in the teams.
    TeamRole = Definition::new("teamRole").with_path("teams").imported().provisioned(),
    /// The identity provider's name for the user.
    UserName = Definition::new("userName"),
    /// The identity provider's display name of the user.
    DisplayName = Definition::new("displayName"),
    /// The identity provider's name for the manager.
    Manager = Definition::new("manager"),
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
    fn with(is: fn(&Definition) -> bool) -> impl Iterator<Item = Self> + Clone {
        Self::ALL.into_iter().filter(move |field| is(field.definition()))
    }

    /// The attributes that are lines of text without rules of their own.
    pub fn texts() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.is_text)
    }

    /// The attributes that the admin API writes as texts.
    pub fn written() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.is_written)
    }

    /// The columns of an import.
    pub fn imported() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.is_imported)
    }

    /// The attributes that an attribute of an assertion can fill.
    pub fn provisioned() -> impl Iterator<Item = Self> + Clone {
        Self::with(|definition| definition.is_provisioned)
    }
}

read_by_name!(ProfileField, "field");
