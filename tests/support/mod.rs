//! What several test programs share.
#![allow(dead_code, unused_imports, reason = "not every test program uses all of it")]

pub(crate) mod browser;
pub(crate) mod db;
pub(crate) mod forge;
pub(crate) mod proxy;
pub(crate) mod server;
pub(crate) mod statements;
