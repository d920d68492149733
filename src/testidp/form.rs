//! The form of the test identity provider: the attributes that it can send, the examples, and
//! the parsing of the form.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    name_id::{EMAIL_ADDRESS, PERSISTENT, TRANSIENT, UNSPECIFIED},
    response_content::SignedParts,
};
use crate::domain::{
    mapping_target::MappingTarget, profile_field::ProfileField, role::AccountRole,
};

/// The kind of input of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// One value.
    Text,
    /// One value, with these to pick from.
    Choice(&'static [&'static str]),
    /// Several values, one a line.
    Lines,
}

/// The targets that a connection fills only if it maps an attribute to them. The form sends
/// an attribute of the same name.
const MAPPED: [&str; 11] = [
    "userName",
    "externalId",
    "emails.home",
    "phoneNumbers.work",
    "ims.xmpp",
    "addresses.work.streetAddress",
    "addresses.work.locality",
    "addresses.work.postalCode",
    "addresses.work.country",
    "entitlements",
    "roles",
];

/// The targets of the form that a connection must map.
pub fn mapped_fields() -> impl Iterator<Item = MappingTarget> {
    MAPPED.into_iter().filter_map(MappingTarget::find)
}

/// The attributes that the form can send, in its order: the address, and those that an
/// attribute of an assertion can fill.
pub fn fields() -> impl Iterator<Item = MappingTarget> {
    let fields = std::iter::once(ProfileField::Email).chain(ProfileField::mappable());
    fields.map(MappingTarget::from).chain(mapped_fields())
}

/// The kind of input of an attribute.
#[must_use]
pub fn input_kind(field: MappingTarget) -> InputKind {
    match field {
        MappingTarget::Field(ProfileField::Role) => InputKind::Choice(&AccountRole::NAMES),
        _ if field.has_several_values(&[]) => InputKind::Lines,
        _ => InputKind::Text,
    }
}

/// The hint for an attribute.
#[must_use]
pub const fn hint(field: MappingTarget) -> &'static str {
    let MappingTarget::Field(field) = field else { return "Several values: one a line." };
    match field {
        ProfileField::Email => "Needed only where the NameID is not an e-mail address.",
        ProfileField::FirstName | ProfileField::LastName => "Else parsed from the e-mail address.",
        ProfileField::Role => {
            "STAKEHOLDER, GUEST, RESPONDER, USER or ADMIN. Anything else is sent as well."
        }
        ProfileField::MobileRegionCode => "Two letters of a country, such as DE.",
        ProfileField::MobileNumber => "Without the country's code.",
        ProfileField::UserProfileImage | ProfileField::ProfileUrl => "An absolute URL.",
        ProfileField::PreferredLanguage | ProfileField::Locale => "A language tag, such as en-GB.",
        ProfileField::Timezone => "A name of the IANA database, such as Europe/London.",
        ProfileField::TeamName => "Several teams: one a line.",
        ProfileField::TeamRole => {
            "STAKEHOLDER, RESPONDER, USER or ADMIN: one for all teams, or one a line for each."
        }
        ProfileField::UserName => "A user without one has the e-mail address.",
        _ => "",
    }
}

/// The formats of a `NameID`, each with its name for people.
pub const NAME_ID_FORMATS: [(&str, &str); 4] = [
    (EMAIL_ADDRESS, "E-mail address"),
    (PERSISTENT, "Persistent"),
    (UNSPECIFIED, "Unspecified"),
    (TRANSIENT, "Transient"),
];

/// What can be signed, each with its name on the wire and for people.
pub const SIGNS: [(&str, &str, SignedParts); 3] = [
    ("assertion", "The assertion", SignedParts::Assertion),
    ("response", "The response", SignedParts::Response),
    ("both", "Both", SignedParts::Both),
];

/// A filled-in form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledForm {
    /// The `NameID`.
    pub name_id: String,
    /// Its format.
    pub name_id_format: String,
    /// The signed parts.
    pub sign: SignedParts,
    /// The text in the field of each attribute.
    pub texts: BTreeMap<MappingTarget, String>,
    /// The attributes that are sent. One that is sent with nothing in it is
    /// present and empty, which is not the same as absent.
    pub sent: BTreeSet<MappingTarget>,
}

/// A field or a choice that the form does not have: only a page that is not
/// ours sends it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The form holds a field or a choice that it does not have: {0}.")]
pub struct UnknownField(pub String);

impl FilledForm {
    /// Reads the form as it was sent: pairs of name and value.
    ///
    /// # Errors
    /// [`UnknownField`].
    pub fn parse(pairs: Vec<(String, String)>) -> Result<Self, UnknownField> {
        let mut filled = Self { name_id_format: EMAIL_ADDRESS.into(), ..Self::default() };
        for (name, value) in pairs {
            match (name.as_str(), name.split_once('.')) {
                ("nameId", _) => filled.name_id = value,
                ("nameIdFormat", _) => {
                    if !NAME_ID_FORMATS.iter().any(|(format, _)| *format == value) {
                        return Err(UnknownField(value));
                    }
                    filled.name_id_format = value;
                }
                ("sign", _) => {
                    let sign_choice = SIGNS.iter().find(|(name, ..)| *name == value);
                    filled.sign = sign_choice.ok_or(UnknownField(value))?.2;
                }
                (_, Some(("value", attribute))) => {
                    let target =
                        find_attribute(attribute).ok_or_else(|| UnknownField(name.clone()))?;
                    filled.texts.insert(target, value);
                }
                (_, Some(("send", attribute))) => {
                    let target =
                        find_attribute(attribute).ok_or_else(|| UnknownField(name.clone()))?;
                    filled.sent.insert(target);
                }
                _ => return Err(UnknownField(name)),
            }
        }
        Ok(filled)
    }

    /// The reason why the form can't be answered; `None` if it can.
    #[must_use]
    pub fn find_problem(&self) -> Option<&'static str> {
        self.name_id.trim().is_empty().then_some("Fill in the NameID.")
    }

    /// The attributes to send, in the order of the form, each with its values.
    #[must_use]
    pub fn attributes(&self) -> Vec<(String, Vec<String>)> {
        let sent = fields().filter(|field| self.sent.contains(field));
        sent.map(|field| {
            let text = self.texts.get(&field).map(String::as_str).unwrap_or_default();
            let values = match input_kind(field) {
                InputKind::Text | InputKind::Choice(_) => vec![text.to_owned()],
                InputKind::Lines if text.is_empty() => vec![String::new()],
                InputKind::Lines => text.lines().map(str::to_owned).collect(),
            };
            (field.to_string(), values)
        })
        .collect()
    }
}

fn find_attribute(attribute: &str) -> Option<MappingTarget> {
    fields().find(|field| field.built_in() == Some(attribute))
}

/// A form that is filled in to show one thing.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// Its name in the URL.
    pub key: &'static str,
    /// Its display name.
    pub title: &'static str,
    /// The explanation on the page.
    pub shows: &'static str,
    name_id: &'static str,
    attributes: &'static [(&'static str, &'static str)],
}

/// The examples. The form begins with the first one.
pub const EXAMPLES: [Example; 6] = [
    Example {
        key: "first",
        title: "First login with team",
        shows: "A new user. The login creates the user and the team.",
        name_id: "ada.lovelace@example.com",
        attributes: &[
            ("firstName", "Ada"),
            ("lastName", "Lovelace"),
            ("position", "Analyst"),
            ("department", "Engines"),
            ("role", "USER"),
            ("mobileRegionCode", "DE"),
            ("mobileNumber", "0151 23456789"),
            ("userProfileImage", "https://images.example.com/ada.png"),
            ("teamName", "Analytical Engine"),
            ("teamRole", "ADMIN"),
        ],
    },
    Example {
        key: "again",
        title: "The same person again, with other attributes",
        shows: "The same person with other attributes. Nothing changes, and no team is created.",
        name_id: "ada.lovelace@example.com",
        attributes: &[
            ("firstName", "Augusta"),
            ("lastName", "King"),
            ("position", "Countess"),
            ("department", "Nobility"),
            ("role", "ADMIN"),
            ("teamName", "House of Lords"),
            ("teamRole", "ADMIN"),
        ],
    },
    Example {
        key: "malformed",
        title: "Malformed values",
        shows: "A new user with values that can't be used. The login continues with fallbacks, \
                and each fallback is recorded.",
        name_id: "grace.hopper+test@example.com",
        attributes: &[
            ("role", "CAPTAIN"),
            ("mobileRegionCode", "ZZ"),
            ("mobileNumber", "0221 123 123"),
            ("userProfileImage", "images/grace.png"),
            ("teamName", "Compilers\ncompilers\nMark I"),
            ("teamRole", "OWNER"),
        ],
    },
    Example {
        key: "guard",
        title: "Missing guard attribute",
        shows: "A new user without the attribute role. If the connection checks it, no user is \
                created, and the error page says what to do.",
        name_id: "alan.turing@example.com",
        attributes: &[("firstName", "Alan"), ("lastName", "Turing"), ("teamName", "Hut 8")],
    },
    Example {
        key: "pair",
        title: "ADMIN with USER",
        shows: "A new user with a team role below the account role, which is not allowed. \
                The team role is raised.",
        name_id: "katherine.johnson@example.com",
        attributes: &[
            ("firstName", "Katherine"),
            ("lastName", "Johnson"),
            ("role", "ADMIN"),
            ("teamName", "Flight Research"),
            ("teamRole", "USER"),
        ],
    },
    Example {
        key: "lists",
        title: "Phone numbers and an address",
        shows: "A new user with several phone numbers, another e-mail address and a postal \
                address. The connection maps these attributes.",
        name_id: "mary.somerville@example.com",
        attributes: &[
            ("firstName", "Mary"),
            ("lastName", "Somerville"),
            ("role", "USER"),
            ("externalId", "4711"),
            ("emails.home", "mary@home.example"),
            ("phoneNumbers.work", "+44 20 7946 0001\n+44 20 7946 0002"),
            ("addresses.work.streetAddress", "12 Hanover Square"),
            ("addresses.work.locality", "London"),
            ("addresses.work.country", "GB"),
            ("entitlements", "Library card"),
        ],
    },
];

impl Example {
    /// The example of this name, or the first one.
    #[must_use]
    pub fn find(key: Option<&str>) -> &'static Self {
        let [first, ..] = &EXAMPLES;
        EXAMPLES.iter().find(|example| Some(example.key) == key).unwrap_or(first)
    }

    /// The form, filled in.
    #[must_use]
    pub fn to_filled_form(&self) -> FilledForm {
        let attributes = || {
            let attributes = self.attributes.iter();
            attributes.filter_map(|(name, text)| Some((find_attribute(name)?, *text)))
        };
        FilledForm {
            name_id: self.name_id.into(),
            name_id_format: EMAIL_ADDRESS.into(),
            sign: SignedParts::default(),
            texts: attributes().map(|(field, text)| (field, text.into())).collect(),
            sent: attributes().map(|(field, _)| field).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
