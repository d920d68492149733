//! The schemas of what a client finds out by asking (RFC 7643, sections 5 to
//! 7).

use serde_json::json;

use super::json_schema::{Named, count, flag, list, object, of, reference, text, texts};

/// All of them, by name.
pub(super) fn all() -> Named {
    let mut all = config();
    all.extend(described());
    all
}

fn config() -> Named {
    let supported = object(
        "Whether something can be done.",
        &["supported"],
        json!({ "supported": flag("Whether it can.") }),
    );
    let of_bulk = object(
        "How much a bulk request may hold.",
        &["supported", "maxOperations", "maxPayloadSize"],
        json!({
            "supported": flag("Whether it can be done."),
            "maxOperations": count("The most operations."),
            "maxPayloadSize": count("The most bytes."),
        }),
    );
    let of_filters = object(
        "What lists take.",
        &["supported", "maxResults"],
        json!({ "supported": flag("Whether lists take filters."), "maxResults": count("The most on a page.") }),
    );
    let of_pages = object(
        "How lists are paged (RFC 9865).",
        &["cursor", "index", "defaultPaginationMethod", "defaultPageSize", "maxPageSize"],
        json!({
            "cursor": flag("Whether by cursors."),
            "index": flag("Whether by counting."),
            "defaultPaginationMethod": text("How, unless a client asks.", "index"),
            "defaultPageSize": count("How many on a page, unless a client asks."),
            "maxPageSize": count("The most on a page."),
        }),
    );
    let scheme = object(
        "How a client proves who it is.",
        &["type", "name", "description"],
        json!({
            "type": text("What kind of proof it is.", "oauthbearertoken"),
            "name": text("What it is called.", "API key"),
            "description": text("What it is.", "An API key with the scope scim, as a bearer token"),
            "specUri": text("Where it is described.", "https://www.rfc-editor.org/info/rfc6750"),
            "primary": flag("Whether it is preferred."),
        }),
    );
    let can = |what: &str| of("ScimSupported", what);
    let config = object(
        "What the server can do (RFC 7643, section 5).",
        &[
            "schemas",
            "patch",
            "bulk",
            "filter",
            "changePassword",
            "sort",
            "etag",
            "authenticationSchemes",
        ],
        json!({
            "schemas": texts("What the message is.", "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"),
            "patch": can("PATCH."),
            "bulk": of("ScimBulkSupported", "Bulk requests."),
            "filter": of("ScimFilterSupported", "Filters."),
            "changePassword": can("Passwords: there are none."),
            "sort": can("Sorted lists."),
            "etag": can("Entity tags."),
            "pagination": of("ScimPagination", "Pages."),
            "authenticationSchemes": list(&reference("schemas", "ScimAuthenticationScheme"), "How clients prove who they are."),
            "meta": of("ScimUserMeta", "What is known of it."),
        }),
    );
    vec![
        ("ScimSupported", supported),
        ("ScimBulkSupported", of_bulk),
        ("ScimFilterSupported", of_filters),
        ("ScimPagination", of_pages),
        ("ScimAuthenticationScheme", scheme),
        ("ScimConfig", config),
    ]
}

fn described() -> Named {
    let extension = object(
        "A schema that a resource may have besides its own.",
        &["schema", "required"],
        json!({
            "schema": text("Its URI.", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
            "required": flag("Whether each has it."),
        }),
    );
    let kind = object(
        "A kind of resources (RFC 7643, section 6).",
        &["schemas", "id", "name", "endpoint", "schema"],
        json!({
            "schemas": texts("What the message is.", "urn:ietf:params:scim:schemas:core:2.0:ResourceType"),
            "id": text("Its name.", "User"),
            "name": text("Its name.", "User"),
            "endpoint": text("Where they are.", "/Users"),
            "description": text("What they are.", "A person of the account"),
            "schema": text("Their own schema.", "urn:ietf:params:scim:schemas:core:2.0:User"),
            "schemaExtensions": list(&reference("schemas", "ScimSchemaExtension"), "What they may have besides."),
            "meta": of("ScimUserMeta", "What is known of it."),
        }),
    );
    let schema = object(
        "A schema (RFC 7643, section 7).",
        &["schemas", "id", "attributes"],
        json!({
            "schemas": texts("What the message is.", "urn:ietf:params:scim:schemas:core:2.0:Schema"),
            "id": text("Its URI.", "urn:ietf:params:scim:schemas:core:2.0:User"),
            "name": text("Its name.", "User"),
            "description": text("What it is of.", "A person of the account"),
            "attributes": list(&reference("schemas", "ScimAttribute"), "What it has."),
            "meta": of("ScimUserMeta", "What is known of it."),
        }),
    );
    let attribute = object(
        "An attribute.",
        &["name", "type", "multiValued"],
        json!({
            "name": text("Its name.", "displayName"),
            "type": text("What its values are.", "string"),
            "multiValued": flag("Whether it has several values."),
            "description": text("What it means.", "How the user is shown"),
            "required": flag("Whether a resource can't be without it."),
            "caseExact": flag("Whether texts are compared to the letter."),
            "mutability": text("Who gives it its value.", "readWrite"),
            "returned": text("When it is shown.", "default"),
            "uniqueness": text("Whether no two have the same value.", "none"),
            "canonicalValues": texts("The values that there are, if they are known.", "work"),
            "referenceTypes": texts("What a reference is to.", "User"),
            "subAttributes": {
                "type": "array", "items": reference("schemas", "ScimAttribute"),
                "description": "Its parts, if it is complex.", "examples": [[]],
            },
        }),
    );
    vec![
        ("ScimSchemaExtension", extension),
        ("ScimResourceType", kind),
        ("ScimSchema", schema),
        ("ScimAttribute", attribute),
    ]
}
