//! The schemas of the protocol's messages (RFC 7644).

use serde_json::{Value, json};

use super::json_schema::{Named, count, list, object, of, reference, set, text, texts, word};
use crate::{
    domain::lists::{TeamAttribute, UserAttribute},
    http::api::openapi::example_id,
    scim::{
        bulk::MAX_OPERATIONS as MAX_BULK_OPERATIONS,
        patch::MAX_OPERATIONS,
        schema::{BULK_REQUEST, BULK_RESPONSE, ERROR, LIST_RESPONSE, PATCH_OP, SEARCH_REQUEST},
        search::sortable,
    },
};

/// All of them, by name.
pub(super) fn all() -> Named {
    [uris(), lists(), changes(), bulk(), searches()].concat()
}

/// What a client sends: nothing else may be in it.
fn closed(description: &str, required: &[&str], properties: Value) -> Value {
    let mut schema = object(description, required, properties);
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

fn uris() -> Named {
    let named = |uri: &str| word("The URI of the message's schema.", &[uri]);
    URIS.iter().map(|(name, uri)| (*name, named(uri))).collect()
}

/// The `schemas` of a message, which is of one.
fn schemas(uri: &str) -> Value {
    let name = URIS.iter().find(|(_, known)| *known == uri).map_or("", |(name, _)| *name);
    json!({
        "type": "array",
        "items": reference("schemas", name),
        "minItems": 1,
        "description": "What the message is.",
        "examples": [[uri]],
    })
}

fn lists() -> Named {
    let page = |items: &Value, what: &str| {
        let description = format!("A page of {what} (RFC 7644, section 3.4.2).");
        let properties = json!({
            "schemas": schemas(LIST_RESPONSE),
            "totalResults": count("How many there are. Left out, if pages go by cursors."),
            "itemsPerPage": count("How many are on the page."),
            "startIndex": count("The place of the first, from 1. Left out, if pages go by cursors."),
            "nextCursor": text("Leads to the next page, if pages go by cursors and there is one.", "eyJhZnRlciI6IkFkYSJ9"),
            "Resources": list(items, "What is on the page."),
        });
        object(&description, &["schemas", "itemsPerPage", "Resources"], properties)
    };
    let of = |name: &str| reference("schemas", name);
    vec![
        ("ScimUserPage", page(&of("ScimUser"), "users")),
        ("ScimGroupPage", page(&of("ScimGroup"), "groups")),
        ("ScimPage", page(&of("ScimResource"), "users and groups")),
        ("ScimResource", resource()),
        ("ScimResourceTypePage", page(&of("ScimResourceType"), "kinds of resources")),
        ("ScimSchemaPage", page(&of("ScimSchema"), "schemas")),
        (
            "ScimError",
            object(
                "Why a request was not served (RFC 7644, section 3.12).",
                &["schemas", "status"],
                json!({
                    "schemas": schemas(ERROR),
                    "status": text("The status of the answer, as a text.", "400"),
                    "scimType": text("The kind of fault, if SCIM has a word for it.", "invalidValue"),
                    "detail": text("What is wrong, and the remedy.", "active must be true or false, not \"no\""),
                }),
            ),
        ),
    ]
}

/// What users and groups have in common. A choice of the two is merged into one
/// class by some generators, and does not compile.
fn resource() -> Value {
    let properties = json!({
        "schemas": texts("The schemas of what is there: they say whether it is a user or a group.", crate::scim::schema::USER.id),
        "id": { "type": "string", "format": "uuid", "description": "Its id.", "examples": [example_id("User")] },
    });
    let mut schema = object(
        "A user or a group: with the properties of `ScimUser` or of `ScimGroup`.",
        &["schemas", "id"],
        properties,
    );
    set(&mut schema, "additionalProperties", json!(true));
    schema
}

fn changes() -> Named {
    let op = word("What a change does.", &["add", "replace", "remove"]);
    let operation = closed(
        "One change.",
        &["op"],
        json!({
            "op": of("ScimPatchOp", "What it does."),
            "path": {
                "type": ["string", "null"], "maxLength": 4096, "format": "scim-path",
                "description": "To what: an attribute, a part of one, or some of its values. Needed to remove; left out, `value` is an object of attributes.",
                "examples": ["displayName"],
            },
            "value": { "description": "With what. Needed to add and to replace.", "examples": ["Ada, Countess of Lovelace"] },
        }),
    );
    let patch = closed(
        "Changes, done one after the other, all or none (RFC 7644, section 3.5.2).",
        &["schemas", "Operations"],
        json!({
            "schemas": schemas(PATCH_OP),
            "Operations": {
                "type": "array", "items": reference("schemas", "ScimPatchOperation"),
                "minItems": 1, "maxItems": MAX_OPERATIONS, "description": "The changes, in order.",
            },
        }),
    );
    vec![("ScimPatchOp", op), ("ScimPatchOperation", operation), ("ScimPatch", patch)]
}

fn bulk() -> Named {
    let methods = word("What an operation does.", &["POST", "PUT", "PATCH", "DELETE"]);
    let method = of("ScimBulkMethod", "What it does.");
    let name = text("What the client calls the operation, and what it makes.", "grace");
    let operation = closed(
        "One operation of many.",
        &["method", "path"],
        json!({
            "method": method,
            "bulkId": { "type": ["string", "null"], "minLength": 1, "description": "What the client calls it, and what it makes: `bulkId:` and this stand for the id. Needed to make something.", "examples": ["grace"] },
            "version": { "type": ["string", "null"], "description": "The entity tag that the resource has to have.", "examples": [null] },
            "path": { "type": "string", "description": "Of what: `/Users`, or `/Users/` and an id; so for groups.", "examples": ["/Users"] },
            "data": { "description": "What would be the body, if it were sent by itself.", "examples": [{
                "schemas": [crate::scim::schema::USER.id],
                "userName": "grace.hopper",
                "emails": [{ "value": "grace.hopper@example.com" }],
            }] },
        }),
    );
    let request = closed(
        "Many operations, each done by itself or not (RFC 7644, section 3.7).",
        &["schemas", "Operations"],
        json!({
            "schemas": schemas(BULK_REQUEST),
            "failOnErrors": { "type": ["integer", "null"], "format": "int64", "minimum": 1, "description": "After how many failures nothing more is tried." },
            "Operations": {
                "type": "array", "items": reference("schemas", "ScimBulkOperation"),
                "maxItems": MAX_BULK_OPERATIONS, "description": "What is to be done.",
            },
        }),
    );
    let outcome = object(
        "What became of an operation.",
        &["method", "status"],
        json!({
            "method": method,
            "bulkId": name,
            "location": text("Where the resource is, if it is there.", "https://usher.example.com/scim/v2/Users/0198c5a0"),
            "version": text("The resource's entity tag.", "\"a26fafc8c4b5b0d5c84a47a2\""),
            "status": text("The status that it would have been answered with by itself.", "201"),
            "response": of("ScimError", "Why it failed, if it did."),
        }),
    );
    let result = object(
        "What became of each operation that was tried.",
        &["schemas", "Operations"],
        json!({
            "schemas": schemas(BULK_RESPONSE),
            "Operations": list(&reference("schemas", "ScimBulkOutcome"), "The operations."),
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

fn searches() -> Named {
    let names = |description: &str, example: &str| {
        json!({
            "type": ["array", "null"], "items": { "type": "string" },
            "description": description, "examples": [[example]],
        })
    };
    let number = |description: &str| json!({ "type": ["integer", "null"], "format": "int64", "description": description });
    let fields = json!({
        "schemas": schemas(SEARCH_REQUEST),
        "attributes": names("The attributes that are shown, besides those that always are.", "userName"),
        "excludedAttributes": names("Those that are not shown. Only without `attributes`.", "groups"),
        "filter": { "type": ["string", "null"], "format": "filter", "maxLength": 4096, "description": "What is on the list (RFC 7644, section 3.4.2.2).", "examples": ["id pr"] },
        "startIndex": number("The place of the first, from 1. Less than 1 is 1."),
        "count": number("The most on a page. Less than 0 is 0, more than a thousand a thousand."),
    });
    // Of one kind, there is an order, and a cursor.
    let of_kind = |sorts: &str| {
        let mut fields = fields.clone();
        let sort = json!({
            "oneOf": [reference("schemas", sorts), { "type": "null" }],
            "description": "By what the list is sorted.",
            "examples": ["id"],
        });
        set(&mut fields, "sortBy", sort);
        set(
            &mut fields,
            "sortOrder",
            json!({ "oneOf": [reference("schemas", "SortOrder"), { "type": "null" }], "description": "In which direction." }),
        );
        set(
            &mut fields,
            "cursor",
            json!({ "type": ["string", "null"], "format": "cursor", "description": "The `nextCursor` of the page before; empty for the first page.", "examples": [""] }),
        );
        object("A query of one kind of resources (RFC 7644, section 3.4.3).", &["schemas"], fields)
    };
    let sorts = |names: Vec<String>| word("An attribute by which the list can be sorted.", &names);
    vec![
        // As the RFC writes them: the admin API writes its own in capitals.
        (
            "SortOrder",
            word("The direction in which a list is sorted.", &["ascending", "descending"]),
        ),
        ("ScimUserSort", sorts(sortable::<UserAttribute>())),
        ("ScimGroupSort", sorts(sortable::<TeamAttribute>())),
        ("ScimUserSearch", of_kind("ScimUserSort")),
        ("ScimGroupSearch", of_kind("ScimGroupSort")),
        (
            "ScimSearch",
            object("A query of all resources (RFC 7644, section 3.4.3).", &["schemas"], fields),
        ),
    ]
}
