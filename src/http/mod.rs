//! The doors. Thin: a handler reads a request, calls one use case, and writes
//! the answer. The whole of what is served stands in `router.rs`.

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

/// What every handler works with.
#[derive(Debug, Clone)]
pub struct State {
    /// The use cases' own context.
    pub app: App,
    /// The thread that runs imports beside requests.
    pub imports: Arc<ImportWorker>,
}
