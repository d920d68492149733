//! `/healthz` and `/readyz`: probes for process supervisors and load balancers.

use std::time::Duration;

use actix_web::{HttpResponse, rt, web};

use super::{State, problem::Problem};

/// How often the handler checks whether the readiness is known.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// `GET /healthz`: reports that the process is running.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /readyz`: reports whether a login can be written. Uses no blocking thread
/// and no pooled connection, so that it does not wait behind other requests.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    loop {
        // Known within seconds, even if the database does not respond.
        match state.app.readiness() {
            Some(found) => {
                found?;
                let mut response = HttpResponse::Ok();
                return Ok(response.content_type("text/plain; charset=utf-8").body("ready\n"));
            }
            None => rt::time::sleep(ASK_EVERY).await,
        }
    }
}
