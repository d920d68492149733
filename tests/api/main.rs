//! The admin API, through HTTP, on both databases.
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

mod access;
mod account;
mod attempts;
mod audit;
mod busy;
mod client;
mod connections;
mod connections_certificates;
mod contract;
mod custom_attribute_filters;
mod custom_attribute_races;
mod custom_attributes;
mod deleted_users;
mod deprecation;
mod errors_together;
mod examples;
mod explain;
mod fixture;
mod generators;
mod guide;
mod identifiers;
mod identities;
mod import;
mod import_batch;
mod import_dry_runs;
mod import_jobs;
mod import_spreadsheets;
mod interface_policies;
mod interfaces;
mod key_rotation;
mod keys;
mod locks;
mod many;
mod mapped_attributes;
mod me;
mod members;
mod outage;
mod page_bounds;
mod path_errors;
mod preview;
mod problem_parts;
mod problems;
mod profile_fields;
mod renderings;
mod scim;
mod scim_bulk;
mod scim_careless;
mod scim_clients;
mod scim_contract;
mod scim_conversations;
mod scim_custom_attributes;
mod scim_members;
mod scim_pages;
mod scim_rejected;
mod scim_statements;
mod scim_texts;
mod scim_values;
mod slow;
mod staging;
#[path = "../support/mod.rs"]
mod support;
mod teams;
mod unchanged_fields;
mod upgrades;
mod users;
mod users_changed;
mod value_replacer;
#[path = "../login/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the login")]
mod world;
