//! The endpoints for browsers and other services, over HTTP.
//!
//! | file | what it is for |
//! |---|---|
//! | `world.rs` | an identity provider, people, browsers |
//! | `first_login.rs`, `known_users.rs`, `subject_formats.rs` | what a login makes, and what it leaves alone |
//! | `fallbacks.rs`, `encrypted_attributes.rs` | values that can't be used, and the guard |
//! | `rejections.rs` | nobody is let in, and nothing is written but the attempt |
//! | `concurrent.rs` | many at once |
//! | `requests.rs`, `deep_links.rs` | who asked, and where they wanted to go |
//! | `session.rs`, `tokens.rs`, `cookies.rs` | who is signed in |
//! | `pages.rs` | what a person sees |
//! | `routes.rs` | methods, headers, addresses that are none |
//! | `outage.rs` | a database that is gone |
//! | `statements.rs`, `stored_attempts.rs` | what a login costs the database |
#![allow(missing_docs, reason = "the tests' names say what holds")]

/// Runs each test on a database of its own, of either kind.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod sqlite {$(
            #[tokio::test]
            async fn $name() {
                super::$name(crate::support::db::TestDb::sqlite()).await;
            }
        )*}

        mod postgres {$(
            #[tokio::test]
            async fn $name() {
                super::$name(crate::support::db::TestDb::postgres()).await;
            }
        )*}
    };
}

mod concurrent;
mod cookies;
mod custom_attributes;
mod deep_links;
mod encrypted_attributes;
mod fallbacks;
mod first_login;
mod known_users;
mod mapped_lists;
mod outage;
mod pages;
mod rejections;
mod repeated;
mod requests;
mod routes;
mod session;
mod stated;
mod statements;
mod stored_attempts;
mod subject_formats;
#[path = "../support/mod.rs"]
mod support;
mod tokens;
mod update_policies;
mod world;
