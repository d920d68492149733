//! What a filter means over the attributes of a resource.

use super::{Attribute, Condition, Filter, FilterFault};

/// Makes a filter a condition over the attributes of a resource.
///
/// # Errors
/// The first attribute, operator or value that can't be used.
pub fn resolve<A: Attribute>(filter: &Filter) -> Result<Condition<A>, FilterFault> {
    let _ = filter;
    Err(FilterFault::Empty)
}
