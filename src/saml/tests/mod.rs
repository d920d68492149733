//! What a response has to be, and what none gets through.

mod accepted;
mod attacks;
mod canonical;
mod checked;
mod encrypted;
mod examined;
mod generated_xml;
mod hostile;
mod keys;
pub(super) mod kit;
mod metadata;
mod metadata_encodings;
mod metadata_keys;
mod properties;
mod seeds;
