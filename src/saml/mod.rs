//! SAML 2.0 on the wire: what is asked of an identity provider, and what is
//! made of its answer. Pure, given a clock.
//!
//! | to see how | go to |
//! |---|---|
//! | a response becomes a verified assertion | [`response`] |
//! | each check is named, and in which order | [`checks`] |
//! | a person is sent to the identity provider | [`request`] |
//! | metadata is written and read | [`metadata`] |
//! | keys and certificates are made and judged | [`keys`] |
//! | a certificate file or a chain is read | [`certificate_file`] |
//!
//! A response is looked at three times. The gate (`gate`) decides its exact
//! shape before any cryptography sees a byte; then its signature is verified;
//! then every check is made on the bytes that the signature covered, and on no
//! others.

mod arrival;
mod c14n;
pub mod certificate_file;
mod chain;
pub mod checks;
pub mod content;
mod decrypt;
mod envelope;
mod form;
mod gate;
mod ignored;
mod judge;
pub mod keys;
pub mod metadata;
mod names;
mod reader;
pub mod request;
pub mod response;
mod signature;
mod signed_info;
mod time;
mod xml;

#[cfg(test)]
mod tests;
