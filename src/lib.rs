//! Usher stands at the door of a product: it lets people in by SAML single
//! sign-on, and makes sure that the user and the team that they need are
//! there.
//!
//! # The map
//! | room | what it is for | whom it may look into |
//! |---|---|---|
//! | [`domain`] | the rules: pure, no I/O, no clock | nobody |
//! | [`store`] | the database, SQLite or PostgreSQL; the only room with diesel | domain |

pub mod domain;
pub mod store;
