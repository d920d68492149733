//! The attributes of an assertion, as they were received.

/// One attribute of an assertion with its values, in document order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The `Name` (Core 2.7.3.1).
    pub name: String,
    /// The `FriendlyName`, if there was one.
    pub friendly_name: Option<String>,
    /// The text of each `AttributeValue`; an empty or nil one is an empty text.
    pub values: Vec<String>,
}

/// All attributes of an assertion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    clear: Vec<Attribute>,
    encrypted_count: usize,
}

/// The names by which an attribute is looked up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NameMatch {
    /// By its `Name` alone: the only name that identifies an attribute.
    #[default]
    Name,
    /// By its `Name`; by its `FriendlyName` if no attribute has that `Name`.
    /// Core 2.7.3.1 says that a `FriendlyName` does not identify an attribute,
    /// so a connection has to enable this.
    NameOrFriendlyName,
}

impl Attributes {
    /// Takes the attributes in document order.
    #[must_use]
    pub fn new(attributes: Vec<Attribute>) -> Self {
        Self { clear: attributes, encrypted_count: 0 }
    }

    /// Adds the number of encrypted attributes. Neither their names nor their values
    /// are known.
    #[must_use]
    pub fn with_encrypted(self, encrypted_count: usize) -> Self {
        Self { encrypted_count, ..self }
    }

    /// The number of encrypted attributes.
    #[must_use]
    pub fn encrypted_count(&self) -> usize {
        self.encrypted_count
    }

    /// The attributes of this name, in document order. Names are compared
    /// exactly. An attribute with this `Name` hides every attribute that has it
    /// as its `FriendlyName`.
    pub fn find<'a>(&'a self, name: &'a str, by: NameMatch) -> impl Iterator<Item = &'a Attribute> {
        let has_name = |attribute: &&Attribute| attribute.name == name;
        let by_friendly_name = by == NameMatch::NameOrFriendlyName
            && !self.clear.iter().any(|attribute| has_name(&attribute));
        self.clear.iter().filter(move |attribute| match by_friendly_name {
            true => attribute.friendly_name.as_deref() == Some(name),
            false => attribute.name == name,
        })
    }

    /// Whether an attribute of this name was received, with or without values.
    #[must_use]
    pub fn contains(&self, name: &str, by: NameMatch) -> bool {
        self.find(name, by).next().is_some()
    }

    /// All values of the attributes of this name, in document order.
    pub fn values<'a>(&'a self, name: &'a str, by: NameMatch) -> impl Iterator<Item = &'a str> {
        self.find(name, by).flat_map(|attribute| attribute.values.iter().map(String::as_str))
    }

    /// Each attribute that is not encrypted, in document order.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.clear.iter()
    }
}
