//! Kinds of resources (RFC 7643, section 6).

use super::{
    attribute::{Attribute, Schema, find_attribute},
    core::COMMON,
};

/// A kind of resource (RFC 7643, section 6).
#[derive(Debug)]
pub struct ResourceType<'a> {
    /// Its name, and its id.
    pub name: &'a str,
    /// The path of its resources, relative to the base URL.
    pub endpoint: &'a str,
    /// What it is.
    pub description: &'a str,
    /// Its own attributes.
    pub core: &'a Schema<'a>,
    /// Its extensions, each under its URI.
    pub extensions: &'a [&'a Schema<'a>],
}

impl<'a> ResourceType<'a> {
    /// The schema with this URI, regardless of case: its own, or an extension.
    #[must_use]
    pub fn schema(&self, uri: &str) -> Option<&'a Schema<'a>> {
        let extension = self.extensions.iter().copied();
        std::iter::once(self.core).chain(extension).find(|one| one.id.eq_ignore_ascii_case(uri))
    }

    /// The extension with this URI, regardless of case.
    #[must_use]
    pub fn extension(&self, uri: &str) -> Option<&'a Schema<'a>> {
        self.extensions.iter().copied().find(|one| one.id.eq_ignore_ascii_case(uri))
    }

    /// The attribute of its own of this name, or one that every resource has.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&'a Attribute<'a>> {
        self.core.attribute(name).or_else(|| find_attribute(COMMON, name))
    }
}
