//! The HTTP server. A handler reads a request, calls one use case, and writes
//! the response. `router.rs` lists every route.

mod api;
pub mod assets;
mod auth;
mod backpressure;
mod blocking;
mod connection;
mod cookies;
mod docs;
mod endpoint;
pub mod headers;
mod health;
mod import_worker;
mod login;
mod metadata;
mod page_handlers;
pub mod pages;
mod parse_errors;
mod problem;
mod reply;
mod request_id;
mod router;
mod scim;
mod server;
mod service;
mod session;
mod stopping;
mod upgrades;
mod well_known;

pub(crate) use self::api::views;
pub use self::{
    api::{
        import::{MAX_BYTES as IMPORT_BYTES, file::rows as import_rows, wire::ImportReport},
        openapi,
    },
    auth::Access,
    endpoint::Endpoint,
    import_worker::ImportWorker,
    router::contract_paths,
    server::{Options, run, serve},
    service::routes,
};
use std::sync::Arc;

use crate::app::App;

/// The state that every handler shares.
#[derive(Debug, Clone)]
pub struct State {
    /// The context of the use cases.
    pub app: App,
    /// The background thread that runs imports.
    pub imports: Arc<ImportWorker>,
}
