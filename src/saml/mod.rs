//! SAML 2.0 on the wire: requests to an identity provider, and its responses. Pure,
//! given a clock.
//!
//! | topic | module |
//! |---|---|
//! | verifying a response, phase by phase | [`response`] |
//! | building an authentication request | [`request`] |
//! | writing and reading metadata | [`metadata`] |
//! | creating and checking keys and certificates | [`keys`] |
//! | reading a certificate file or a chain | [`certificate_file`] |
//! | recognizing a file of another kind | [`file_kind`] |
//!
//! The names and the order of the checks are in
//! [`domain::check`](crate::domain::check).

mod base64_text;
pub mod certificate_file;
mod chain;
pub mod file_kind;
mod ignored_certificates;
pub mod keys;
pub mod metadata;
mod names;
pub mod request;
pub mod response;
mod time;
mod xml;

#[cfg(test)]
mod tests;
