//! Mappings that have a name, for identity providers that agree on their
//! attributes' names.

use std::{collections::BTreeMap, str::FromStr};

use crate::domain::{field_error::stated, named_enum::named, profile_field::ProfileField};

named! {
    /// A mapping that a connection can take over as a whole.
    MappingPreset {
        /// X.500, inetOrgPerson and eduPerson: each attribute's `Name` is the URN of
        /// its OID (X.500/LDAP attribute profile, SAML Profiles 8.2).
        EduPerson = "EDUPERSON",
    }
}

impl MappingPreset {
    /// The attribute that fills each field. A field without one keeps its own
    /// name: no attribute of eduPerson holds one of our roles, and its groups
    /// are too many to become teams unasked.
    #[must_use]
    pub fn mapping(self) -> BTreeMap<ProfileField, String> {
        let name = |field: ProfileField| match self {
            Self::EduPerson => field.definition().edu_person,
        };
        let named = ProfileField::mappable();
        named.filter_map(|field| Some((field, name(field)?.to_owned()))).collect()
    }

    /// The attribute that holds the e-mail address.
    #[must_use]
    pub fn email_attribute(self) -> &'static str {
        match self {
            Self::EduPerson => "urn:oid:0.9.2342.19200300.100.1.3",
        }
    }
}

/// A text that is no preset's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {}", MappingPreset::ALL.map(MappingPreset::as_str).join(", "))]
pub struct UnknownPreset;

stated!(UnknownPreset);

/// Reads a preset's name, in any case.
impl FromStr for MappingPreset {
    type Err = UnknownPreset;

    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        let mut all = Self::ALL.into_iter();
        all.find(|preset| preset.as_str().eq_ignore_ascii_case(text.trim())).ok_or(UnknownPreset)
    }
}
