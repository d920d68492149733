//! No files of a room import each other in a circle: what they share belongs in a file
//! below both.

use std::{fs, path::Path};

use crate::{imports, project, scan};

/// The imports of a crate that are part of a circle: `a.rs:1 imports b.rs`.
fn circles(root: &Path) -> Vec<String> {
    let folder = root.parent().expect("a file lies in a directory");
    let name = |file: &Path| file.strip_prefix(folder).unwrap_or(file).display().to_string();
    let imports = imports::imports(&scan::read_crate(root));
    let in_circles = imports::in_circles(&imports).into_iter();
    in_circles
        .map(|(file, other, line)| format!("{}:{line} imports {}", name(file), name(other)))
        .collect()
}

#[test]
fn no_two_files_import_each_other_in_a_circle() {
    let found = circles(&project().join("src/lib.rs"));
    assert!(found.is_empty(), "move what is shared below its users:\n{}", found.join("\n"));
}

#[test]
fn every_form_of_import_counts_towards_a_circle() {
    for (a, b) in [
        ("use crate::b::B; pub struct A;", "use crate::a::A;"),
        ("use super::b; fn f() { b::f(); } pub struct A;", "pub fn f(a: super::a::A) {}"),
        ("use super::B; pub struct A;", "pub struct B; use super::a::A;"),
        ("pub use super::b::B; pub struct A(B);", "pub struct B; use super::a::A;"),
        ("use crate::b::*; pub struct A;", "fn f() { crate::a::A; }"),
        ("m! { field: crate::b::B } pub struct A;", "use crate::a::A; pub struct B;"),
    ] {
        let found = circles_of(a, b);
        assert!(
            matches!(&found[..], [one, two] if one.starts_with("a.rs:1") && two.starts_with("b.rs:1")),
            "{a} and {b}: {found:?}"
        );
    }
    for (a, b) in [
        ("pub struct A;", "use super::a::A;"),
        ("pub use super::b::B; pub struct A;", "pub struct B(super::a::A);"),
        ("#[cfg(test)] mod tests { use super::super::b::B; } pub struct A;", "use super::a::A;"),
        ("use super::b; pub struct A;", "use super::a::A;"),
        ("/// See [`super::b::B`].\npub struct A;", "pub struct B(super::a::A);"),
    ] {
        assert_eq!(circles_of(a, b), [""; 0], "{a} and {b}");
    }
}

/// The circles of a crate of two files.
fn circles_of(a: &str, b: &str) -> Vec<String> {
    let place = tempfile::tempdir().expect("a directory");
    for (file, text) in [("lib.rs", "mod a; mod b; use b::B;"), ("a.rs", a), ("b.rs", b)] {
        fs::write(place.path().join(file), text).expect("a file");
    }
    circles(&place.path().join("lib.rs"))
}
