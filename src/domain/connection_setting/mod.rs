//! The settings of a connection. Each has one definition, which every interface
//! reads: see [`SettingDefinition`].

mod custom_attributes;
mod entries;
mod json;
mod setting_field;
mod transforms;
mod value;

#[cfg(test)]
mod tests;

pub use entries::{MAX_ATTRIBUTE_NAME_CHARS, SettingEntries};
pub use transforms::{MAX_RECEIVED_CHARS, max_transforms};
pub use value::{SettingKind, SettingValue};

use std::collections::BTreeMap;

use serde_json::Value as Json;

use self::{setting_field::SettingField as _, value::SettingKind as Kind};
use super::{
    Timestamp,
    attribute_name::AttributeName,
    attributes::NameMatch,
    field_error::FieldError,
    field_patch::FieldPatch,
    mapping_target::MappingTarget,
    named_enum::read_by_name,
    role::{AccountRole, TeamRole},
    update_policy::{UpdatePolicies, UpdatePolicy},
    value_transform::ValueTransform,
};

/// The definition of a setting, for every interface: its names and its values.
#[derive(Debug, Clone, Copy)]
pub struct SettingDefinition {
    /// Its name in the contract, the database and the audit log.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: SettingKind,
    /// Its flag on the command line, without the hyphens.
    pub flag: &'static str,
    /// Its label on the command line.
    pub label: &'static str,
    /// What happens if it has no value: `nothing is checked`.
    pub without_value: Option<&'static str>,
    /// An example of its value, or of an element.
    pub example: Option<&'static str>,
}

impl SettingDefinition {
    const fn new(name: &'static str, kind: SettingKind) -> Self {
        Self { name, kind, flag: name, label: name, without_value: None, example: None }
    }

    const fn on_command_line(self, flag: &'static str, label: &'static str) -> Self {
        Self { flag, label, ..self }
    }

    const fn without_value(self, effect: &'static str) -> Self {
        Self { without_value: Some(effect), ..self }
    }

    const fn example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }
}

/// The maximum clock skew in seconds.
pub const MAX_SKEW_SECONDS: u16 = 300;

/// The default of a setting: that of its type, unless it has one of its own.
macro_rules! default_value {
    () => {
        Default::default()
    };
    ($default:expr) => {
        $default
    };
}

/// Makes the settings from their definitions, and the policies that hold their
/// values. The documentation of a setting is its description in every interface.
macro_rules! connection_settings {
    ($(
        $(#[$about:meta])*
        $Policy:ident $policy:ident {
            $(
                $(#[doc = $description:literal])*
                $Setting:ident $field:ident: $type:ty $(= $default:expr)? => $definition:expr,
            )*
        }
    )*) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, PartialEq, Eq)]
            pub struct $Policy {
                $($(#[doc = $description])* pub $field: $type,)*
            }

            impl Default for $Policy {
                fn default() -> Self {
                    Self { $($field: default_value!($($default)?),)* }
                }
            }
        )*

        const COUNT: usize = [$($(stringify!($Setting),)*)*].len();

        /// A setting of a connection.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ConnectionSetting {
            $($($(#[doc = $description])* $Setting,)*)*
        }

        impl ConnectionSetting {
            /// All settings, in the order of every interface.
            pub const ALL: [Self; COUNT] = [$($(Self::$Setting,)*)*];

            /// The definition.
            #[must_use]
            pub const fn definition(self) -> &'static SettingDefinition {
                match self {
                    $($(Self::$Setting => {
                        const DEFINITION: SettingDefinition = $definition;
                        &DEFINITION
                    })*)*
                }
            }

            /// The description of the setting in every interface.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {
                    $($(Self::$Setting => concat!($($description),*).trim_ascii(),)*)*
                }
            }

            /// Returns the value.
            #[must_use]
            pub fn read(self, $($policy: &$Policy),*) -> SettingValue {
                match self {
                    $($(Self::$Setting => $policy.$field.to_value(),)*)*
                }
            }

            /// Sets the value.
            fn set(self, $($policy: &mut $Policy,)* value: SettingValue) {
                match self {
                    $($(Self::$Setting => $policy.$field.set(value),)*)*
                }
            }
        }
    };
}

connection_settings! {
    /// Who is created at a login, and from which attributes.
    ProvisioningPolicy provisioning {
        /// The "Check provision attribute": a user is created only if the assertion has
        /// this attribute, with any value.
        CheckProvisionAttribute check_provision_attribute: Option<String> =>
            SettingDefinition::new("checkProvisionAttribute", Kind::Attribute)
                .on_command_line("guard", "check provision attribute")
                .without_value("nothing is checked")
                .example("role"),
        /// The SAML attribute that fills each user field.
        Mapping mapping: BTreeMap<MappingTarget, String> =>
            SettingDefinition::new("mapping", Kind::Mapping).on_command_line("map", "mapping"),
        /// How the received values of a field are transformed before the user gets them.
        Transforms transforms: Vec<ValueTransform> =>
            SettingDefinition::new("transforms", Kind::Transforms)
                .on_command_line("transform", "transforms"),
        /// When logins set each attribute of a user. A value that an administrator has
        /// locked never changes.
        UpdatePolicies update_policies: UpdatePolicies =>
            SettingDefinition::new("updatePolicies", Kind::Policies)
                .on_command_line("update-policy", "update policies"),
        /// The highest account role that a login can give.
        HighestRole highest_role: Option<AccountRole> =>
            SettingDefinition::new("highestRole", Kind::AccountRole)
                .on_command_line("highest-role", "highest role")
                .without_value("a login can give any role")
                .example("USER"),
        /// The highest team role that a login can give. A higher account role still raises
        /// the role in effect.
        HighestTeamRole highest_team_role: Option<TeamRole> =>
            SettingDefinition::new("highestTeamRole", Kind::TeamRole)
                .on_command_line("highest-team-role", "highest team role")
                .without_value("a login can give any team role")
                .example("USER"),
        /// The attribute with the e-mail address. It takes precedence over all other
        /// sources.
        EmailAttribute email_attribute: Option<String> =>
            SettingDefinition::new("emailAttribute", Kind::Attribute)
                .on_command_line("email-attribute", "e-mail attribute")
                .example("mail"),
        /// The attribute that identifies the user permanently, instead of the `NameID`.
        SubjectAttribute subject_attribute: Option<String> =>
            SettingDefinition::new("subjectAttribute", Kind::Attribute)
                .on_command_line("subject-attribute", "subject attribute")
                .example("employeeNumber"),
        /// Whether an attribute is also found by its `FriendlyName`, if no attribute has
        /// the `Name`.
        MatchFriendlyNames match_friendly_names: bool =>
            SettingDefinition::new("matchFriendlyNames", Kind::Switch)
                .on_command_line("match-friendly-names", "match friendly names"),
    }

    /// How a connection's responses are verified, and what is requested from its
    /// identity provider.
    SamlPolicy saml {
        /// The allowed clock skew in seconds.
        SkewSeconds skew_seconds: u16 = 180 =>
            SettingDefinition::new(
                "skewSeconds",
                Kind::Count { max: MAX_SKEW_SECONDS, unit: "SECONDS" },
            )
            .on_command_line("skew", "clock skew"),
        /// Whether the identity provider may start a login (IdP-initiated).
        IdpInitiated idp_initiated: bool => SettingDefinition::new("idpInitiated", Kind::Switch)
            .on_command_line("idp-initiated", "IdP-initiated login"),
        /// The values of `RelayState` that an IdP-initiated response may have: paths, or
        /// URLs of this server or of a listed origin.
        RelayStates relay_states: Vec<String> =>
            SettingDefinition::new("relayStates", Kind::RelayStates)
                .on_command_line("relay-state", "relay states")
                .example("/welcome"),
        /// Until when SHA-1 signatures are accepted.
        Sha1Until sha1_until: Option<Timestamp> =>
            SettingDefinition::new("sha1Until", Kind::Timestamp)
                .on_command_line("sha1-until", "SHA-1 until")
                .without_value("they are never accepted"),
        /// Whether AES-CBC may encrypt an assertion, in signed responses only.
        AllowCbc allow_cbc: bool =>
            SettingDefinition::new("allowCbc", Kind::Switch)
                .on_command_line("allow-cbc", "AES-CBC"),
        /// Whether RSA-PSS with SHA-256, SHA-384 or SHA-512 may sign.
        AllowRsaPss allow_rsa_pss: bool =>
            SettingDefinition::new("allowRsaPss", Kind::Switch)
                .on_command_line("allow-rsa-pss", "RSA-PSS"),
        /// The URI of the `NameID` format to request.
        NameIdFormat name_id_format: Option<String> =>
            SettingDefinition::new("nameIdFormat", Kind::Uri)
                .on_command_line("name-id-format", "NameID format")
                .without_value("none is requested")
                .example("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
        /// Whether the identity provider must ask for credentials at each login.
        ForceAuthn force_authn: bool => SettingDefinition::new("forceAuthn", Kind::Switch)
            .on_command_line("force-authn", "force authentication"),
        /// The URIs of the authentication context classes to request.
        AuthnContexts authn_contexts: Vec<String> =>
            SettingDefinition::new("authnContexts", Kind::Uris)
                .on_command_line("authn-context", "authentication contexts")
                .example("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"),
        /// The number of hours for which login messages are retained.
        KeepMessagesHours keep_messages_hours: u16 =>
            SettingDefinition::new("keepMessagesHours", Kind::Count { max: 168, unit: "HOURS" })
                .on_command_line("keep-messages", "messages are retained"),
    }
}

read_by_name!(ConnectionSetting, "setting");

impl ConnectionSetting {
    /// The name in the contract, the database and the audit log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.definition().name
    }

    /// The settings that null clears.
    pub fn clearable() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|setting| setting.definition().kind.is_clearable())
    }

    /// The value of a new connection.
    #[must_use]
    pub fn default_value(self) -> SettingValue {
        self.read(&ProvisioningPolicy::default(), &SamlPolicy::default())
    }

    /// Parses the value in a request.
    ///
    /// # Errors
    /// Every error, each at its place.
    pub fn parse(self, value: &Json) -> Result<FieldPatch<SettingValue>, Vec<FieldError>> {
        let SettingDefinition { name, kind, .. } = *self.definition();
        match value {
            Json::Null if kind.is_clearable() => Ok(FieldPatch::Clear),
            value => kind.parse(name, value).map(FieldPatch::Set),
        }
    }

    /// Reads a stored value. Returns `None` if it has another type.
    #[must_use]
    pub fn read_stored(self, value: &Json) -> Option<SettingValue> {
        self.definition().kind.read_stored(value)
    }

    /// Changes the value.
    pub fn apply(
        self,
        patch: FieldPatch<SettingValue>,
        provisioning: &mut ProvisioningPolicy,
        saml: &mut SamlPolicy,
    ) {
        match patch {
            FieldPatch::Keep => {}
            FieldPatch::Clear => self.set(provisioning, saml, self.default_value().complete()),
            FieldPatch::Set(value) => self.set(provisioning, saml, value),
        }
    }
}

impl ProvisioningPolicy {
    /// The attribute that identifies the person, if one does; a blank name is none.
    #[must_use]
    pub fn subject_attribute(&self) -> Option<&str> {
        non_blank(self.subject_attribute.as_deref())
    }

    /// The attribute that holds the e-mail address, if the connection names one.
    #[must_use]
    pub fn email_attribute(&self) -> Option<&str> {
        non_blank(self.email_attribute.as_deref())
    }

    /// The "Check provision attribute", if the connection names one.
    #[must_use]
    pub fn check_provision_attribute(&self) -> Option<&str> {
        non_blank(self.check_provision_attribute.as_deref())
    }

    /// When logins set an attribute.
    #[must_use]
    pub fn update_policy(&self, attribute: AttributeName) -> UpdatePolicy {
        self.update_policies.get(&attribute).copied().unwrap_or(UpdatePolicy::FirstLogin)
    }

    /// Whether a login can change an existing user.
    #[must_use]
    pub fn changes_existing_users(&self) -> bool {
        self.update_policies.values().any(|policy| policy.changes_existing_users())
    }

    /// The names by which attributes are looked up.
    #[must_use]
    pub fn name_match(&self) -> NameMatch {
        match self.match_friendly_names {
            true => NameMatch::NameOrFriendlyName,
            false => NameMatch::Name,
        }
    }
}

/// A name that the connection chose; a blank one is none.
fn non_blank(name: Option<&str>) -> Option<&str> {
    name.map(str::trim).filter(|name| !name.is_empty())
}
