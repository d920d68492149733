//! The attributes of groups (RFC 7643, section 4.2), and those of Usher's extension.

use super::{Attribute, Schema};
use crate::domain::role::TeamRole;

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
                Attribute::text("value", "The user's ID").required().immutable().exact(),
                Attribute::text("$ref", "The URL of the user").refers_to(&["User"]).immutable(),
                Attribute::text("display", "The user's display name").read_only(),
                Attribute::text("type", "Always User").immutable().with_canonical(&["User"]),
            ],
        )
        .multi_valued(),
    ],
};

/// The Usher extension of groups.
pub static GROUP_EXTENSION: Schema = Schema {
    id: "urn:ietf:params:scim:schemas:extension:usher:2.0:Group",
    name: "UsherGroup",
    description: "The Usher extension of teams",
    not_stored: &[],
    attributes: &[Attribute::complex(
        "memberRoles",
        "The effective role of each member; RESPONDER by default, or the account role if that is higher",
        &[
            Attribute::text("value", "The member's ID").required().immutable().exact(),
            Attribute::text("$ref", "The URL of the user").refers_to(&["User"]).immutable(),
            Attribute::text("role", "The role in the team").required().with_canonical(&TeamRole::NAMES),
        ],
    )
    .multi_valued()],
};
