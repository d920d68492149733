//! The common attributes of all resources (RFC 7643, section 3.1), and the URIs of
//! messages.

use super::{Attribute, AttributeType};

/// The schema of an error (RFC 7644, section 3.12).
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The schema of a list (RFC 7644, section 3.4.2).
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// The schema of a PATCH (RFC 7644, section 3.5.2).
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// The schema of a bulk request (RFC 7644, section 3.7).
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// The schema of a bulk response.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// The schema of a query that is posted (RFC 7644, section 3.4.3).
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// The attributes of every resource. The schemas do not list them.
pub(crate) const COMMON: &[Attribute] = &[
    Attribute::text("id", "The ID of the resource").read_only().exact().always().unique(),
    Attribute::text("externalId", "The client's own ID of the resource; each client has its own")
        .exact(),
    Attribute::complex("meta", "Metadata of the resource", META).read_only(),
];

const META: &[Attribute] = &[
    Attribute::text("resourceType", "The resource type").read_only().exact(),
    Attribute::text("created", "When it was created").of_kind(AttributeType::DateTime).read_only(),
    Attribute::text("lastModified", "When it last changed")
        .of_kind(AttributeType::DateTime)
        .read_only(),
    Attribute::text("location", "The URL of the resource").refers_to(&["uri"]).read_only(),
    Attribute::text("version", "Its entity tag").read_only().exact(),
];
