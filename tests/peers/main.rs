//! Usher among programs that are not ours: real identity providers, services
//! that verify its tokens, a real browser. README.md tells how they are asked.

mod browser;
mod docs;
mod identity_provider;
mod logins;
mod tokens;
mod tools;
mod usher;
