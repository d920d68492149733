//! What a login does: the rules of just-in-time provisioning.
//!
//! A login asks twice. [`identify`] says who the assertion speaks of, so that
//! the caller can look up what is known; [`plan`] takes that and says what to
//! do. The login executes the plan, a preview shows it; there is no second
//! copy of these rules.

mod types;

pub use types::*;
