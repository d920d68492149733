//! Usher signs people in by SAML single sign-on, and provisions the users and
//! teams that they need.
//!
//! # Modules
//! | module | purpose | may import |
//! |---|---|---|
//! | [`domain`] | the rules: pure, no I/O, no clock | nothing |
//! | [`saml`] | XML on the wire: requests, responses to verified assertions, metadata | domain |
//! | [`scim`] | SCIM's JSON on the wire: resources, filters, PATCH, discovery | domain |
//! | [`store`] | the database, SQLite or PostgreSQL | domain |
//! | [`app`] | the use cases: one function for each | domain, saml, scim, store |
//! | [`http`] | the HTTP server: routes, handlers, cookies, pages | domain, app, scim |
//! | [`testidp`] | an identity provider for the demo and tests, never in `serve` | domain, saml |
//! | [`config`] | every setting, checked | domain, app, store |
//! | [`cli`] | the commands, and their output | domain, saml, store, app, http, testidp, config |

// Input never causes a panic. (Tests panic on purpose.)
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::todo,
        clippy::unimplemented,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod http;
pub mod saml;
pub mod scim;
pub mod store;
pub mod testidp;
