//! Who may look into whom: the table of ARCHITECTURE.md as data.

/// A top-level module, or the program's `main`.
#[derive(Debug)]
pub(crate) struct Room {
    pub(crate) name: &'static str,
    /// The rooms that it may use.
    pub(crate) may_use: &'static [&'static str],
}

/// RestrictedCrates crates that only some rooms may name.
#[derive(Debug)]
pub(crate) struct RestrictedCrates {
    /// As they are written in a path.
    pub(crate) crates: &'static [&'static str],
    pub(crate) rooms: &'static [&'static str],
}

pub(crate) const ROOMS: &[Room] = &[
    Room { name: "domain", may_use: &[] },
    Room { name: "saml", may_use: &["domain"] },
    Room { name: "scim", may_use: &["domain"] },
    Room { name: "store", may_use: &["domain"] },
    Room { name: "app", may_use: &["domain", "saml", "scim", "store"] },
    Room { name: "http", may_use: &["domain", "app", "scim"] },
    Room { name: "testidp", may_use: &["domain", "saml"] },
    Room { name: "config", may_use: &["domain", "app", "store"] },
    Room { name: "cli", may_use: &["domain", "saml", "store", "app", "http", "testidp", "config"] },
    Room { name: "main", may_use: &["cli"] },
];

pub(crate) const OUTSIDE: &[RestrictedCrates] = &[
    RestrictedCrates {
        crates: &["samael", "quick_xml", "roxmltree", "libxml"],
        rooms: &["saml", "testidp"],
    },
    RestrictedCrates {
        crates: &["diesel", "diesel_migrations", "libsqlite3_sys", "pq_sys"],
        rooms: &["store"],
    },
    RestrictedCrates { crates: &["jsonwebtoken"], rooms: &["app"] },
    RestrictedCrates {
        crates: &["actix_web", "askama", "tracing_actix_web"],
        rooms: &["http", "testidp"],
    },
    RestrictedCrates { crates: &["utoipa", "deserr"], rooms: &["http"] },
    RestrictedCrates { crates: &["actix_http", "actix_service"], rooms: &["http"] },
    RestrictedCrates { crates: &["winnow", "strsim"], rooms: &["domain"] },
    RestrictedCrates { crates: &["clap"], rooms: &["config", "cli"] },
    RestrictedCrates { crates: &["anstyle", "terminal_size", "unicode_width"], rooms: &["cli"] },
];

/// The room of this name.
pub(crate) fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

/// The rooms that may name an outside crate; `None` if all may.
pub(crate) fn rooms_of(outside: &str) -> Option<&'static [&'static str]> {
    OUTSIDE.iter().find(|rule| rule.crates.contains(&outside)).map(|rule| rule.rooms)
}
