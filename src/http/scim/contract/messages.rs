//! The schemas of the protocol's messages (RFC 7644).

use serde_json::{Value, json};

use super::json_schema::{
    NamedSchemas, count_property, enum_schema, list_property, object_schema, reference,
    reference_property, set, text_list_property, text_property,
};
use crate::{
    domain::lists::{TeamAttribute, UserAttribute},
    http::api::openapi::example_id,
    scim::{
        bulk::MAX_OPERATIONS as MAX_BULK_OPERATIONS,
        patch::MAX_OPERATIONS,
        schema::{BULK_REQUEST, BULK_RESPONSE, ERROR, LIST_RESPONSE, PATCH_OP, SEARCH_REQUEST},
        search::list_sortable,
    },
};

/// All schemas of messages, by name.
pub(super) fn message_schemas() -> NamedSchemas {
    [uri_schemas(), list_schemas(), patch_schemas(), bulk_schemas(), search_schemas()].concat()
}

/// The schema of a request, which allows no other properties.
fn closed_object_schema(description: &str, required: &[&str], properties: Value) -> Value {
    let mut schema = object_schema(description, required, properties);
    set(&mut schema, "additionalProperties", json!(false));
    schema
}

/// The name of the schema of a message's URI, and the URI.
const URIS: [(&str, &str); 6] = [
    ("ScimListResponseUri", LIST_RESPONSE),
    ("ScimErrorUri", ERROR),
    ("ScimPatchUri", PATCH_OP),
    ("ScimBulkRequestUri", BULK_REQUEST),
    ("ScimBulkResponseUri", BULK_RESPONSE),
    ("ScimSearchUri", SEARCH_REQUEST),
];

fn uri_schemas() -> NamedSchemas {
    let uri_schema = |uri: &str| enum_schema("The URI of the message's schema.", &[uri]);
    URIS.iter().map(|(name, uri)| (*name, uri_schema(uri))).collect()
}

/// The property `schemas` of a message with one schema.
fn schemas_property(uri: &str) -> Value {
    let name = URIS.iter().find(|(_, known)| *known == uri).map_or("", |(name, _)| *name);
    json!({
        "type": "array",
        "items": reference("schemas", name),
        "minItems": 1,
        "description": "The schema of the message.",
        "examples": [[uri]],
    })
}

fn list_schemas() -> NamedSchemas {
    let page = |items: &Value, what: &str| {
        let description = format!("A page of {what} (RFC 7644, section 3.4.2).");
        let properties = json!({
            "schemas": schemas_property(LIST_RESPONSE),
            "totalResults": count_property("The number of matching resources. Absent with cursor-based pagination."),
            "itemsPerPage": count_property("The number of resources on the page."),
            "startIndex": count_property("The index of the first resource on the page, from 1. Absent with cursor-based pagination."),
            "nextCursor": text_property("The cursor of the next page. Absent on the last page and with index-based pagination.", "eyJhZnRlciI6IkFkYSJ9"),
            "Resources": list_property(items, "The resources on the page."),
        });
        object_schema(&description, &["schemas", "itemsPerPage", "Resources"], properties)
    };
    let schema_of = |name: &str| reference("schemas", name);
    vec![
        ("ScimUserPage", page(&schema_of("ScimUser"), "users")),
        ("ScimGroupPage", page(&schema_of("ScimGroup"), "groups")),
        ("ScimPage", page(&schema_of("ScimResource"), "users and groups")),
        ("ScimResource", resource_schema()),
        ("ScimResourceTypePage", page(&schema_of("ScimResourceType"), "resource types")),
        ("ScimSchemaPage", page(&schema_of("ScimSchema"), "schemas")),
        (
            "ScimError",
            object_schema(
                "An error (RFC 7644, section 3.12).",
                &["schemas", "status"],
                json!({
                    "schemas": schemas_property(ERROR),
                    "status": text_property("The HTTP status, as a string.", "400"),
                    "scimType": text_property("The SCIM error type, if SCIM defines one.", "invalidValue"),
                    "detail": text_property("What is wrong, and how to correct it.", "active must be true or false, not \"no\""),
                }),
            ),
        ),
    ]
}

/// The schema of the properties that users and groups share. Some generators merge a
/// choice of the two into one class that does not compile.
fn resource_schema() -> Value {
    let properties = json!({
        "schemas": text_list_property("The schemas of the resource. They tell whether it is a user or a group.", crate::scim::schema::USER.id),
        "id": { "type": "string", "format": "uuid", "description": "The ID of the resource.", "examples": [example_id("User")] },
    });
    let mut schema = object_schema(
        "A user or a group, with the properties of `ScimUser` or `ScimGroup`.",
        &["schemas", "id"],
        properties,
    );
    set(&mut schema, "additionalProperties", json!(true));
    schema
}

fn patch_schemas() -> NamedSchemas {
    let op = enum_schema("The kind of a PATCH operation.", &["add", "replace", "remove"]);
    let operation = closed_object_schema(
        "A PATCH operation.",
        &["op"],
        json!({
            "op": reference_property("ScimPatchOp", "The kind of operation."),
            "path": {
                "type": ["string", "null"], "maxLength": 4096, "format": "scim-path",
                "description": "The target: an attribute, a sub-attribute, or some values of an attribute. Required for `remove`. Without it, `value` must be an object of attributes.",
                "examples": ["displayName"],
            },
            "value": { "description": "The value. Required for `add` and `replace`.", "examples": ["Ada, Countess of Lovelace"] },
        }),
    );
    let patch = closed_object_schema(
        "PATCH operations, applied in order, all or none (RFC 7644, section 3.5.2).",
        &["schemas", "Operations"],
        json!({
            "schemas": schemas_property(PATCH_OP),
            "Operations": {
                "type": "array", "items": reference("schemas", "ScimPatchOperation"),
                "minItems": 1, "maxItems": MAX_OPERATIONS, "description": "The operations, in order.",
            },
        }),
    );
    vec![("ScimPatchOp", op), ("ScimPatchOperation", operation), ("ScimPatch", patch)]
}

fn bulk_schemas() -> NamedSchemas {
    let methods =
        enum_schema("The method of a bulk operation.", &["POST", "PUT", "PATCH", "DELETE"]);
    let method = reference_property("ScimBulkMethod", "The method of the operation.");
    let name = text_property(
        "The client's identifier of the operation and of the resource that it creates.",
        "grace",
    );
    let operation = closed_object_schema(
        "An operation of a bulk request.",
        &["method", "path"],
        json!({
            "method": method,
            "bulkId": { "type": ["string", "null"], "minLength": 1, "description": "The client's identifier of the operation. Other operations refer to the created resource as `bulkId:` and this value. Required for POST.", "examples": ["grace"] },
            "version": { "type": ["string", "null"], "description": "The expected entity tag of the resource. If the resource has another one, the operation fails.", "examples": [null] },
            "path": { "type": "string", "description": "The path of the resource: `/Users` or `/Groups` for POST, otherwise with an ID, such as `/Users/7`.", "examples": ["/Users"] },
            "data": { "description": "The body of the operation, as for a single request.", "examples": [{
                "schemas": [crate::scim::schema::USER.id],
                "userName": "grace.hopper",
                "emails": [{ "value": "grace.hopper@example.com" }],
            }] },
        }),
    );
    let request = closed_object_schema(
        "A bulk request. Each operation succeeds or fails separately (RFC 7644, section 3.7).",
        &["schemas", "Operations"],
        json!({
            "schemas": schemas_property(BULK_REQUEST),
            "failOnErrors": { "type": ["integer", "null"], "format": "int64", "minimum": 1, "description": "The number of failures after which no more operations are executed." },
            "Operations": {
                "type": "array", "items": reference("schemas", "ScimBulkOperation"),
                "maxItems": MAX_BULK_OPERATIONS, "description": "The operations.",
            },
        }),
    );
    let outcome = object_schema(
        "The outcome of an operation.",
        &["method", "status"],
        json!({
            "method": method,
            "bulkId": name,
            "location": text_property("The URL of the resource, if it exists.", "https://usher.example.com/scim/v2/Users/0198c5a0"),
            "version": text_property("The entity tag of the resource.", "\"a26fafc8c4b5b0d5c84a47a2\""),
            "status": text_property("The HTTP status of the operation, as for a single request.", "201"),
            "response": reference_property("ScimError", "The error of a failed operation."),
        }),
    );
    let result = object_schema(
        "The outcomes of the executed operations.",
        &["schemas", "Operations"],
        json!({
            "schemas": schemas_property(BULK_RESPONSE),
            "Operations": list_property(&reference("schemas", "ScimBulkOutcome"), "The outcomes, in the order of the request."),
        }),
    );
    vec![
        ("ScimBulkMethod", methods),
        ("ScimBulk", request),
        ("ScimBulkOperation", operation),
        ("ScimBulkOutcome", outcome),
        ("ScimBulkResult", result),
    ]
}

fn search_schemas() -> NamedSchemas {
    let names = |description: &str, example: &str| {
        json!({
            "type": ["array", "null"], "items": { "type": "string" },
            "description": description, "examples": [[example]],
        })
    };
    let number = |description: &str| json!({ "type": ["integer", "null"], "format": "int64", "description": description });
    let fields = json!({
        "schemas": schemas_property(SEARCH_REQUEST),
        "attributes": names("The attributes to return, in addition to those that are always returned.", "userName"),
        "excludedAttributes": names("The attributes to leave out. Not supported together with `attributes`.", "groups"),
        "filter": { "type": ["string", "null"], "format": "filter", "maxLength": 4096, "description": "A filter for the resources (RFC 7644, section 3.4.2.2).", "examples": ["id pr"] },
        "startIndex": number("The index of the first resource to return, from 1. A lower value counts as 1."),
        "count": number("The maximum number of resources on the page, from 0 to 1000. Other values are set to the nearest limit."),
    });
    // A search of one resource type supports sorting and cursors.
    let search_of_kind = |sorts: &str| {
        let mut fields = fields.clone();
        let sort = json!({
            "oneOf": [reference("schemas", sorts), { "type": "null" }],
            "description": "The attribute to sort by.",
            "examples": ["id"],
        });
        set(&mut fields, "sortBy", sort);
        set(
            &mut fields,
            "sortOrder",
            json!({ "oneOf": [reference("schemas", "SortOrder"), { "type": "null" }], "description": "The sort direction." }),
        );
        set(
            &mut fields,
            "cursor",
            json!({ "type": ["string", "null"], "format": "cursor", "description": "The `nextCursor` of the previous page. Empty for the first page.", "examples": [""] }),
        );
        closed_object_schema(
            "A search of one resource type (RFC 7644, section 3.4.3).",
            &["schemas"],
            fields,
        )
    };
    let sorts =
        |names: Vec<String>| enum_schema("The attributes by which the list can be sorted.", &names);
    vec![
        // The RFC uses lower case; the admin API uses capitals.
        (
            "SortOrder",
            enum_schema("The direction in which a list is sorted.", &["ascending", "descending"]),
        ),
        ("ScimUserSort", sorts(list_sortable::<UserAttribute>())),
        ("ScimGroupSort", sorts(list_sortable::<TeamAttribute>())),
        ("ScimUserSearch", search_of_kind("ScimUserSort")),
        ("ScimGroupSearch", search_of_kind("ScimGroupSort")),
        (
            "ScimSearch",
            closed_object_schema(
                "A search of all resources (RFC 7644, section 3.4.3).",
                &["schemas"],
                fields,
            ),
        ),
    ]
}
