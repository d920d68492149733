//! `/healthz` and `/readyz`: for what keeps the process running and sends it
//! requests.

use std::time::Duration;

use actix_web::{HttpResponse, rt, web};

use super::{State, problem::Problem};

/// How often it is asked whether the finding is there.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /readyz`: a login could be written. Needs no thread that may block and
/// no connection of the pool, so that it does not wait behind other requests.
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    loop {
        // Known within seconds, also if the database is silent.
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
