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
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    /// Takes the attributes in document order.
    #[must_use]
    pub fn new(attributes: Vec<Attribute>) -> Self {
        Self(attributes)
    }

    /// Whether an attribute of this name is there, whatever its values.
    ///
    /// Names are matched exactly, against `Name` or `FriendlyName`.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|attribute| attribute.is_named(name))
    }

    /// All values of the attributes of this name, in document order.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |attribute| attribute.is_named(name));
        named.flat_map(|attribute| attribute.values.iter().map(String::as_str))
    }

    /// Each attribute, in document order.
    pub fn iter(&self) -> impl Iterator<Item = &Attribute> {
        self.0.iter()
    }
}

impl Attribute {
    /// Whether a rule that looks for this name reads this attribute.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name || self.friendly_name.as_deref() == Some(name)
    }
}
