//! `/.well-known/jwks.json`: the keys with which any service verifies tokens.

use actix_web::{HttpResponse, http::header, web};
use serde::Serialize;

use super::{AppState, blocking, problem::Problem};
use crate::app::tokens::{self, Jwk};

#[derive(Serialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

/// `GET /.well-known/jwks.json` (RFC 7517)
pub(super) async fn jwks(state: web::Data<AppState>) -> Result<HttpResponse, Problem> {
    let app = state.app.clone();
    let keys = blocking::run(move || tokens::list_published_keys(&app)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .json(Jwks { keys }))
}
