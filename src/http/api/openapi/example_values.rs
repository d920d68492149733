//! Example values of fields that have no example of their own.

use serde_json::{Value, json};

/// A certificate of the identity provider of all examples. Its private key was
/// never kept.
const CERTIFICATE: &str = include_str!("certificate.pem");

/// Example texts by field, or by schema and field.
const EXAMPLE_TEXTS: &[(&str, &str)] = &[
    ("email", "ada.lovelace@example.com"),
    ("firstName", "Ada"),
    ("lastName", "Lovelace"),
    ("nextCursor", "eyJhZnRlciI6IkFkYSJ9"),
    ("requestId", "0198c5a0-7d2c-7b6e-9d60-3f1f2a6f0c11"),
    ("slug", "default"),
    ("contact", "it@example.com"),
    ("subject", "ada.lovelace@example.com"),
    ("explanation", "A user is created, and put into 1 team."),
    ("Account/name", "Example Ltd"),
    ("AccountChanges/name", "Example Ltd"),
    ("CallerAccount/name", "Example Ltd"),
    ("CallerKey/name", "Payroll"),
    ("ScimClient/name", "Okta"),
    ("ScimClientDraft/name", "Okta"),
    ("ScimClientChanges/name", "Okta of Example Ltd"),
    ("Team/name", "Analytical Engine"),
    ("TeamDraft/name", "Analytical Engine"),
    ("TeamChanges/name", "Difference Engine"),
    ("PlanTeam/name", "Analytical Engine"),
    ("Connection/name", "Staff"),
    ("ConnectionDraft/name", "Contractors"),
    ("ConnectionChanges/name", "Staff"),
    ("AttemptConnection/name", "Staff"),
    ("idpEntityId", "https://idp.example.com/metadata"),
    ("ssoUrl", "https://idp.example.com/sso"),
    ("certificate", CERTIFICATE),
    ("certificates", CERTIFICATE),
    ("pem", CERTIFICATE),
    ("fingerprintSha256", "62a7a6cbbbdaaa54052d570941e8f35b783d07f4792a3ff858b51a88b0f9f594"),
    ("Certificate/subject", "CN=idp.example.com"),
    ("CertificateDraft/certificate", CERTIFICATE),
    (
        "IgnoredCertificate/remedy",
        "Renew the signing certificate at the identity provider, and export its metadata again.",
    ),
    (
        "metadata",
        "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\">…</EntityDescriptor>",
    ),
    ("metadataEntityId", "https://idp.example.com/metadata"),
    ("entityId", "https://usher.example.com/saml/0198c5a0-7d2c-7000-8000-000000000000/metadata"),
    ("acsUrl", "https://usher.example.com/saml/0198c5a0-7d2c-7000-8000-000000000000/acs"),
    ("metadataUrl", "https://usher.example.com/saml/0198c5a0-7d2c-7000-8000-000000000000/metadata"),
    ("loginUrl", "https://usher.example.com/saml/0198c5a0-7d2c-7000-8000-000000000000/login"),
    ("AttributeMapping/firstName", "givenName"),
    ("AttributeMapping/lastName", "sn"),
    ("AttributeMappingChanges/firstName", "givenName"),
    ("AttributeMappingChanges/lastName", "sn"),
    ("ReceivedAttribute/values", "Ada"),
    ("AuditActor/name", "Payroll"),
    ("AuditChange/field", "department"),
    ("AuditChange/from", "Engines"),
    ("AuditChange/to", "Mathematics"),
    ("ImportChange/field", "department"),
    ("ImportChange/from", "Engines"),
    ("ImportChange/to", "Mathematics"),
    ("PlanDenial/detail", "the assertion has no attribute role"),
    ("PlanDenial/attribute", "role"),
    ("PlanField/value", "Ada"),
    ("PlanFallback/attribute", "role"),
    ("PlanFallback/value", "OWNER"),
    ("PlanFallback/used", "STAKEHOLDER"),
    ("PlanSource/attribute", "firstName"),
    ("PreviewAssertion/attributes", "USER"),
    ("samlResponse", "PHNhbWxwOlJlc3BvbnNlLz4="),
];

/// The fields in which the example of a request differs from that of its schema: a
/// created resource must not exist yet, and `/Me` is not Ada.
const REQUEST_OVERRIDES: &[(&str, &str)] = &[
    (
        "createUser",
        r#"{
            "email": "grace.hopper@example.com", "externalId": "4712",
            "firstName": "Grace", "lastName": "Hopper",
            "position": "Rear Admiral", "department": "Compilers",
            "mobile": {"regionCode": "US", "number": "(212) 736-5000"},
            "userProfileImage": "https://example.com/grace.png",
            "emails": [{"value": "grace.hopper@example.com", "type": "work", "primary": true}],
            "phoneNumbers": [{"value": "tel:+12127365000", "type": "mobile"}],
            "photos": [{"value": "https://example.com/grace.png", "type": "photo"}],
            "teams": [{"name": "Compilers", "role": "USER"}]
        }"#,
    ),
    ("createTeam", r#"{"name": "Compilers"}"#),
    ("createAttributeDefinition", r#"{"name": "badge", "type": "STRING"}"#),
    ("createConnection", r#"{"name": "Partners"}"#),
    (
        "createScimUser",
        r#"{
            "userName": "grace.hopper", "title": "Rear Admiral",
            "name": {"familyName": "Hopper", "givenName": "Grace"},
            "emails": [{"value": "grace.hopper@example.com"}]
        }"#,
    ),
    ("createScimGroup", r#"{"displayName": "Compilers", "externalId": "4712"}"#),
    (
        "updateScimGroup",
        r#"{"Operations": [{"op": "replace", "path": "displayName", "value": "Difference Engine"}]}"#,
    ),
    (
        "replaceScimMe",
        r#"{
            "userName": "margaret.hamilton", "title": "Director",
            "name": {"familyName": "Hamilton", "givenName": "Margaret"},
            "emails": [{"value": "margaret.hamilton@example.com"}],
            "urn:ietf:params:scim:schemas:extension:usher:2.0:User": {"role": "ADMIN"}
        }"#,
    ),
    (
        "updateScimMe",
        r#"{"Operations": [{"op": "replace", "path": "displayName", "value": "Margaret H. Hamilton"}]}"#,
    ),
];

/// The fields of an example, if all fields would be too many or exclude one another.
const EXAMPLE_FIELDS: &[(&str, &[&str])] = &[
    ("ApiKeyDraft", &["name", "scopes", "expiresAt"]),
    ("UserTeamDraft", &["name", "role"]),
    ("AttributeDefinitionDraft", &["name", "type", "description"]),
    ("AttributeDefinitionChanges", &["description", "required"]),
    ("AccountChanges", &["name", "contact", "recreateDeleted"]),
    ("UserChanges", &["lastName", "department"]),
    (
        "ConnectionDraft",
        &[
            "name",
            "idpEntityId",
            "ssoUrl",
            "certificates",
            "checkProvisionAttribute",
            "mapping",
            "skewSeconds",
        ],
    ),
    ("ConnectionChanges", &["checkProvisionAttribute", "keepMessagesHours"]),
    ("AttributeMappingChanges", &["firstName", "lastName"]),
    ("ScimSearch", &["schemas", "attributes", "filter", "startIndex", "count"]),
    ("ScimUserSearch", &["schemas", "attributes", "filter", "sortBy", "count", "cursor"]),
    ("ScimGroupSearch", &["schemas", "filter", "sortBy", "sortOrder", "startIndex", "count"]),
    (
        "ScimUserDraft",
        &[
            "schemas",
            "userName",
            "name",
            "title",
            "active",
            "emails",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:ietf:params:scim:schemas:extension:usher:2.0:User",
        ],
    ),
];

/// Returns the fields in which the example of an operation differs from that of its
/// schema.
pub(super) fn request_overrides(operation: &str) -> Option<Value> {
    let (_, fields) = REQUEST_OVERRIDES.iter().find(|(name, _)| *name == operation)?;
    serde_json::from_str(fields).ok()
}

/// Returns the example of a field that is not a single text.
pub(super) fn example_value(owner: &str, field: &str) -> Option<Value> {
    Some(match (owner, field) {
        ("Certificate", "problem") | (_, "sha1Until") => Value::Null,
        // Without the scope `scim`.
        ("ApiKey", "scimClient" | "dialect") => Value::Null,
        (_, "skewSeconds") => json!(180),
        ("AccountRole" | "TeamRole", "") => json!("USER"),
        ("ImportReport", "rows" | "created") => json!(1),
        ("ImportResult", "errors" | "changes") => json!([]),
        ("Import", "rows" | "processed") => json!(1),
        ("Import", "failure") => Value::Null,
        // A field without a mapping has its own name.
        ("AttributeMapping", field)
            if !field.is_empty() && example_text(owner, field).is_none() =>
        {
            Value::Null
        }
        _ => return None,
    })
}

/// Returns the example of a text field.
pub(super) fn example_text(owner: &str, field: &str) -> Option<&'static str> {
    let exact = format!("{owner}/{field}");
    let find_text =
        |name: &str| EXAMPLE_TEXTS.iter().find(|(key, _)| *key == name).map(|(_, text)| *text);
    // The fields of a mapping have the names of user fields, with other meanings.
    find_text(&exact).or_else(|| find_text(field).filter(|_| owner != "AttributeMapping"))
}

/// Whether the example of a schema has a field.
pub(super) fn is_in_examples(owner: &str, field: &str) -> bool {
    let only = EXAMPLE_FIELDS.iter().find(|(schema, _)| *schema == owner);
    // Beside `disabled`, the status may be a contradiction.
    only.is_none_or(|(_, fields)| fields.contains(&field))
        && (owner, field) != ("UserDraft", "status")
}
