//! Every route, with its handlers.

use actix_web::http::Method;

use super::{
    api::{
        account, attempts, attribute_definitions, audit, connections, deleted_users, import, keys,
        me, members, preview, scim_clients, teams, users,
    },
    auth::Access,
    endpoint::{Endpoint, endpoints},
    health, login, metadata, page_handlers, scim, session, well_known,
};
use crate::app::scim::{groups::ScimGroup, users::ScimUser};

/// The prefix of the admin API.
pub(super) const API: &str = "/api/v1";

/// The prefix of SCIM.
pub(super) const SCIM: &str = "/scim/v2";

/// Pages, logins, sessions and probes.
pub(super) fn page_endpoints() -> Vec<Endpoint> {
    endpoints! {
        "/" { get: page_handlers::home }
        "/signin" { get: page_handlers::sign_in }
        "/signin/error/{reference}" { get: page_handlers::error }
        "/signout" { post: page_handlers::sign_out }
        "/signedout" { get: page_handlers::signed_out }
        "/saml/{connection}/metadata" { get: metadata::get }
        "/saml/{connection}/login" { get_only: login::begin }
        "/saml/{connection}/acs" { post: login::acs }
        "/session" { get: session::get, delete: session::delete }
        "/session/token" { post: session::create_token }
        "/.well-known/jwks.json" { get: well_known::jwks }
        "/healthz" { get: health::healthz }
        "/readyz" { get: health::readyz }
    }
}

/// The admin API, below [`API`]. Fixed paths come before those with parameters.
pub(super) fn api_endpoints() -> Vec<Endpoint> {
    endpoints! {
        "/users/import" { post: import::import_users }
        "/users/batch" { post: import::batch::stage_users }
        "/imports" { get: import::jobs::list }
        "/imports/{importId}" { get: import::jobs::get, delete: import::jobs::cancel }
        "/users" { get: users::list, post: users::create }
        "/users/{userId}" { get: users::get, put: users::replace, patch: users::update, delete: users::delete }
        "/users/{userId}/explain" { get: users::explain::get }
        "/users/{userId}/identities/{identityId}" { delete: users::identities::unlink }
        "/deleted-users" { get: deleted_users::list }
        "/deleted-users/{userId}" { get: deleted_users::get, delete: deleted_users::delete }
        "/teams" { get: teams::list, post: teams::create }
        "/teams/{teamId}" { get: teams::get, put: teams::replace, patch: teams::update, delete: teams::delete }
        "/teams/{teamId}/members" { get: members::list }
        "/teams/{teamId}/members/batch" { post: members::change }
        "/teams/{teamId}/members/{userId}" { get: members::get, put: members::put, delete: members::remove }
        "/connections" { get: connections::list, post: connections::create }
        "/connections/{connectionId}" { get: connections::get, put: connections::replace, patch: connections::update, delete: connections::delete }
        "/connections/{connectionId}/certificates" { post: connections::certificates::add }
        "/connections/{connectionId}/certificates/{fingerprint}" { delete: connections::certificates::remove }
        "/connections/{connectionId}/idp-metadata" { get: connections::certificates::metadata }
        "/connections/{connectionId}/preview" { post: preview::create }
        "/attempts" { get: attempts::list }
        "/attempts/{attemptId}" { get: attempts::get }
        "/attempts/{attemptId}/message" { get: attempts::message }
        "/audit" { get: audit::list }
        "/audit/{auditEntryId}" { get: audit::get }
        "/keys" { get: keys::list, post: keys::create }
        "/keys/{keyId}" { get: keys::get, delete: keys::delete }
        "/keys/{keyId}/rotate" { post: keys::rotation::rotate }
        "/keys/{keyId}/compatibility-fixes" { get: keys::list_fixes }
        "/scim-clients" { get: scim_clients::list, post: scim_clients::create }
        "/scim-clients/{scimClientId}" { get: scim_clients::get, patch: scim_clients::update, delete: scim_clients::delete }
        "/scim-clients/{scimClientId}/compatibility-fixes" { get: scim_clients::list_fixes }
        "/attribute-definitions" { get: attribute_definitions::list, post: attribute_definitions::create }
        "/attribute-definitions/{attributeDefinitionId}" { get: attribute_definitions::get, patch: attribute_definitions::update, delete: attribute_definitions::delete }
        "/attributes" { get: attribute_definitions::schema }
        "/account" { get: account::get, patch: account::update }
        "/me" { get: me::get }
    }
}

/// SCIM, below [`SCIM`].
pub(super) fn scim_endpoints() -> Vec<Endpoint> {
    endpoints! {
        "/ServiceProviderConfig" { get: scim::discovery::config }
        "/ResourceTypes" { get: scim::discovery::resource_types }
        "/ResourceTypes/{name}" { get: scim::discovery::resource_type }
        "/Schemas" { get: scim::discovery::schemas }
        "/Schemas/{uri}" { get: scim::discovery::schema }
        "/Users" { get: scim::resource::list::<ScimUser>, post: scim::users::create }
        "/Users/.search" { post: scim::resource::search::<ScimUser> }
        "/Users/{id}" { get: scim::users::get, put: scim::users::replace, patch: scim::users::update, delete: scim::users::delete }
        "/Groups" { get: scim::resource::list::<ScimGroup>, post: scim::groups::create }
        "/Groups/.search" { post: scim::resource::search::<ScimGroup> }
        "/Groups/{id}" { get: scim::groups::get, put: scim::groups::replace, patch: scim::groups::update, delete: scim::groups::delete }
        "/Me" { get: scim::me::get, put: scim::me::replace, patch: scim::me::update, delete: scim::me::delete }
        "/.search" { post: scim::root::search }
        "/Bulk" { post: scim::bulk::post }
    }
}

/// Every path of the admin API and of SCIM, with its methods and whom each serves.
#[must_use]
pub fn contract_paths() -> Vec<(String, Vec<(Method, Access)>)> {
    let with_prefix = |prefix: &'static str, endpoints: Vec<Endpoint>| {
        endpoints.into_iter().map(move |endpoint| {
            (format!("{prefix}{}", endpoint.path()), endpoint.methods().to_vec())
        })
    };
    with_prefix(API, api_endpoints()).chain(with_prefix(SCIM, scim_endpoints())).collect()
}
