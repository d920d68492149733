//! What a response has to be, and what none gets through.

mod accepted;
mod attacks;
mod checked;
mod encrypted;
mod kit;
mod properties;
