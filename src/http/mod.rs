//! The HTTP server. A handler reads a request, calls one use case, and writes
//! the response. `router.rs` lists every route.

mod api;
pub mod assets;
mod auth;
mod backpressure;
mod blocking;
mod client_connection;
mod cookies;
mod docs;
mod endpoint;
pub mod headers;
mod health;
mod html_response;
mod import_worker;
mod login;
mod metadata;
mod page_handlers;
pub mod pages;
mod parse_errors;
mod problem;
mod protocol_upgrade;
mod request_id;
mod router;
mod scim;
mod server;
mod service;
mod session;
mod signals;
mod well_known;

pub(crate) use self::api::views;
pub use self::{
    api::{
        import::{
            MAX_BYTES as IMPORT_BYTES, file::read_rows as import_rows, schemas::ImportReport,
        },
        openapi,
    },
    auth::Access,
    endpoint::Endpoint,
    import_worker::ImportWorker,
    router::contract_paths,
    server::{ServerOptions, run, serve},
    service::add_routes,
};
use std::sync::Arc;

use crate::app::App;

/// The state that every handler shares.
#[derive(Debug, Clone)]
pub struct AppState {
    /// The context of the use cases.
    pub app: App,
    /// The background thread that runs imports.
    pub imports: Arc<ImportWorker>,
}
