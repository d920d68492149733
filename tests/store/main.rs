//! The store: one suite, run on SQLite and on PostgreSQL.
#![allow(missing_docs, reason = "the tests' names say what holds")]

#[path = "../support/mod.rs"]
mod support;
mod world;

/// Makes each test twice: `sqlite::name` and `postgres::name`.
macro_rules! on_both_databases {
    ($(fn $name:ident($db:ident) $body:block)+) => {
        $(fn $name($db: &crate::support::db::TestDb) $body)+

        mod sqlite {
            $(#[test]
            fn $name() {
                super::$name(&crate::support::db::TestDb::sqlite());
            })+
        }

        mod postgres {
            $(#[test]
            fn $name() {
                super::$name(&crate::support::db::TestDb::postgres());
            })+
        }
    };
}

mod attempts;
mod binary_ids;
mod borders;
mod certificates;
mod comparison_keys;
mod concurrency;
mod connection_settings;
mod corruption;
mod lists;
mod logins;
mod older_version;
mod opening;
mod planned_writes;
mod provenance;
mod records;
mod scim_clients;
mod transactions;
mod user_values;
