//! The schemas of the discovery documents (RFC 7643, sections 5 to 7).

use serde_json::json;

use super::json_schema::{Named, count, flag, list, object, of, reference, text, texts};

/// All schemas of discovery, by name.
pub(super) fn all() -> Named {
    let mut all = config();
    all.extend(described());
    all
}

fn config() -> Named {
    let supported = object(
        "Whether the server supports a feature.",
        &["supported"],
        json!({ "supported": flag("Whether the feature is supported.") }),
    );
    let of_bulk = object(
        "The support of bulk requests and their limits.",
        &["supported", "maxOperations", "maxPayloadSize"],
        json!({
            "supported": flag("Whether bulk requests are supported."),
            "maxOperations": count("The maximum number of operations."),
            "maxPayloadSize": count("The maximum size of the body in bytes."),
        }),
    );
    let of_filters = object(
        "The support of filters and their limits.",
        &["supported", "maxResults"],
        json!({ "supported": flag("Whether filters are supported."), "maxResults": count("The maximum number of resources on a page.") }),
    );
    let of_pages = object(
        "The support of pagination (RFC 9865).",
        &["cursor", "index", "defaultPaginationMethod", "defaultPageSize", "maxPageSize"],
        json!({
            "cursor": flag("Whether cursor-based pagination is supported."),
            "index": flag("Whether index-based pagination is supported."),
            "defaultPaginationMethod": text("The default method of pagination.", "index"),
            "defaultPageSize": count("The default number of resources on a page."),
            "maxPageSize": count("The maximum number of resources on a page."),
        }),
    );
    let scheme = object(
        "A supported authentication scheme.",
        &["type", "name", "description"],
        json!({
            "type": text("The type of the scheme.", "oauthbearertoken"),
            "name": text("The name of the scheme.", "API key"),
            "description": text("The description of the scheme.", "An API key with the scope scim, as a bearer token"),
            "specUri": text("The URL of its specification.", "https://www.rfc-editor.org/info/rfc6750"),
            "primary": flag("Whether it is the preferred scheme."),
        }),
    );
    let can = |what: &str| of("ScimSupported", what);
    let config = object(
        "The features that the server supports (RFC 7643, section 5).",
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
            "schemas": texts("The schema of the resource.", "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"),
            "patch": can("Support of PATCH."),
            "bulk": of("ScimBulkSupported", "Support of bulk requests."),
            "filter": of("ScimFilterSupported", "Support of filters."),
            "changePassword": can("Support of password changes. Users have no passwords."),
            "sort": can("Support of sorting."),
            "etag": can("Support of entity tags."),
            "pagination": of("ScimPagination", "Support of pagination."),
            "authenticationSchemes": list(&reference("schemas", "ScimAuthenticationScheme"), "The supported authentication schemes."),
            "meta": of("ScimUserMeta", "Metadata of the resource."),
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
        "A schema extension of a resource type.",
        &["schema", "required"],
        json!({
            "schema": text("The URI of the extension.", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
            "required": flag("Whether every resource of the type must have the extension."),
        }),
    );
    let kind = object(
        "A resource type (RFC 7643, section 6).",
        &["schemas", "id", "name", "endpoint", "schema"],
        json!({
            "schemas": texts("The schema of the resource.", "urn:ietf:params:scim:schemas:core:2.0:ResourceType"),
            "id": text("The ID of the resource type.", "User"),
            "name": text("The name of the resource type.", "User"),
            "endpoint": text("The path of its resources, relative to the base URL.", "/Users"),
            "description": text("The description of the resource type.", "A person of the account"),
            "schema": text("The URI of its core schema.", "urn:ietf:params:scim:schemas:core:2.0:User"),
            "schemaExtensions": list(&reference("schemas", "ScimSchemaExtension"), "Its schema extensions."),
            "meta": of("ScimUserMeta", "Metadata of the resource."),
        }),
    );
    let schema = object(
        "A schema (RFC 7643, section 7).",
        &["schemas", "id", "attributes"],
        json!({
            "schemas": texts("The schema of the resource.", "urn:ietf:params:scim:schemas:core:2.0:Schema"),
            "id": text("The URI of the schema.", "urn:ietf:params:scim:schemas:core:2.0:User"),
            "name": text("The name of the schema.", "User"),
            "description": text("The description of the schema.", "A person of the account"),
            "attributes": list(&reference("schemas", "ScimAttribute"), "The attributes of the schema."),
            "meta": of("ScimUserMeta", "Metadata of the resource."),
        }),
    );
    let attribute = object(
        "An attribute.",
        &["name", "type", "multiValued"],
        json!({
            "name": text("The name of the attribute.", "displayName"),
            "type": text("The data type of its values.", "string"),
            "multiValued": flag("Whether it can have several values."),
            "description": text("The description of the attribute.", "The name for display"),
            "required": flag("Whether the attribute is required."),
            "caseExact": flag("Whether texts are compared with case."),
            "mutability": text("Whether a client can set the value.", "readWrite"),
            "returned": text("When the attribute is returned.", "default"),
            "uniqueness": text("Whether the value must be unique.", "none"),
            "canonicalValues": texts("The allowed or suggested values, if there are any.", "work"),
            "referenceTypes": texts("The types of resources that a reference can have.", "User"),
            "subAttributes": {
                "type": "array", "items": reference("schemas", "ScimAttribute"),
                "description": "The sub-attributes of a complex attribute.", "examples": [[]],
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
