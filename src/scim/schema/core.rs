//! What every resource has (RFC 7643, section 3.1), and the messages of the
//! protocol.

use super::{Attribute, Kind};

/// The schema of an error (RFC 7644, section 3.12).
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The schema of a list (RFC 7644, section 3.4.2).
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// The schema of a PATCH (RFC 7644, section 3.5.2).
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Many operations at once (RFC 7644, section 3.7).
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// What became of them.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// The schema of a query that is posted (RFC 7644, section 3.4.3).
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// What every resource has. Not listed by the schemas themselves.
pub(crate) const COMMON: &[Attribute] = &[
    Attribute::text("id", "Our own name for it").read_only().exact().always().unique(),
    Attribute::text("externalId", "The client's own name for it; each client has its own").exact(),
    Attribute::complex("meta", "What is known of it", META).read_only(),
];

const META: &[Attribute] = &[
    Attribute::text("resourceType", "Its kind").read_only().exact(),
    Attribute::text("created", "When it was made").of_kind(Kind::DateTime).read_only(),
    Attribute::text("lastModified", "When it last changed").of_kind(Kind::DateTime).read_only(),
    Attribute::text("location", "Its address").refers_to(&["uri"]).read_only(),
    Attribute::text("version", "Its entity tag").read_only().exact(),
];
