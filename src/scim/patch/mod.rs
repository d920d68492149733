//! PATCH (RFC 7644, section 3.5.2): parses operations and applies them to a resource.
//! The caller applies them to a copy, so that either all or none take effect.

mod apply;
mod object;
mod parser;
mod patch_target;
mod removal;
#[cfg(test)]
mod tests;
mod values;

use serde_json::Value;

use self::patch_target::resolve;
pub use self::{
    apply::{Patchable, apply},
    object::PatchedUser,
    parser::parse,
};

/// The maximum number of operations of a PATCH.
pub const MAX_OPERATIONS: usize = 1_000;

/// The kind of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchOp {
    /// Adds a value.
    Add,
    /// Removes a value.
    Remove,
    /// Replaces all values.
    Replace,
}

/// An operation of a PATCH.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchOperation {
    /// The kind of operation.
    pub op: PatchOp,
    /// The path of the target. `None` is the whole resource.
    pub path: Option<String>,
    /// The value.
    pub value: Option<Value>,
}
