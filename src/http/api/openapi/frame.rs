//! What the contract says of the API as a whole, and the parts that its
//! modules say of themselves.

use serde_json::{Value, json};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use crate::http::{
    api::{
        account, attempts, audit, connections, deleted_users, import, keys, me, members, preview,
        query, scim_clients, teams, users,
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
    ("previews", "What a login would do, and why, without doing it."),
    ("attempts", "Login attempts with every check and the plan."),
    ("audit", "Who changed what, and when."),
    ("keys", "Keys of programs that use this API or SCIM."),
    (
        "scim-clients",
        "Identity providers that push users and groups by SCIM: their dialect, their external IDs and their keys.",
    ),
    ("account", "The account itself."),
    ("me", "The caller."),
];

/// Where a reader begins.
const DESCRIPTION: &str = "\
Usher lets people into a product by SAML single sign-on, and makes sure that \
their user and their team are there. With this API an administrator's program \
prepares users and teams before anybody has logged in, sets up connections to \
identity providers, and finds out why a login failed.

**Begin** with a key: `usher key create` prints one. Send it with each request \
as `Authorization: Bearer usher_…`; `GET /api/v1/me` says what it opens. Each \
operation names the scope that it needs.

**In a browser** the session of a user with the role ADMIN opens everything as \
well: the cookie `__Host-usher-session` (`usher-session` without https). Any \
method but GET then needs an `Origin` or `Sec-Fetch-Site` header that shows that \
the request comes from this site.

**Lists** take `filter` (the grammar of SCIM, RFC 7644), `sortBy`, `sortOrder` \
and `count`; `nextCursor` of a page, sent as `cursor`, leads to the next one.

**Changes** are guarded by `If-Match` with the `ETag` of what was read: if \
somebody else was faster, nothing is changed and the answer is 412. A PATCH is \
a JSON Merge Patch (RFC 7396): a field that is left out stays, null takes its \
value away. A POST with an `Idempotency-Key` may be sent again without harm.

**Problems** are problem details (RFC 9457). `code` never changes its meaning; \
`errors` names all that is wrong at once, each with field, value, what is \
expected and a remedy. There may be more codes, and more values of an enum of \
an answer, in later versions: a client must accept those that it does not know.";

/// What all of the contract shares.
///
/// The session of a browser is described in words: as a security scheme of a
/// cookie it makes some generators write code that does not compile.
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
struct Frame;

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

/// A contract with the components of the admin API, and no operations yet.
pub(super) fn without_operations(admin: &Value) -> Value {
    let mut contract = admin.clone();
    if let Some(contract) = contract.as_object_mut() {
        contract.insert("paths".into(), json!({}));
        contract.insert("tags".into(), json!([]));
    }
    contract
}

/// All that the modules say, in one.
pub(super) fn parts() -> Value {
    let mut contract = Frame::openapi();
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
        account::Doc::openapi(),
        me::Doc::openapi(),
    ] {
        contract.merge(part);
    }
    let mut contract = serde_json::to_value(&contract).unwrap_or_default();
    if let Some(contract) = contract.as_object_mut() {
        contract.insert("tags".into(), Value::Array(tags()));
    }
    contract
}

fn tags() -> Vec<Value> {
    TAGS.iter()
        .map(|(name, description)| json!({"name": name, "description": description}))
        .collect()
}
