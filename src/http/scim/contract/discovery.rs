//! The schemas of the discovery documents (RFC 7643, sections 5 to 7).

use serde_json::json;

use super::json_schema::{
    NamedSchemas, count_property, flag_property, list_property, object_schema, reference,
    reference_property, text_list_property, text_property,
};

/// All schemas of discovery, by name.
pub(super) fn discovery_schemas() -> NamedSchemas {
    let mut schemas = config_schemas();
    schemas.extend(type_schemas());
    schemas
}

fn config_schemas() -> NamedSchemas {
    let supported = object_schema(
        "Whether the server supports a feature.",
        &["supported"],
        json!({ "supported": flag_property("Whether the feature is supported.") }),
    );
    let bulk_support = object_schema(
        "The support of bulk requests and their limits.",
        &["supported", "maxOperations", "maxPayloadSize"],
        json!({
            "supported": flag_property("Whether bulk requests are supported."),
            "maxOperations": count_property("The maximum number of operations."),
            "maxPayloadSize": count_property("The maximum size of the body in bytes."),
        }),
    );
    let filter_support = object_schema(
        "The support of filters and their limits.",
        &["supported", "maxResults"],
        json!({ "supported": flag_property("Whether filters are supported."), "maxResults": count_property("The maximum number of resources on a page.") }),
    );
    let pagination = object_schema(
        "The support of pagination (RFC 9865).",
        &["cursor", "index", "defaultPaginationMethod", "defaultPageSize", "maxPageSize"],
        json!({
            "cursor": flag_property("Whether cursor-based pagination is supported."),
            "index": flag_property("Whether index-based pagination is supported."),
            "defaultPaginationMethod": text_property("The default method of pagination.", "index"),
            "defaultPageSize": count_property("The default number of resources on a page."),
            "maxPageSize": count_property("The maximum number of resources on a page."),
        }),
    );
    let scheme = object_schema(
        "A supported authentication scheme.",
        &["type", "name", "description"],
        json!({
            "type": text_property("The type of the scheme.", "oauthbearertoken"),
            "name": text_property("The name of the scheme.", "API key"),
            "description": text_property("The description of the scheme.", "An API key with the scope scim, as a bearer token"),
            "specUri": text_property("The URL of its specification.", "https://www.rfc-editor.org/info/rfc6750"),
            "primary": flag_property("Whether it is the preferred scheme."),
        }),
    );
    let support = |what: &str| reference_property("ScimSupported", what);
    let config = object_schema(
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
            "schemas": text_list_property("The schema of the resource.", "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"),
            "patch": support("Support of PATCH."),
            "bulk": reference_property("ScimBulkSupported", "Support of bulk requests."),
            "filter": reference_property("ScimFilterSupported", "Support of filters."),
            "changePassword": support("Support of password changes. Users have no passwords."),
            "sort": support("Support of sorting."),
            "etag": support("Support of entity tags."),
            "pagination": reference_property("ScimPagination", "Support of pagination."),
            "authenticationSchemes": list_property(&reference("schemas", "ScimAuthenticationScheme"), "The supported authentication schemes."),
            "meta": reference_property("ScimUserMeta", "Metadata of the resource."),
        }),
    );
    vec![
        ("ScimSupported", supported),
        ("ScimBulkSupported", bulk_support),
        ("ScimFilterSupported", filter_support),
        ("ScimPagination", pagination),
        ("ScimAuthenticationScheme", scheme),
        ("ScimConfig", config),
    ]
}

fn type_schemas() -> NamedSchemas {
    let extension = object_schema(
        "A schema extension of a resource type.",
        &["schema", "required"],
        json!({
            "schema": text_property("The URI of the extension.", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
            "required": flag_property("Whether every resource of the type must have the extension."),
        }),
    );
    let resource_type = object_schema(
        "A resource type (RFC 7643, section 6).",
        &["schemas", "id", "name", "endpoint", "schema"],
        json!({
            "schemas": text_list_property("The schema of the resource.", "urn:ietf:params:scim:schemas:core:2.0:ResourceType"),
            "id": text_property("The ID of the resource type.", "User"),
            "name": text_property("The name of the resource type.", "User"),
            "endpoint": text_property("The path of its resources, relative to the base URL.", "/Users"),
            "description": text_property("The description of the resource type.", "A user of the account"),
            "schema": text_property("The URI of its core schema.", "urn:ietf:params:scim:schemas:core:2.0:User"),
            "schemaExtensions": list_property(&reference("schemas", "ScimSchemaExtension"), "Its schema extensions."),
            "meta": reference_property("ScimUserMeta", "Metadata of the resource."),
        }),
    );
    let schema = object_schema(
        "A schema (RFC 7643, section 7).",
        &["schemas", "id", "attributes"],
        json!({
            "schemas": text_list_property("The schema of the resource.", "urn:ietf:params:scim:schemas:core:2.0:Schema"),
            "id": text_property("The URI of the schema.", "urn:ietf:params:scim:schemas:core:2.0:User"),
            "name": text_property("The name of the schema.", "User"),
            "description": text_property("The description of the schema.", "A user of the account"),
            "attributes": list_property(&reference("schemas", "ScimAttribute"), "The attributes of the schema."),
            "meta": reference_property("ScimUserMeta", "Metadata of the resource."),
        }),
    );
    let attribute = object_schema(
        "An attribute.",
        &["name", "type", "multiValued"],
        json!({
            "name": text_property("The name of the attribute.", "displayName"),
            "type": text_property("The data type of its values.", "string"),
            "multiValued": flag_property("Whether it can have several values."),
            "description": text_property("The description of the attribute.", "The name for display"),
            "required": flag_property("Whether the attribute is required."),
            "caseExact": flag_property("Whether texts are compared with case."),
            "mutability": text_property("Whether a client can set the value.", "readWrite"),
            "returned": text_property("When the attribute is returned.", "default"),
            "uniqueness": text_property("Whether the value must be unique.", "none"),
            "canonicalValues": text_list_property("The allowed or suggested values, if there are any.", "work"),
            "referenceTypes": text_list_property("The types of resources that a reference can have.", "User"),
            "subAttributes": {
                "type": "array", "items": reference("schemas", "ScimAttribute"),
                "description": "The sub-attributes of a complex attribute.", "examples": [[]],
            },
        }),
    );
    vec![
        ("ScimSchemaExtension", extension),
        ("ScimResourceType", resource_type),
        ("ScimSchema", schema),
        ("ScimAttribute", attribute),
    ]
}
