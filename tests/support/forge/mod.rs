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

pub(crate) mod encrypt;
pub(crate) mod key;
pub(crate) mod message;
pub(crate) mod sign;
pub(crate) mod xml;

pub(crate) use encrypt::{Cipher, Transport};
pub(crate) use key::Key;
pub(crate) use message::{Assertion, MessageContext, Response, Signed};
pub(crate) use sign::{Algorithm, Hash, Parameters, Signature};
