//! `/api/v1`: audit.

use actix_web::web;
use utoipa::OpenApi;

/// What this module serves, described.
#[derive(OpenApi)]
#[openapi(paths())]
pub(super) struct Doc;

/// Adds the addresses of this module.
pub(super) fn routes(_api: &mut web::ServiceConfig) {}
