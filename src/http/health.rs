//! `/healthz` and `/readyz`: for whoever keeps the process running.

use actix_web::{HttpResponse, web};

use super::{State, blocking, problem::Problem};

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /readyz`: the database answers as well.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let app = state.app.clone();
    blocking::run(move || app.ready()).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"))
}
