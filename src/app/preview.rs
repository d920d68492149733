//! The use cases of preview.
