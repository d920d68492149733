//! The doors. Thin: what stands behind them is somebody else's room.

pub mod assets;
pub mod headers;
pub mod pages;
