//! The contract: what the admin API serves, in OpenAPI 3.1.

use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{
    account, attempts, audit, connections, deleted_users, import, keys, me, members, preview,
    teams, users,
};
use crate::http::problem::details;

/// What all of the contract shares.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Usher",
        description = "The admin API of Usher.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(details::Problem, details::ProblemError)),
    security(("apiKey" = [])),
    modifiers(&Security),
)]
struct Contract;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("apiKey", SecurityScheme::Http(bearer));
    }
}

/// The contract as it stands in `openapi/openapi.json`.
#[must_use]
pub fn contract() -> utoipa::openapi::OpenApi {
    let mut contract = Contract::openapi();
    for part in [
        users::Doc::openapi(),
        import::Doc::openapi(),
        deleted_users::Doc::openapi(),
        teams::Doc::openapi(),
        members::Doc::openapi(),
        connections::Doc::openapi(),
        preview::Doc::openapi(),
        attempts::Doc::openapi(),
        audit::Doc::openapi(),
        keys::Doc::openapi(),
        account::Doc::openapi(),
        me::Doc::openapi(),
    ] {
        contract.merge(part);
    }
    contract
}
