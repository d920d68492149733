//! The module boundaries of ARCHITECTURE.md: which room may use which, and which outside
//! crate belongs to which room.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/rooms.rs"]
mod rooms;
#[path = "architecture/scan.rs"]
mod scan;

use rooms::{OUTSIDE, ROOMS, room, rooms_of};
use scan::{NamedKind, SourceFile};

const LONGEST_FILE: usize = 400;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Every source of the library and of the program, each with its room.
fn sources() -> Vec<(String, SourceFile)> {
    let library = scan::read_crate(&project().join("src/lib.rs"));
    let program = scan::read_crate(&project().join("src/main.rs"));
    let in_room = |otherwise: &'static str| {
        move |source: SourceFile| {
            let room = source.module.first().cloned().unwrap_or_else(|| otherwise.to_owned());
            (room, source)
        }
    };
    library
        .into_iter()
        .map(in_room("lib"))
        .chain(program.into_iter().map(in_room("main")))
        .collect()
}

/// What a source in this room names although it may not.
fn trespasses(room_name: &str, syntax: &syn::File, module: &[String]) -> Vec<String> {
    // The map names every room, and does nothing else.
    if room_name == "lib" {
        return Vec::new();
    }
    let Some(room) = room(room_name) else {
        return vec![format!("`{room_name}` is no room of tests/architecture/rooms.rs")];
    };
    let mut found = Vec::new();
    for named in scan::find_named_paths(syntax, module) {
        let line = named.line;
        match named.what {
            NamedKind::Ours(path) => match path.first() {
                None => found.push(format!("line {line}: the whole crate, so nobody sees whom")),
                Some(other) if other == room.name => {}
                Some(other) if room.may_use.contains(&other.as_str()) => {}
                Some(other) => found.push(format!("line {line}: {} looks into {other}", room.name)),
            },
            NamedKind::Other(path) => {
                if let Some(rooms) = rooms_of(&path[0])
                    && !rooms.contains(&room.name)
                {
                    found.push(format!("line {line}: {} names {}", room.name, path[0]));
                }
            }
        }
    }
    found.dedup();
    found
}

/// What `source` in `module` (written with `::`) does that it may not.
fn trespasses_of(module: &str, source: &str) -> Vec<String> {
    let module: Vec<String> = module.split("::").map(str::to_owned).collect();
    let syntax = syn::parse_file(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    trespasses(&module[0], &syntax, &module)
}

#[test]
fn rooms_use_only_allowed_rooms() {
    let mut found = Vec::new();
    for (room, source) in sources() {
        let file = source.file.strip_prefix(project()).expect("below the project").display();
        let trespasses = trespasses(&room, &source.syntax, &source.module);
        found.extend(trespasses.into_iter().map(|trespass| format!("{file}, {trespass}")));
    }
    assert!(found.is_empty(), "against ARCHITECTURE.md:\n{}", found.join("\n"));
}

#[test]
fn every_form_of_import_is_detected() {
    for source in [
        "use crate::store::Db;",
        "use crate::store;",
        "pub use crate::store::Db as Database;",
        "use crate::{domain::user, store::{Db, Tx}};",
        "use super::super::store::Db;",
        "use super::super::{store::Db};",
        "mod tests { use super::super::super::store::Db; }",
        "fn f() { crate::store::open(); }",
        "fn f(db: &crate::store::Db) {}",
        "fn f() -> Vec<crate::store::Db> { vec![] }",
        "impl crate::store::Query for X {}",
        "struct S<T: crate::store::Query>(T);",
        "fn f() { println!(\"{}\", crate::store::NAME); }",
        "fn f() { assert!(matches!(x, crate::store::Error::Conflict(_))); }",
        "macro_rules! m { () => { $crate::store::open() } }",
        "m! { use crate::{domain::user, store::Db}; }",
        "#[derive(crate::store::Row)] struct S;",
        "struct S { #[serde(with = \"crate::store::codec\")] field: u8 }",
        "#[crate::store::row] struct S;",
        "use usher::store::Db;",
        "fn f() { ::usher::store::open() }",
        "use crate::r#store::Db;",
        "m! { field: crate::store::Db }",
        "m! { use crate::{domain::user as u, store as s}; }",
        "m! { f::<crate::store::Db>(x) }",
    ] {
        let found = trespasses_of("domain::user", source);
        assert_eq!(found, ["line 1: domain looks into store"], "{source}");
    }
}

#[test]
fn glob_import_of_the_crate_is_rejected() {
    for source in ["use crate::*;", "use crate as house;", "use super::super::*;", "use usher::*;"]
    {
        assert_eq!(trespasses_of("domain::user", source).len(), 1, "{source}");
    }
}

#[test]
fn every_reference_to_an_external_crate_is_found() {
    for source in [
        "use diesel::prelude::*;",
        "use ::diesel::prelude::*;",
        "use diesel as d;",
        "use diesel;",
        "use {std::fmt, diesel::sql_types::Text};",
        "extern crate diesel;",
        "extern crate diesel as d;",
        "fn f() { diesel::insert_into(t); }",
        "fn f(row: diesel::result::Error) {}",
        "diesel::table! { t { id -> Text } }",
        "m! { row: diesel::Row }",
        "m! { row: ::diesel::Row }",
        "#[derive(diesel::Queryable)] struct S;",
        "fn f() { log!(diesel::debug_query(&q)); }",
    ] {
        for room in ["domain", "saml", "app", "http", "main"] {
            let expected = [format!("line 1: {room} names diesel")];
            assert_eq!(trespasses_of(room, source), expected, "{source}");
        }
        assert_eq!(trespasses_of("store", source), [""; 0], "{source}");
    }
}

#[test]
fn allowed_imports_are_not_reported() {
    for (module, source) in [
        (
            "store::users",
            "use crate::domain::user::User; use super::Db; use super::super::store::Tx;",
        ),
        ("store::users", "use crate::{domain::{user, team}, store::Db};"),
        ("domain::user", "pub(crate) fn f() {} pub(in crate::domain) fn g() {}"),
        ("domain::user", "use self::inner::X; use super::team::Team; fn f() { Self::new(self.x) }"),
        ("domain::user", "mod inner { use super::super::team::Team; }"),
        ("domain::user", "// use crate::store::Db;\n/// See [`crate::store`].\nfn f() {}"),
        ("domain::user", "fn f() { let text = \"to crate::store::Db, and on\"; }"),
        ("domain::user", "fn f(diesel: u8) -> u8 { s.diesel + diesel }"),
        ("domain::user", "fn f() { vec![a.store, b.diesel, diesel]; }"),
        ("app::login", "use jsonwebtoken::encode; use crate::{saml, store, domain};"),
    ] {
        assert_eq!(trespasses_of(module, source), [""; 0], "{source}");
    }
}

#[test]
fn room_missing_from_the_table_is_rejected() {
    let found = trespasses_of("cellar", "");
    assert_eq!(found, ["`cellar` is no room of tests/architecture/rooms.rs"]);
}

#[test]
fn file_included_by_two_modules_is_checked_in_both() {
    let place = tempfile::tempdir().expect("a directory");
    let write = |file: &str, text: &str| {
        let file = place.path().join(file);
        fs::create_dir_all(file.parent().expect("has one")).expect("a directory");
        fs::write(file, text).expect("a file");
    };
    write("lib.rs", "mod store; mod flat;");
    write("flat.rs", "mod below { mod deep; }");
    write("flat/below/deep.rs", "");
    write(
        "store/mod.rs",
        "#[path = \"one.rs\"] mod sqlite; mod pg { #[path = \"../one.rs\"] mod q; }",
    );
    write("store/pg/beside.txt", "");
    write("store/one.rs", "mod users;");
    write("store/users.rs", "");
    let sources = scan::read_crate(&place.path().join("lib.rs"));
    let modules: BTreeSet<String> = sources.iter().map(|source| source.module.join("::")).collect();
    let expected = [
        "",
        "flat",
        "flat::below::deep",
        "store",
        "store::pg::q",
        "store::pg::q::users",
        "store::sqlite",
        "store::sqlite::users",
    ];
    assert_eq!(modules, expected.map(str::to_owned).into());
}

#[test]
fn no_two_rooms_import_each_other() {
    for first in ROOMS {
        let mut reached: Vec<&str> = first.may_use.to_vec();
        let mut next = 0;
        while let Some(name) = reached.get(next) {
            let further = room(name).expect("every room that may be used is a room").may_use;
            let new: Vec<&str> = further.iter().copied().filter(|f| !reached.contains(f)).collect();
            reached.extend(new);
            next += 1;
        }
        assert!(!reached.contains(&first.name), "{} reaches itself", first.name);
    }
}

#[test]
fn every_external_crate_of_the_table_is_used() {
    let lock: toml::Table = read("Cargo.lock").parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    let names: BTreeSet<String> = packages
        .iter()
        .filter_map(|package| Some(package.get("name")?.as_str()?.replace('-', "_")))
        .collect();
    for name in OUTSIDE.iter().flat_map(|rule| rule.crates) {
        assert!(names.contains(*name), "{name} is in no Cargo.lock: is it written so in a path?");
    }
}

/// A row of a map: the room, and the rooms that it may look into.
type Row = (String, BTreeSet<String>);

/// The rows of every table in `text` whose first cell is a name in backticks. The cell at
/// `column` names the rooms that may be used.
fn rows(text: &str, column: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for line in text.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let name = cells[0].trim_matches(['[', ']']);
        let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else {
            continue;
        };
        let Some(cell) = cells.get(column) else { continue };
        let words = cell.split(|char: char| !char.is_alphanumeric());
        let used = words.filter(|word| room(word).is_some()).map(str::to_owned).collect();
        rows.push((name.to_owned(), used));
    }
    rows
}

fn rows_below<'a>(text: &'a str, heading: &str) -> &'a str {
    let (_, below) = text.split_once(heading).unwrap_or_else(|| panic!("no heading {heading}"));
    below.split_once("\n## ").map_or(below, |(section, _)| section)
}

/// The names of the top-level modules of the library and of the program.
fn top_modules() -> BTreeSet<String> {
    let modules = sources().into_iter().filter(|(_, source)| source.module.len() == 1);
    modules.map(|(room, _)| room).collect()
}

/// What the rows of a map say that is not so, or leave out.
fn lies(rows: &[Row], modules: &BTreeSet<String>) -> Vec<String> {
    let named = |module: &&String| rows.iter().any(|(name, _)| name == *module);
    let mut lies: Vec<String> = modules
        .iter()
        .filter(|module| !named(module))
        .map(|module| format!("no {module}"))
        .collect();
    for (name, used) in rows {
        let Some(room) = room(name) else {
            lies.push(format!("{name} is no room of tests/architecture/rooms.rs"));
            continue;
        };
        let may_use: BTreeSet<String> = room.may_use.iter().map(|&name| name.to_owned()).collect();
        if *used != may_use {
            lies.push(format!("{name} may look into {may_use:?}, not {used:?}"));
        }
    }
    lies
}

#[test]
fn map_in_architecture_md_matches_the_code() {
    let text = read("ARCHITECTURE.md");
    let rows = rows(rows_below(&text, "\n## The rooms\n"), 2);
    assert_eq!(lies(&rows, &top_modules()), [""; 0]);
    let names: BTreeSet<&str> = rows.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ROOMS.iter().map(|room| room.name).collect(), "every room has its row");
}

#[test]
fn map_in_lib_rs_matches_the_code() {
    let text = read("src/lib.rs");
    let docs: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("//! ")).collect();
    let library = scan::read_crate(&project().join("src/lib.rs"));
    let modules = library.into_iter().filter(|source| source.module.len() == 1);
    let modules = modules.map(|source| source.module.concat()).collect();
    assert_eq!(lies(&rows(&docs.join("\n"), 2), &modules), [""; 0]);
}

#[test]
fn wrong_map_is_detected() {
    let used = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let parsed = rows("| room | for | uses |\n|---|---|---|\n| [`app`] | x | `saml`, store |", 2);
    assert_eq!(parsed, [("app".to_owned(), used(&["saml", "store"]))]);
    let cellar = [("cellar".to_owned(), used(&[]))];
    for (rows, modules, lie) in [
        (
            &parsed[..],
            &["app"][..],
            "app may look into {\"domain\", \"saml\", \"scim\", \"store\"}, not",
        ),
        (&[], &["app"], "no app"),
        (&cellar, &[], "cellar is no room"),
    ] {
        let found = lies(rows, &used(modules));
        assert!(matches!(&found[..], [only] if only.starts_with(lie)), "{lie}: {found:?}");
    }
    let truth = [("saml".to_owned(), used(&["domain"]))];
    assert_eq!(lies(&truth, &used(&["saml"])), [""; 0]);
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    let mut files = Vec::new();
    for entry in entries.map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            files.extend(rust_files(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
    files
}

#[test]
fn every_source_file_is_a_module() {
    let read: BTreeSet<PathBuf> = sources()
        .into_iter()
        .map(|(_, source)| source.file.canonicalize().expect("was read"))
        .collect();
    let files = rust_files(&project().join("src").canonicalize().expect("is there"));
    let lost: Vec<&PathBuf> = files.iter().filter(|file| !read.contains(*file)).collect();
    assert!(lost.is_empty(), "never compiled: {lost:?}");
}

/// The lines of a source before its tests, which may be long.
fn lines_of_code(file: &Path) -> usize {
    if file.ends_with("tests.rs") || file.components().any(|part| part.as_os_str() == "tests") {
        return 0;
    }
    let text = fs::read_to_string(file).expect("a source file");
    text.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

#[test]
fn source_files_have_at_most_400_lines() {
    let files = rust_files(&project().join("src")).into_iter();
    let lengths = files.map(|file| (lines_of_code(&file), file));
    let long: Vec<_> = lengths.filter(|(lines, _)| *lines > LONGEST_FILE).collect();
    assert!(long.is_empty(), "more than {LONGEST_FILE} lines: {long:?}");
}

/// Use cases that write without a caller, or that authenticate the caller in the same
/// transaction in another way. All others use `App::write_as`.
///
/// The subject is the source: which file may call `Db::write`. A type could hide the
/// method from these files only if each had a module of its own beside `store`.
const WRITES_WITHOUT_CALLER: &[(&str, &str)] = &[
    ("app/accounts.rs", "an operator creates accounts on the machine"),
    ("app/import/jobs.rs", "finished and abandoned jobs are deleted by a timer"),
    ("app/import/worker.rs", "a thread claims a job; its rows are written as its author"),
    ("app/attribute_removals.rs", "a deletion was authorized; its steps have its author"),
    ("app/housekeeping.rs", "expired records are deleted by a timer"),
    ("app/idempotency.rs", "the answer of a request is stored after it was authorized"),
    ("app/login/", "a login authenticates itself"),
    ("app/sessions.rs", "the cookie of a session ends it"),
    ("app/usage/", "uses and fixes are recorded, not requested"),
    ("app/tokens.rs", "the key of the deployment is created at its first use"),
    ("app/authorized_write.rs", "defines App::write_as"),
    ("app/planned_writes.rs", "its one statement checks the key of the author"),
];

#[test]
fn callers_are_authenticated_in_the_transaction_of_their_change() {
    let mut unused: BTreeSet<_> = WRITES_WITHOUT_CALLER.iter().map(|(file, _)| *file).collect();
    for (room, source) in sources() {
        let file = source.file.strip_prefix(project().join("src")).expect("below src");
        let file = file.display().to_string();
        let text = fs::read_to_string(&source.file).expect("it was read before");
        let text: String = text.split_whitespace().collect();
        let calls = ["db.write(", "db.write_for(", "db.write_long_for(", "db.write_statement_for("];
        let writes = calls.iter().any(|call| text.contains(call));
        if room != "app" || !writes {
            continue;
        }
        let known = WRITES_WITHOUT_CALLER.iter().find(|(known, _)| file.starts_with(known));
        assert!(known.is_some(), "src/{file} uses db.write: let it use App::write_as");
        if let Some((known, _)) = known {
            unused.remove(known);
        }
    }
    assert!(unused.is_empty(), "these write nothing any more: {unused:?}");
}
