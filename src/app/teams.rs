//! The use cases of teams.
