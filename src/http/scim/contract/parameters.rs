//! The parameters and headers of the operations.

use serde_json::json;

use super::json_schema::reference;
use crate::{domain::lists::DEFAULT_COUNT, scim::schema::Object};

/// The parameters that operations share.
pub(super) fn build_parameters() -> Object {
    let integer =
        |default: u32| json!({ "type": "integer", "format": "int64", "default": default });
    let all = [
        (
            "ScimFilter",
            "filter",
            "A filter for the resources (RFC 7644, section 3.4.2.2).",
            json!({ "type": "string", "maxLength": 4096, "format": "filter" }),
        ),
        ("ScimSortOrder", "sortOrder", "The sort direction.", reference("schemas", "SortOrder")),
        (
            "ScimStartIndex",
            "startIndex",
            "The index of the first resource to return, from 1. A lower value counts as 1.",
            integer(1),
        ),
        (
            "ScimCount",
            "count",
            "The maximum number of resources on the page, from 0 to 1000. Other values are set to the \
             nearest limit.",
            integer(DEFAULT_COUNT),
        ),
        (
            "ScimCursor",
            "cursor",
            "The `nextCursor` of the previous page. Empty for the first page (RFC 9865).",
            json!({ "type": "string", "format": "cursor" }),
        ),
        (
            "ScimAttributes",
            "attributes",
            "The attributes to return, in addition to those that are always returned, separated by \
             commas.",
            json!({ "type": "string", "format": "scim-names" }),
        ),
        (
            "ScimExcludedAttributes",
            "excludedAttributes",
            "The attributes to leave out, separated by commas. Not supported together with \
             `attributes`.",
            json!({ "type": "string", "format": "scim-names" }),
        ),
    ];
    let all = all.into_iter().map(|(name, own, description, schema)| {
        let parameter = json!({
            "name": own, "in": "query", "required": false, "description": description, "schema": schema,
        });
        (name.to_owned(), parameter)
    });
    all.collect()
}

/// The headers that operations share.
pub(super) fn build_headers() -> Object {
    let fixes = json!({
        "description": "The compatibility fixes that were applied to the request, separated by commas. Each is the name of the fix, a space, and the attribute. \
                        In an attribute, commas, percent signs and characters outside of ASCII are percent-encoded, and more than \
                        100 characters are cut, with `...` at the end. Absent for the dialect `STRICT`.",
        "schema": { "type": "string" },
    });
    Object::from_iter([("Usher-Compatibility-Fixes".to_owned(), fixes)])
}
