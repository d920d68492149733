//! Named mappings for identity providers with common attribute names.

use std::{collections::BTreeMap, str::FromStr};

use crate::domain::{
    field_error::stated, mapping_target::MappingTarget, named_enum::named,
    profile_field::ProfileField,
};

named! {
    /// A mapping that a connection can adopt.
    MappingPreset {
        /// Okta: attribute statements with the names of Okta's user profile.
        Okta = "OKTA",
        /// Microsoft Entra ID: the claims that it sends by default.
        EntraId = "ENTRA_ID",
        /// Google Workspace: app attributes with the names of Google's directory.
        Google = "GOOGLE",
        /// AD FS: the claim types that it describes by default.
        AdFs = "AD_FS",
        /// X.500, inetOrgPerson and eduPerson: each attribute's `Name` is the URN of
        /// its OID (X.500/LDAP attribute profile, SAML Profiles 8.2).
        EduPerson = "EDUPERSON",
    }
}

/// The claims of Microsoft's identity providers.
const MICROSOFT: &[(ProfileField, &str)] = &[
    (ProfileField::FirstName, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"),
    (ProfileField::LastName, "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"),
    (ProfileField::DisplayName, "http://schemas.microsoft.com/identity/claims/displayname"),
    (ProfileField::Role, "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"),
];

/// The attributes of Okta's user profile whose names differ from those of the fields.
const OKTA: &[(ProfileField, &str)] = &[
    (ProfileField::Position, "title"),
    (ProfileField::MobileRegionCode, "countryCode"),
    (ProfileField::MobileNumber, "mobilePhone"),
];

/// The attributes of Google's directory whose names differ from those of the fields.
const GOOGLE: &[(ProfileField, &str)] =
    &[(ProfileField::Position, "title"), (ProfileField::EmployeeNumber, "employeeId")];

/// `eduPersonEntitlement`.
const ENTITLEMENT: &str = "urn:oid:1.3.6.1.4.1.5923.1.1.1.7";

impl MappingPreset {
    /// The attribute that fills each field. A field without one keeps its own name. No preset
    /// maps teams, because most groups should not become teams.
    #[must_use]
    pub fn mapping(self) -> BTreeMap<MappingTarget, String> {
        let names = match self {
            Self::Okta => OKTA,
            Self::EntraId | Self::AdFs => MICROSOFT,
            Self::Google => GOOGLE,
            Self::EduPerson => {
                let name = |field: ProfileField| field.definition().edu_person;
                let named = ProfileField::mappable();
                let fields =
                    named.filter_map(|field| Some((field.into(), name(field)?.to_owned())));
                let entitlements = MappingTarget::find("entitlements");
                let entitlements = entitlements.map(|target| (target, ENTITLEMENT.to_owned()));
                return fields.chain(entitlements).collect();
            }
        };
        names.iter().map(|(field, name)| ((*field).into(), (*name).to_owned())).collect()
    }

    /// The attribute that holds the e-mail address.
    #[must_use]
    pub fn email_attribute(self) -> &'static str {
        match self {
            Self::Okta => "email",
            Self::EntraId | Self::AdFs => {
                "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
            }
            Self::Google => "primaryEmail",
            Self::EduPerson => "urn:oid:0.9.2342.19200300.100.1.3",
        }
    }
}

/// The error of a text that is not the name of a preset.
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
