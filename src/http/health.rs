//! `/healthz` and `/readyz`: probes for process supervisors and load balancers.

use std::time::Duration;

use actix_web::{HttpResponse, rt, web};

use super::{AppState, problem::Problem};

/// How often the handler checks whether the readiness is known.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// `GET /healthz`: reports that the process is running.
pub(super) async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /readyz`: reports whether a login can be written. Uses no blocking thread
/// and no pooled connection, so that it does not wait for other requests.
pub(super) async fn readyz(state: web::Data<AppState>) -> Result<HttpResponse, Problem> {
    loop {
        // Known within seconds, even if the database does not respond.
        match state.app.readiness() {
            Some(readiness) => {
                readiness?;
                let mut response = HttpResponse::Ok();
                return Ok(response.content_type("text/plain; charset=utf-8").body("ready\n"));
            }
            None => rt::time::sleep(POLL_INTERVAL).await,
        }
    }
}
