//! PATCH (RFC 7644, section 3.5.2): operations, read from a body and applied
//! to a resource. All of them or none: whoever applies them to a copy keeps
//! the resource as it was if one can't be.

mod apply;
mod object;
mod read;
mod removal;
mod target;
#[cfg(test)]
mod tests;
mod values;

use serde_json::Value;

use self::target::resolve;
pub use self::{
    apply::{Patchable, apply},
    read::read,
};

/// The most operations of a PATCH.
pub const MAX_OPERATIONS: usize = 1_000;

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Gives a value, beside those that are there.
    Add,
    /// Takes a value away.
    Remove,
    /// Gives a value, in place of those that are there.
    Replace,
}

/// An operation as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// What it does.
    pub op: Op,
    /// At what it points. `None`: at the whole resource.
    pub path: Option<String>,
    /// With what.
    pub value: Option<Value>,
}
