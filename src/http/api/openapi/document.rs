//! The description of the API, and the merged contracts of its modules.

use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::http::{
    api::{
        account, attempts, attribute_definitions, audit, connections, deleted_users, import, keys,
        me, members, preview, query, scim_clients, teams, users,
    },
    problem::details,
};

/// Each tag, in the order in which a reader meets them.
const TAGS: &[(&str, &str)] = &[
    (
        "users",
        "Users of the account: create them before their first login, import them from a file, update, disable and delete them.",
    ),
    ("teams", "Teams of the account and their members."),
    ("connections", "Identity providers of the account, and how their logins are verified."),
    ("previews", "Previews of logins: what a login would do, and why."),
    ("attempts", "Login attempts with every check and the plan."),
    ("audit", "The audit log: who changed what, and when."),
    ("keys", "Keys of programs that use this API or SCIM."),
    (
        "scim-clients",
        "Identity providers that push users and groups by SCIM: their dialect, their external IDs and their keys.",
    ),
    ("attributes", "The custom attributes of the account's users."),
    ("account", "The account itself."),
    ("me", "The caller."),
];

/// The introduction of the contract.
const DESCRIPTION: &str = "\
Usher signs people in to a product by SAML single sign-on, and provisions their \
users and teams. With this API, administrators and their programs can create users and \
teams before their first login, set up connections to identity providers, and find \
out why a login failed.

**Begin** with a key: `usher key create` prints one. Send it with each request \
as `Authorization: Bearer usher_…`; `GET /api/v1/me` returns its scopes. Each \
operation names the scope that it needs.

**In a browser**, the session of a user with the role ADMIN has all scopes: the \
cookie `__Host-usher-session` (`usher-session` without https). Any method other \
than GET then needs an `Origin` or `Sec-Fetch-Site` header that shows that the \
request comes from this site.

**Lists** take `filter` (the grammar of SCIM, RFC 7644), `sortBy`, `sortOrder` \
and `count`. To get the next page, send `nextCursor` of a page as `cursor`.

**Changes** are guarded by `If-Match` with the `ETag` of the resource: if it was \
changed meanwhile, the response is 412 and nothing is changed. A PATCH is a JSON \
Merge Patch (RFC 7396): a field that is left out keeps its value, null clears it. \
The body of a GET of a user, a team, a member, a connection, a SCIM client or the account can be sent back \
with edits: a read-only field is accepted only with its current value. \
A POST with an `Idempotency-Key` can be retried safely.

**Problems** are problem details (RFC 9457). A `code` never changes its meaning. \
`errors` lists every error, each with its field, its value, what is expected and a \
remedy. Later versions may add codes, and values to the enums of responses: a client \
must accept values that it does not know.";

/// The parts that all operations share.
///
/// The browser session is described as text. As a security scheme with a cookie, it
/// would make some generators write code that does not compile.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Usher",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(name = "The operator of this deployment"),
    ),
    servers((
        url = "http://127.0.0.1:8080",
        description = "The demo. A deployment serves this contract with its own URL"
    )),
    components(schemas(details::Problem, details::ProblemCode, details::ProblemError, query::SortOrder)),
    security(("apiKey" = [])),
    modifiers(&Security),
)]
struct AdminContract;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A key of the account: `Authorization: Bearer usher_…`."));
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("apiKey", SecurityScheme::Http(bearer.build()));
    }
}

/// Returns a contract with the components of the admin API and no operations.
pub(super) fn strip_operations(admin: &Value) -> Value {
    let mut contract = admin.clone();
    if let Some(contract) = contract.as_object_mut() {
        contract.insert("paths".into(), json!({}));
        contract.insert("tags".into(), json!([]));
    }
    contract
}

/// Merges the contracts of all modules.
pub(super) fn merge_modules() -> Value {
    let mut contract = AdminContract::openapi();
    contract.info.description = Some(DESCRIPTION.into());
    for part in [
        users::Doc::openapi(),
        import::Doc::openapi(),
        import::jobs::Doc::openapi(),
        deleted_users::Doc::openapi(),
        teams::Doc::openapi(),
        members::Doc::openapi(),
        connections::Doc::openapi(),
        preview::Doc::openapi(),
        attempts::Doc::openapi(),
        audit::Doc::openapi(),
        keys::Doc::openapi(),
        scim_clients::Doc::openapi(),
        attribute_definitions::Doc::openapi(),
        account::Doc::openapi(),
        me::Doc::openapi(),
    ] {
        contract.merge(part);
    }
    let mut contract = serde_json::to_value(&contract).unwrap_or_default();
    if let Some(contract) = contract.as_object_mut() {
        contract.insert("tags".into(), Value::Array(build_tags()));
    }
    contract
}

fn build_tags() -> Vec<Value> {
    TAGS.iter()
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect()
}
