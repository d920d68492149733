//! How an attribute is found.

/// What a table says of an attribute besides its name and kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags {
    pub(super) unique: bool,
    pub(super) indexed: bool,
    pub(super) sortable: bool,
}

/// Found by looking at each row.
pub(super) const NONE: Flags = Flags { unique: false, indexed: false, sortable: false };

impl Flags {
    pub(super) const fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    pub(super) const fn indexed(self) -> Self {
        Self { indexed: true, ..self }
    }

    pub(super) const fn sortable(self) -> Self {
        Self { sortable: true, ..self }
    }
}
