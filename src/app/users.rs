//! The use cases of users.
