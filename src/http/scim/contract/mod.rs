//! The contract of SCIM, a separate document. Users and groups are described from the
//! same tables that parse bodies.

mod discovery;
mod json_schema;
mod messages;
mod operations;
mod parameters;
mod problems;
mod schemas;

use serde_json::{Value, json};

use self::json_schema::{TAG, set};

/// The description of the tag.
const TAG_DESCRIPTION: &str = "Users and groups for identity providers.";

/// The introduction of the contract.
const DESCRIPTION: &str = "\
Users and groups for identity providers: SCIM 2.0 (RFC 7643, RFC 7644, RFC 9865), \
over the same users and teams as the admin API, whose contract is at \
`/openapi.json`.

**Begin** with an API key that has the scope `scim`. Send it with each request as \
`Authorization: Bearer usher_…`.

This document describes the requests of a client with the dialect `STRICT`. Names of \
attributes may be written in any case, and attributes that only the server \
changes may be sent back. Bodies are `application/scim+json`; `application/json` \
is accepted too.

`/scim/v2/Me` is the signed-in user. It needs the session of a user with the role \
ADMIN, in the cookie `__Host-usher-session` (`usher-session` without https). With an \
API key, the response is 404.";

/// Adds the operations of SCIM to a contract that has the components of the
/// admin API.
pub(in crate::http) fn add_operations(contract: &mut Value) {
    let admin = contract.pointer("/components/schemas").cloned().unwrap_or_default();
    let mut all_schemas = schemas::resource_schemas(&admin);
    let messages = messages::message_schemas().into_iter().chain(discovery::discovery_schemas());
    all_schemas.extend(messages.map(|(name, schema)| (name.to_owned(), schema)));
    for (place, additions) in [
        ("/components/schemas", all_schemas),
        ("/components/parameters", parameters::build_parameters()),
        ("/components/headers", parameters::build_headers()),
        ("/components/responses", problems::build_responses()),
        ("/paths", operations::paths()),
    ] {
        if let Some(components) = contract.pointer_mut(place).and_then(Value::as_object_mut) {
            components.extend(additions);
        }
    }
    set(contract, "tags", json!([{ "name": TAG, "description": TAG_DESCRIPTION }]));
    if let Some(info) = contract.get_mut("info") {
        set(info, "title", "Usher SCIM".into());
        set(info, "description", DESCRIPTION.into());
    }
}
