//! The doors. Thin: a handler reads a request, calls one use case, and writes
//! the answer. The whole of what is served stands in [`router`].

pub mod assets;
mod blocking;
mod cookies;
pub mod headers;
mod health;
mod login;
mod metadata;
pub mod pages;
mod problem;
mod reply;
mod router;
mod session;
mod visit;
mod well_known;

use std::net::TcpListener;

use actix_web::{App as Actix, HttpServer, dev::Server, middleware, web};

pub use self::router::routes;
use crate::app::App;

/// What every handler works with.
#[derive(Debug, Clone)]
pub struct State {
    /// The use cases' own context.
    pub app: App,
}

/// Serves on a socket until it is told to stop. `more` is put before the
/// routes of Usher.
///
/// # Errors
/// If the socket can't be served.
pub fn serve<F>(
    app: App,
    socket: TcpListener,
    workers: Option<usize>,
    more: F,
) -> std::io::Result<Server>
where
    F: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
{
    let https = app.settings.base_url.scheme() == "https";
    let state = web::Data::new(State { app });
    let server = HttpServer::new(move || {
        Actix::new()
            .app_data(state.clone())
            .wrap(middleware::Compress::default())
            .wrap(headers::security(https))
            .wrap(
                tracing_actix_web::TracingLogger::<tracing_actix_web::DefaultRootSpanBuilder>::new(
                ),
            )
            .configure(more.clone())
            .configure(routes)
    });
    let server = match workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    Ok(server.listen(socket)?.run())
}
