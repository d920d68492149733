//! The attributes of users (RFC 7643, sections 4.1 and 4.3), and those of Usher's
//! extension.

use super::{Attribute, AttributeType, Schema};
use crate::domain::{
    multi_valued::{MultiValuedField, SubAttribute, ValueKind},
    profile_field::{ProfileField, ScimSchema},
    profile_text::TextKind,
    role::{AccountRole, TeamRole},
};

/// The core attributes of a user.
pub static USER: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    description: "A user of the account",
    not_stored: &["password"],
    attributes: &CORE,
};

const OWN_CORE: &[Attribute] = &[
    Attribute::text("userName", "The user name at the identity provider").required().unique(),
    Attribute::complex("name", "The user's name", &NAME),
    Attribute::text("displayName", "The display name; by default, the first and last name"),
    Attribute::text("active", "Whether the user may log in")
        .of_kind(AttributeType::Boolean)
        .permanent(),
    list_attribute(MultiValuedField::Emails, &EMAIL_SUB_ATTRIBUTES).required(),
    list_attribute(MultiValuedField::PhoneNumbers, &PHONE_SUB_ATTRIBUTES),
    list_attribute(MultiValuedField::Ims, &IM_SUB_ATTRIBUTES),
    list_attribute(MultiValuedField::Photos, &PHOTO_SUB_ATTRIBUTES),
    list_attribute(MultiValuedField::Addresses, &ADDRESS_SUB_ATTRIBUTES),
    Attribute::complex(
        "groups",
        "The teams of the user; change them at the group",
        &[
            Attribute::text("value", "The group's ID").read_only().exact(),
            Attribute::text("$ref", "The URL of the group").refers_to(&["Group"]).read_only(),
            Attribute::text("display", "The group's name").read_only(),
            Attribute::text("type", "Always direct").read_only().with_canonical(&["direct"]),
        ],
    )
    .multi_valued()
    .read_only(),
    list_attribute(MultiValuedField::Entitlements, &ENTITLEMENT_SUB_ATTRIBUTES),
    list_attribute(MultiValuedField::Roles, &ROLE_SUB_ATTRIBUTES),
    list_attribute(MultiValuedField::X509Certificates, &CERTIFICATE_SUB_ATTRIBUTES),
];

const EMAIL_SUB_ATTRIBUTES: [Attribute; 4] = value_sub_attributes(MultiValuedField::Emails);
const PHONE_SUB_ATTRIBUTES: [Attribute; 4] = value_sub_attributes(MultiValuedField::PhoneNumbers);
const IM_SUB_ATTRIBUTES: [Attribute; 4] = value_sub_attributes(MultiValuedField::Ims);
const PHOTO_SUB_ATTRIBUTES: [Attribute; 4] = value_sub_attributes(MultiValuedField::Photos);
const ADDRESS_SUB_ATTRIBUTES: [Attribute; 8] = value_sub_attributes(MultiValuedField::Addresses);
const ENTITLEMENT_SUB_ATTRIBUTES: [Attribute; 4] =
    value_sub_attributes(MultiValuedField::Entitlements);
const ROLE_SUB_ATTRIBUTES: [Attribute; 4] = value_sub_attributes(MultiValuedField::Roles);
const CERTIFICATE_SUB_ATTRIBUTES: [Attribute; 4] =
    value_sub_attributes(MultiValuedField::X509Certificates);

/// A multi-valued attribute.
const fn list_attribute(
    field: MultiValuedField,
    sub_attributes: &'static [Attribute<'static>],
) -> Attribute<'static> {
    Attribute::complex(field.as_str(), field.description(), sub_attributes).multi_valued()
}

/// The sub-attributes of a value, and whether it is the primary one.
#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile: it is a constant")]
const fn value_sub_attributes<const N: usize>(field: MultiValuedField) -> [Attribute<'static>; N] {
    let primary = Attribute::text("primary", "Whether it is the primary value; at most one is")
        .of_kind(AttributeType::Boolean);
    let mut all = [primary; N];
    let mut index = 0;
    while index + 1 < N {
        let sub_attribute = field.sub_attributes()[index];
        let attribute = Attribute::text(sub_attribute.as_str(), sub_attribute.description());
        all[index] = match (sub_attribute, field.kind()) {
            (SubAttribute::Value, ValueKind::WebAddress) => {
                attribute.refers_to(&["external"]).required()
            }
            (SubAttribute::Value, ValueKind::Certificate) => {
                attribute.of_kind(AttributeType::Binary).exact().required()
            }
            (SubAttribute::Value, _) => attribute.required(),
            (SubAttribute::Type, _) => attribute.with_canonical(field.canonical_types()),
            _ => attribute,
        };
        index += 1;
    }
    all
}

const OWN_NAME: &[Attribute] = &[
    Attribute::text("familyName", "Last name; may be empty"),
    Attribute::text("givenName", "First name"),
];

/// The sub-attributes of `name`.
const NAME: [Attribute; OWN_NAME.len() + count(SchemaSection::Name)] =
    with_texts(OWN_NAME, 0, SchemaSection::Name);

const AFTER_DISPLAY_NAME: usize = 3;

/// The core attributes, with the texts of the profile.
const CORE: [Attribute; OWN_CORE.len() + count(SchemaSection::Core)] =
    with_texts(OWN_CORE, AFTER_DISPLAY_NAME, SchemaSection::Core);

/// The enterprise extension of users.
pub static ENTERPRISE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name: "EnterpriseUser",
    description: "The enterprise extension of users",
    not_stored: &[],
    attributes: &ENTERPRISE_ATTRIBUTES,
};

const OWN_ENTERPRISE: &[Attribute] = &[Attribute::complex(
    "manager",
    "The user's manager",
    &[
        Attribute::text("value", "The ID of the manager, or the client's own ID of the manager")
            .exact(),
        Attribute::text("$ref", "The URL of the manager, if the manager is a user of the account")
            .refers_to(&["User"])
            .read_only(),
        Attribute::text(
            "displayName",
            "The manager's display name, if the manager is a user of the account",
        )
        .read_only(),
    ],
)];

const ENTERPRISE_ATTRIBUTES: [Attribute; OWN_ENTERPRISE.len() + count(SchemaSection::Enterprise)] =
    with_texts(OWN_ENTERPRISE, 0, SchemaSection::Enterprise);

/// The Usher extension of users.
pub static USER_EXTENSION: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:usher:2.0:User",
    name: "UsherUser",
    description: "The Usher extension of users",
    not_stored: &[],
    attributes: &[
        Attribute::text("role", "The role in the account; STAKEHOLDER by default")
            .with_canonical(&AccountRole::NAMES)
            .permanent(),
        Attribute::complex(
            "mobile",
            "The mobile phone number",
            &[
                Attribute::text("regionCode", "The region, as in ISO 3166-1 alpha-2").required(),
                Attribute::text("number", "The number, national or in E.164").required().exact(),
                Attribute::text("e164", "The number in E.164").read_only().exact(),
            ],
        ),
        Attribute::complex(
            "teamRoles",
            "The effective role in each team; change it at the group",
            &[
                Attribute::text("value", "The group's ID").read_only().exact(),
                Attribute::text("role", "The role in the team")
                    .read_only()
                    .with_canonical(&TeamRole::NAMES),
            ],
        )
        .multi_valued()
        .read_only(),
    ],
};

/// The schema that a definition names.
#[must_use]
pub fn schema_of(schema: ScimSchema) -> &'static Schema<'static> {
    match schema {
        ScimSchema::Core => &USER,
        ScimSchema::Enterprise => &ENTERPRISE,
        ScimSchema::Usher => &USER_EXTENSION,
    }
}

/// A section in the schemas that has texts of the profile.
#[derive(Clone, Copy)]
enum SchemaSection {
    Core,
    /// The sub-attributes of `name`.
    Name,
    Enterprise,
}

/// The SCIM attribute of a field, if the field is a text with this section.
const fn text_attribute(field: ProfileField, section: SchemaSection) -> Option<Attribute<'static>> {
    let definition = field.definition();
    let Some(path) = definition.scim else { return None };
    let name = match (path.schema, path.sub_attribute, section) {
        (ScimSchema::Core, None, SchemaSection::Core)
        | (ScimSchema::Enterprise, None, SchemaSection::Enterprise) => path.attribute,
        (ScimSchema::Core, Some(sub_attribute), SchemaSection::Name) => sub_attribute,
        _ => return None,
    };
    if !definition.is_text {
        return None;
    }
    // The descriptions of a schema have no full stop.
    let description = field.description();
    let attribute = Attribute::text(name, description.split_at(description.len() - 1).0);
    Some(match definition.kind {
        TextKind::WebAddress => attribute.refers_to(&["external"]),
        TextKind::Line | TextKind::Language | TextKind::Languages | TextKind::TimeZone => attribute,
    })
}

/// How many texts of the profile a section has.
#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile: it is a constant")]
const fn count(section: SchemaSection) -> usize {
    let (mut index, mut count) = (0, 0);
    while index < ProfileField::ALL.len() {
        count += text_attribute(ProfileField::ALL[index], section).is_some() as usize;
        index += 1;
    }
    count
}

/// Inserts the texts of the profile into the attributes of a section, after the first
/// `offset` of them.
#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile: it is a constant")]
const fn with_texts<const N: usize>(
    own: &[Attribute<'static>],
    offset: usize,
    section: SchemaSection,
) -> [Attribute<'static>; N] {
    let mut all = [Attribute::text("", ""); N];
    let mut end = 0;
    while end < offset {
        all[end] = own[end];
        end += 1;
    }
    let mut index = 0;
    while index < ProfileField::ALL.len() {
        if let Some(attribute) = text_attribute(ProfileField::ALL[index], section) {
            all[end] = attribute;
            end += 1;
        }
        index += 1;
    }
    while end < N {
        all[end] = own[end - count(section)];
        end += 1;
    }
    all
}
