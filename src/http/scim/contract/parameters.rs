//! The parameters and headers of the operations.

use serde_json::json;

use super::json_schema::reference;
use crate::{domain::lists::DEFAULT_COUNT, scim::schema::Object};

/// The parameters that operations share.
pub(super) fn parameters() -> Object {
    let integer =
        |default: u32| json!({ "type": "integer", "format": "int64", "default": default });
    let all = [
        (
            "ScimFilter",
            "filter",
            "What is on the list (RFC 7644, section 3.4.2.2).",
            json!({ "type": "string", "maxLength": 4096, "format": "filter" }),
        ),
        ("ScimSortOrder", "sortOrder", "In which direction.", reference("schemas", "SortOrder")),
        (
            "ScimStartIndex",
            "startIndex",
            "The place of the first, from 1. Less than 1 is 1.",
            integer(1),
        ),
        (
            "ScimCount",
            "count",
            "The most on a page. Less than 0 is 0, more than the most that there can be is that.",
            integer(DEFAULT_COUNT),
        ),
        (
            "ScimCursor",
            "cursor",
            "The `nextCursor` of the page before; empty for the first page (RFC 9865).",
            json!({ "type": "string", "format": "cursor" }),
        ),
        (
            "ScimAttributes",
            "attributes",
            "The attributes that are shown, besides those that always are; with commas between them.",
            json!({ "type": "string", "format": "scim-names" }),
        ),
        (
            "ScimExcludedAttributes",
            "excludedAttributes",
            "Those that are not shown. Only without `attributes`.",
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
pub(super) fn headers() -> Object {
    let fixes = json!({
        "description": "What of the request was fixed instead of refused, each with the attribute that it is about; never for the dialect `STRICT`.",
        "schema": { "type": "string" },
    });
    Object::from_iter([("Usher-Compatibility-Fixes".to_owned(), fixes)])
}
