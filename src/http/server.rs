//! The HTTP server and its periodic housekeeping.

use std::{net::TcpListener, sync::Arc, time::Duration};

use actix_http::{HttpService, Protocol, error::DispatchError};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{
    App as Actix, Error, HttpMessage as _,
    body::MessageBody,
    dev::{AppConfig, Server, ServiceRequest, ServiceResponse},
    middleware,
    rt::{self, net::TcpStream},
    web,
};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder, TracingLogger};

use super::{
    AppState, ImportWorker,
    api::deprecation,
    backpressure,
    client_connection::ClientConnection,
    headers, protocol_upgrade, request_id, scim,
    service::add_routes,
    signals::{Signals, run_until_stopped},
};
use crate::app::{App, attribute_removals, housekeeping};

/// How long an idle connection is kept open. This is longer than the idle time of
/// clients and proxies (30 to 60 s), so that none of them sends a request on a
/// connection that is being closed. When the server stops, idle connections are
/// closed at once.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long a client may take to send the request line and headers of its first
/// request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a client may take to close its side of a connection.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// The maximum number of blocking threads of each worker. The waiting writes of one
/// account are limited, so that they leave threads for other accounts.
const MAX_BLOCKING_THREADS: usize = 512;

/// How often expired records are deleted.
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// How long a process that ends may take to write the uses that it has recorded.
const LAST_WRITES_LIMIT: Duration = Duration::from_secs(1);

/// How a server runs.
#[derive(Debug, Clone, Copy)]
pub struct ServerOptions {
    /// The number of threads that accept requests. `None` means one for each core.
    pub workers: Option<usize>,
    /// How long requests in progress have to finish when the server stops.
    pub grace: Duration,
}

/// Serves on a socket until `SIGTERM` or `SIGINT`, and deletes expired records
/// meanwhile. `more` adds routes before those of Usher. `reload` is called at
/// `SIGHUP`.
///
/// # Errors
/// If the socket can't be served.
pub fn run<F>(
    app: App,
    socket: TcpListener,
    options: ServerOptions,
    reload: impl Fn() + 'static,
    extra_routes: F,
) -> std::io::Result<()>
where
    F: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
{
    let system = rt::System::new();
    let usage = app.usage.clone();
    let result = system.block_on(async move {
        rt::spawn(run_sweeps(app.clone()));
        let signals = Signals::listen()?;
        let (address, base_url) = (socket.local_addr()?, app.settings.base_url.clone());
        let server = start_server(app, socket, options, extra_routes)?;
        tracing::info!(%address, %base_url, "serving");
        run_until_stopped(server, signals, options.grace, reload).await
    });
    // Dropping the system would wait for use cases that still use the database. The
    // process ends now, and they end with it.
    std::mem::forget(system);
    usage.flush_within(LAST_WRITES_LIMIT);
    result
}

/// Starts a server on a socket. Await it, or stop it by its handle.
///
/// # Errors
/// If the socket can't be served.
pub fn serve<F>(
    app: App,
    socket: TcpListener,
    workers: Option<usize>,
    extra_routes: F,
) -> std::io::Result<Server>
where
    F: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
{
    start_server(
        app,
        socket,
        ServerOptions { workers, grace: Duration::from_secs(1) },
        extra_routes,
    )
}

fn start_server<F>(
    app: App,
    socket: TcpListener,
    options: ServerOptions,
    extra_routes: F,
) -> std::io::Result<Server>
where
    F: Fn(&mut web::ServiceConfig) + Send + Clone + 'static,
{
    let is_https = app.settings.base_url.scheme() == "https";
    let imports = Arc::new(ImportWorker::start(app.clone())?);
    let state = web::Data::new(AppState { app, imports });
    let build_app = move || {
        Actix::new()
            .app_data(state.clone())
            .wrap(middleware::from_fn(scim::normalize_path))
            .wrap(middleware::from_fn(request_id::add_request_id))
            // Outside the middleware that rewrites problems with the request ID.
            .wrap(middleware::from_fn(deprecation::add_deprecation_headers))
            .wrap(middleware::Compress::default())
            .wrap(headers::security_middleware(is_https))
            .wrap(middleware::from_fn(protocol_upgrade::decline))
            .wrap(TracingLogger::<RequestSpanBuilder>::new())
            .wrap(middleware::from_fn(backpressure::track))
            .configure(extra_routes.clone())
            .configure(add_routes)
    };
    let server = Server::build();
    let server = match options.workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    // One second before the end, the remaining connections are closed.
    let force_after = options.grace.saturating_sub(Duration::from_secs(1)).as_secs();
    let server = server
        .worker_max_blocking_threads(MAX_BLOCKING_THREADS)
        .disable_signals()
        .shutdown_timeout(force_after);
    let stopping = server.graceful_shutdown_signal();
    // `HttpServer` does not support a custom connection type.
    let server = server.listen("http", socket, move || {
        let stopping = stopping.clone();
        let app = build_app.clone()().into_factory();
        let app = app.map_err(|error: Error| error.error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .on_connect_ext(|connection: &ClientConnection, data| {
                data.insert(connection.gate());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        let accept = move |stream: TcpStream| async move {
            let peer = stream.peer_addr().ok();
            let connection = ClientConnection::new(stream, is_https).map_err(DispatchError::Io)?;
            Ok((connection, Protocol::Http1, peer))
        };
        fn_service(accept).and_then(http)
    })?;
    Ok(server.run())
}

/// Builds the log span of a request. It has no query, no client address and no user
/// agent: they are private, and writing them costs more than routing the request.
struct RequestSpanBuilder;

impl RootSpanBuilder for RequestSpanBuilder {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().copied();
        let id = id.map(tracing::field::display);
        tracing::info_span!("request", method = %request.method(), path = request.path(), id)
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}

async fn run_sweeps(app: App) {
    let mut ticks = rt::time::interval(SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        let sweep = app.clone();
        match web::block(move || housekeeping::sweep(&sweep)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(count)) => tracing::debug!(count, "deleted expired records"),
            // Reported once, by the store.
            Ok(Err(crate::app::Error::Unavailable(_))) => {}
            Ok(Err(error)) => tracing::warn!(%error, "expired records could not be deleted"),
            Err(_) => return,
        }
        let removal = app.clone();
        match web::block(move || attribute_removals::finish_all(&removal)).await {
            Ok(Ok(()) | Err(crate::app::Error::Unavailable(_))) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "a deleted custom attribute could not be removed from users");
            }
            Err(_) => return,
        }
    }
}
