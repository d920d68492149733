//! The use cases of import.
