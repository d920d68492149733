//! The form of the test identity provider: which attributes it can send, what
//! the examples fill in, and what a filled-in form says.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    name_id::{EMAIL_ADDRESS, PERSISTENT, TRANSIENT, UNSPECIFIED},
    response_content::SignedParts,
};

/// How an attribute is typed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// One value.
    Text,
    /// One value, with these to pick from.
    Choice(&'static [&'static str]),
    /// Several values, one a line.
    Lines,
}

/// An attribute that the form can send.
#[derive(Debug, Clone, Copy)]
pub struct FormField {
    /// The attribute's name.
    pub name: &'static str,
    /// How it is typed in.
    pub kind: InputKind,
    /// What a person should know of it.
    pub hint: &'static str,
}

/// The attributes, in the order of the form.
pub const FIELDS: [FormField; 11] = [
    FormField {
        name: "email",
        kind: InputKind::Text,
        hint: "Needed only where the NameID is not an e-mail address.",
    },
    FormField {
        name: "firstName",
        kind: InputKind::Text,
        hint: "Else parsed from the e-mail address.",
    },
    FormField {
        name: "lastName",
        kind: InputKind::Text,
        hint: "Else parsed from the e-mail address.",
    },
    FormField { name: "position", kind: InputKind::Text, hint: "" },
    FormField { name: "department", kind: InputKind::Text, hint: "" },
    FormField {
        name: "role",
        kind: InputKind::Choice(&["STAKEHOLDER", "GUEST", "RESPONDER", "USER", "ADMIN"]),
        hint: "STAKEHOLDER, GUEST, RESPONDER, USER or ADMIN. Anything else is sent as well.",
    },
    FormField {
        name: "mobileRegionCode",
        kind: InputKind::Text,
        hint: "Two letters of a country, such as DE.",
    },
    FormField { name: "mobileNumber", kind: InputKind::Text, hint: "Without the country's code." },
    FormField { name: "userProfileImage", kind: InputKind::Text, hint: "An absolute URL." },
    FormField { name: "teamName", kind: InputKind::Lines, hint: "Several teams: one a line." },
    FormField {
        name: "teamRole",
        kind: InputKind::Lines,
        hint: "STAKEHOLDER, RESPONDER, USER or ADMIN: one for all teams, or one a line for each.",
    },
];

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

/// A form with what is filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledForm {
    /// The `NameID`.
    pub name_id: String,
    /// Its format.
    pub name_id_format: String,
    /// What is signed.
    pub sign: SignedParts,
    /// What stands in the field of each attribute.
    pub texts: BTreeMap<&'static str, String>,
    /// The attributes that are sent. One that is sent with nothing in it is
    /// present and empty, which is not the same as absent.
    pub sent: BTreeSet<&'static str>,
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
                    let known =
                        find_attribute(attribute).ok_or_else(|| UnknownField(name.clone()))?;
                    filled.texts.insert(known, value);
                }
                (_, Some(("send", attribute))) => {
                    let known =
                        find_attribute(attribute).ok_or_else(|| UnknownField(name.clone()))?;
                    filled.sent.insert(known);
                }
                _ => return Err(UnknownField(name)),
            }
        }
        Ok(filled)
    }

    /// What keeps the form from being answered, in words; `None`: nothing.
    #[must_use]
    pub fn find_problem(&self) -> Option<&'static str> {
        self.name_id.trim().is_empty().then_some("Fill in the NameID.")
    }

    /// The attributes to send, in the order of the form, each with its values.
    #[must_use]
    pub fn attributes(&self) -> Vec<(String, Vec<String>)> {
        let sent = FIELDS.iter().filter(|field| self.sent.contains(field.name));
        sent.map(|field| {
            let text = self.texts.get(field.name).map(String::as_str).unwrap_or_default();
            let values = match field.kind {
                InputKind::Text | InputKind::Choice(_) => vec![text.to_owned()],
                InputKind::Lines if text.is_empty() => vec![String::new()],
                InputKind::Lines => text.lines().map(str::to_owned).collect(),
            };
            (field.name.to_owned(), values)
        })
        .collect()
    }
}

fn find_attribute(attribute: &str) -> Option<&'static str> {
    FIELDS.iter().map(|field| field.name).find(|name| *name == attribute)
}

/// A form that is filled in to show one thing.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// Its name in the address.
    pub key: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What is to be seen.
    pub shows: &'static str,
    name_id: &'static str,
    attributes: &'static [(&'static str, &'static str)],
}

/// The examples. The form begins with the first one.
pub const EXAMPLES: [Example; 5] = [
    Example {
        key: "first",
        title: "First login with team",
        shows: "Somebody new. The user is made with all that is sent, and so is the team.",
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
        shows: "Everything differs but the person. Nothing changes, and no team is made.",
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
        shows: "Somebody new with values that can't be used. The login goes on with the \
                fallbacks, and each fallback is recorded.",
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
        shows: "Somebody new without the attribute role. Where the connection checks it, nobody \
                is made, and the error page says what to do.",
        name_id: "alan.turing@example.com",
        attributes: &[("firstName", "Alan"), ("lastName", "Turing"), ("teamName", "Hut 8")],
    },
    Example {
        key: "pair",
        title: "ADMIN with USER",
        shows: "Somebody new with a team role below the account role, which is not allowed. \
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
        FilledForm {
            name_id: self.name_id.into(),
            name_id_format: EMAIL_ADDRESS.into(),
            sign: SignedParts::default(),
            texts: self.attributes.iter().map(|(name, text)| (*name, (*text).into())).collect(),
            sent: self.attributes.iter().map(|(name, _)| *name).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
