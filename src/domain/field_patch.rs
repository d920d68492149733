//! The change of a field by a patch.

/// The change of one field by a patch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FieldPatch<T> {
    /// The field stays as it is.
    #[default]
    Keep,
    /// The field gets its default.
    Clear,
    /// The field gets this value.
    Set(T),
}

impl<T> FieldPatch<T> {
    /// Returns the field after the patch: `current` if it is kept, `default` if it is cleared.
    pub(super) fn resolve(self, current: T, default: impl FnOnce() -> T) -> T {
        match self {
            Self::Keep => current,
            Self::Clear => default(),
            Self::Set(value) => value,
        }
    }

    /// Returns the optional field after the patch.
    pub(super) fn resolve_option(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// Converts the value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> FieldPatch<U> {
        match self {
            Self::Keep => FieldPatch::Keep,
            Self::Clear => FieldPatch::Clear,
            Self::Set(value) => FieldPatch::Set(convert(value)),
        }
    }

    /// Borrows the value.
    pub const fn as_ref(&self) -> FieldPatch<&T> {
        match self {
            Self::Keep => FieldPatch::Keep,
            Self::Clear => FieldPatch::Clear,
            Self::Set(value) => FieldPatch::Set(value),
        }
    }

    /// Clears the field. Returns whether it had a value.
    pub fn clear(&mut self) -> bool {
        matches!(std::mem::replace(self, Self::Clear), Self::Set(_))
    }

    /// Clears the field if the patch does not have it and `is_cleared`.
    pub(super) fn clear_if_absent(&mut self, is_cleared: bool) {
        if is_cleared && matches!(self, Self::Keep) {
            *self = Self::Clear;
        }
    }

    /// A field that is kept if there is no value.
    pub fn set_or_keep(value: Option<T>) -> Self {
        value.map_or(Self::Keep, Self::Set)
    }
}
