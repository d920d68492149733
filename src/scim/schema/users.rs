//! The attributes of users (RFC 7643, sections 4.1 and 4.3), and ours.

use super::{Attribute, AttributeType, Schema};
use crate::domain::{
    profile_field::{Definition, ProfileField, ScimSchema},
    role::{AccountRole, TeamRole},
};

/// The core attributes of a user.
pub static USER: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    description: "A person of the account",
    not_stored: &[
        "nickName",
        "profileUrl",
        "userType",
        "preferredLanguage",
        "locale",
        "timezone",
        "password",
        "phoneNumbers",
        "ims",
        "addresses",
        "entitlements",
        "roles",
        "x509Certificates",
    ],
    attributes: &CORE,
};

const OWN_CORE: &[Attribute] = &[
    Attribute::text("userName", "The user name at the identity provider").required().unique(),
    Attribute::complex(
        "name",
        "The user's name",
        &[
            Attribute::text("formatted", "Both names").read_only(),
            Attribute::text("familyName", "Last name; may be empty"),
            Attribute::text("givenName", "First name"),
        ],
    )
    .without_parts(&["middleName", "honorificPrefix", "honorificSuffix"]),
    Attribute::text("displayName", "The name for display; both names by default"),
    Attribute::text("active", "Whether the user may log in")
        .of_kind(AttributeType::Boolean)
        .permanent(),
    Attribute::complex(
        "emails",
        "The e-mail address by which a login finds the user; exactly one is stored",
        &[
            Attribute::text("value", "The address").required(),
            Attribute::text("type", "Always work").read_only().with_canonical(&["work"]),
            Attribute::text("primary", "Always true").of_kind(AttributeType::Boolean).read_only(),
        ],
    )
    .multi_valued()
    .required()
    .without_parts(&["display"]),
    Attribute::complex(
        "photos",
        "The URL of the user's picture; one is stored, and it is never fetched",
        &[
            Attribute::text("value", "An absolute http or https URL")
                .refers_to(&["external"])
                .required(),
            Attribute::text("type", "Always photo").read_only().with_canonical(&["photo"]),
            Attribute::text("primary", "Always true").of_kind(AttributeType::Boolean).read_only(),
        ],
    )
    .multi_valued()
    .without_parts(&["display"]),
    Attribute::complex(
        "groups",
        "The teams of the user; change them at the group",
        &[
            Attribute::text("value", "The group's id").read_only().exact(),
            Attribute::text("$ref", "The URL of the group").refers_to(&["Group"]).read_only(),
            Attribute::text("display", "The group's name").read_only(),
            Attribute::text("type", "Always direct").read_only().with_canonical(&["direct"]),
        ],
    )
    .multi_valued()
    .read_only(),
];

const BEHIND_DISPLAY_NAME: usize = 3;

/// With the texts of the profile.
const CORE: [Attribute; OWN_CORE.len() + count(ScimSchema::Core)] =
    with_texts(OWN_CORE, BEHIND_DISPLAY_NAME, ScimSchema::Core);

/// The enterprise extension of users.
pub static ENTERPRISE: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    name: "EnterpriseUser",
    description: "The enterprise extension of users",
    not_stored: &["employeeNumber", "costCenter", "organization", "division"],
    attributes: &ENTERPRISE_ATTRIBUTES,
};

const OWN_ENTERPRISE: &[Attribute] = &[Attribute::complex(
    "manager",
    "The user's manager",
    &[Attribute::text("value", "The client's own ID of the manager").exact()],
)
.without_parts(&["$ref", "displayName"])];

const ENTERPRISE_ATTRIBUTES: [Attribute; OWN_ENTERPRISE.len() + count(ScimSchema::Enterprise)] =
    with_texts(OWN_ENTERPRISE, 0, ScimSchema::Enterprise);

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
                Attribute::text("number", "National or E.164").required().exact(),
                Attribute::text("e164", "The number as E.164").read_only().exact(),
            ],
        ),
        Attribute::complex(
            "teamRoles",
            "The effective role in each team; change it at the group",
            &[
                Attribute::text("value", "The group's id").read_only().exact(),
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
pub fn schema_of(schema: ScimSchema) -> &'static Schema {
    match schema {
        ScimSchema::Core => &USER,
        ScimSchema::Enterprise => &ENTERPRISE,
        ScimSchema::Usher => &USER_EXTENSION,
    }
}

/// The name and the description of an attribute if it is a text of a schema.
const fn text_of(field: ProfileField, schema: ScimSchema) -> Option<(&'static str, &'static str)> {
    match field.definition() {
        Definition { is_text: true, scim: Some(path), .. }
            if path.schema as usize == schema as usize =>
        {
            // The descriptions of a schema have no full stop.
            let description = field.description();
            Some((path.attribute, description.split_at(description.len() - 1).0))
        }
        _ => None,
    }
}

/// How many texts of the profile a schema has.
#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile: it is a constant")]
const fn count(schema: ScimSchema) -> usize {
    let (mut index, mut count) = (0, 0);
    while index < ProfileField::ALL.len() {
        count += text_of(ProfileField::ALL[index], schema).is_some() as usize;
        index += 1;
    }
    count
}

/// Inserts the texts of the profile into the attributes of a schema.
#[expect(clippy::indexing_slicing, reason = "a wrong index does not compile: it is a constant")]
const fn with_texts<const N: usize>(
    own: &[Attribute],
    place: usize,
    schema: ScimSchema,
) -> [Attribute; N] {
    let mut all = [Attribute::text("", ""); N];
    let mut end = 0;
    while end < place {
        all[end] = own[end];
        end += 1;
    }
    let mut index = 0;
    while index < ProfileField::ALL.len() {
        if let Some((name, description)) = text_of(ProfileField::ALL[index], schema) {
            all[end] = Attribute::text(name, description);
            end += 1;
        }
        index += 1;
    }
    while end < N {
        all[end] = own[end - count(schema)];
        end += 1;
    }
    all
}
