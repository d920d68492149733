//! `/saml/{connection}/metadata`: the service provider metadata.

use actix_web::{HttpResponse, http::header, web};

use super::{AppState, blocking, login::ConnectionPath, problem::Problem};
use crate::app::service_provider;

/// `GET /saml/{connection}/metadata` (Metadata 4.1)
pub(super) async fn get(
    state: web::Data<AppState>,
    path: web::Path<ConnectionPath>,
) -> Result<HttpResponse, Problem> {
    let connection = path.connection()?;
    let app = state.app.clone();
    let xml = blocking::run(move || service_provider::build_metadata(&app, connection)).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/samlmetadata+xml")
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"usher-metadata.xml\""))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(xml))
}
