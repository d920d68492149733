//! Usher stands at the door of a product: it lets people in by SAML single
//! sign-on, and makes sure that the user and the team that they need are
//! there.
//!
//! # The map
//! | room | what it is for | whom it may look into |
//! |---|---|---|
//! | [`domain`] | the rules: pure, no I/O, no clock | nobody |
//! | [`saml`] | XML on the wire: requests, responses to verified assertions, metadata | domain |
//! | [`testidp`] | a real identity provider for trying and for tests, never in `serve` | domain, saml |
//! | [`http`] | the doors: addresses, pages, headers | domain |

pub mod domain;
pub mod http;
pub mod saml;
pub mod testidp;
