//! The words of a filter.
