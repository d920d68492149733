//! The attributes of groups (RFC 7643, section 4.2), and ours.

use super::{Attribute, Schema, users::TEAM_ROLES};

/// The core attributes of a group.
pub static GROUP: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    description: "A team of the account",
    not_stored: &[],
    attributes: &[
        Attribute::text("displayName", "The team's name").required().unique(),
        Attribute::complex(
            "members",
            "The users who are in the team",
            &[
                Attribute::text("value", "The user's id").required().immutable().exact(),
                Attribute::text("$ref", "The user's address").refers_to(&["User"]).immutable(),
                Attribute::text("type", "Always User").read_only().one_of(&["User"]),
            ],
        )
        .several()
        .without(&["display"]),
    ],
};

/// What Usher knows of a group besides.
pub static GROUP_EXTENSION: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:usher:2.0:Group",
    name: "UsherGroup",
    description: "What Usher knows of a team besides",
    not_stored: &[],
    attributes: &[Attribute::complex(
        "memberRoles",
        "The role of each member in effect; without one RESPONDER is requested, and a higher account role raises it",
        &[
            Attribute::text("value", "The member's id").required().immutable().exact(),
            Attribute::text("$ref", "The member's address").refers_to(&["User"]).immutable(),
            Attribute::text("role", "The role in the team").required().one_of(TEAM_ROLES),
        ],
    )
    .several()],
};
