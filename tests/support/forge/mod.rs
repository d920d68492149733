//! A forge: makes SAML responses that are really signed and really encrypted,
//! in every shape, and lets a test break each part of them.
//!
//! Nothing here goes through the program's own writers, readers or XML
//! security library. Every document is written in exclusive canonical form
//! from the start, so that the bytes of an element are what its digest is
//! taken of, and OpenSSL alone does the rest. So an attack can say exactly
//! what it likes, and what agrees with the program agrees by the standards.

// Each test binary uses its own part of the forge.
#![allow(dead_code)]

pub mod encrypt;
pub mod key;
pub mod message;
pub mod sign;
pub mod xml;

pub use encrypt::{Cipher, Transport};
pub use key::Key;
pub use message::{Assertion, Facts, Response, Signed};
pub use sign::{Algorithm, Hash, Signature};
