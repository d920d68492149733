//! The documents keep up with the program: nothing that they explain is left
//! out, and nothing that they point to is missing.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[path = "documents/commands.rs"]
mod commands;
#[path = "documents/paragraphs.rs"]
mod paragraphs;
#[path = "documents/pictures.rs"]
mod pictures;

use usher::{
    domain::{
        check::CheckId,
        id::UserId,
        mapping_target::{ListTarget, MappingTarget},
        provisioning::Denial,
    },
    scim::schema::SCHEMAS,
};

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read_file(file: &str) -> String {
    fs::read_to_string(project().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The headings of the third level that are a name in backticks.
fn explained_names(document: &str) -> BTreeSet<&str> {
    let names = document.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    names.collect()
}

/// Every denial there is. A new one does not compile until it is listed.
fn denials() -> Vec<Denial> {
    let user = UserId::from(uuid::Uuid::nil());
    let operations = vec![
        Denial::ConnectionDisabled,
        Denial::UserDisabled(user),
        Denial::UserDeleted(user),
        Denial::SubjectUnusable,
        Denial::EmailUnusable,
        Denial::IdentityConflict(user),
        Denial::GuardAttributeMissing { attribute: "role".into() },
    ];
    for denial in &operations {
        match denial {
            Denial::ConnectionDisabled
            | Denial::UserDisabled(_)
            | Denial::UserDeleted(_)
            | Denial::SubjectUnusable
            | Denial::EmailUnusable
            | Denial::IdentityConflict(_)
            | Denial::GuardAttributeMissing { .. } => {}
        }
    }
    operations
}

#[test]
fn every_check_and_every_denial_is_explained() {
    let document = read_file("docs/troubleshooting.md");
    let denials = denials();
    let codes = denials.iter().map(Denial::code);
    let expected: BTreeSet<&str> =
        CheckId::ALL.into_iter().map(CheckId::as_str).chain(codes).collect();
    assert_eq!(explained_names(&document), expected);
}

#[test]
fn every_attribute_is_in_the_guide_for_identity_providers() {
    let document = read_file("docs/saml/README.md");
    let lists = ListTarget::iter().map(|target| target.whole().into());
    let is_field = |target: &MappingTarget| matches!(target, MappingTarget::Field(_));
    for target in MappingTarget::iter().filter(is_field).chain(lists) {
        assert!(document.contains(&format!("`{target}`")), "{target}");
    }
}

fn documents(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{directory:?}: {error}"));
    let mut found = Vec::new();
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            found.extend(documents(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// The targets of `[text](target)`.
fn link_targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target)
}

/// A heading as an anchor of a link.
fn anchor(heading: &str) -> String {
    let stored = heading.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
    stored.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

/// Why a link leads nowhere; `None` if it leads somewhere, or out of here.
fn broken(document: &Path, text: &str, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, expected) = link.split_once('#').unwrap_or((link, ""));
    let target = document.parent().expect("a document lies in a directory").join(file);
    if expected.is_empty() && target.exists() {
        return None;
    }
    let text = if file.is_empty() { Ok(text.to_owned()) } else { fs::read_to_string(&target) };
    let Ok(text) = text else { return Some(format!("{link}: no such file")) };
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let mut anchors = headings.map(|line| anchor(line.trim_start_matches('#')));
    let there = expected.is_empty() || anchors.any(|anchor| anchor == expected);
    (!there).then(|| format!("{link}: no such heading"))
}

#[test]
fn every_link_between_documents_resolves() {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];
    let mut all: Vec<PathBuf> = top.iter().map(|name| project().join(name)).collect();
    all.extend(documents(&project().join("docs")));
    let mut found = Vec::new();
    for document in all {
        let text = fs::read_to_string(&document).expect("a document");
        let broken = link_targets(&text).filter_map(|link| broken(&document, &text, link));
        found.extend(broken.map(|error| format!("{}: {error}", document.display())));
    }
    assert!(found.is_empty(), "links that lead nowhere:\n{}", found.join("\n"));
}

/// The paths of modules in backticks, such as `saml::response`, without the names of
/// types at their end.
fn module_paths(text: &str) -> BTreeSet<String> {
    let rooms = ["domain", "saml", "scim", "store", "app", "http", "testidp", "config", "cli"];
    let codes = text.split('`').skip(1).step_by(2);
    let paths = codes.map(|code| code.split("::").collect::<Vec<_>>());
    let paths = paths.filter(|path| path.len() > 1 && rooms.contains(&path[0]));
    let is_module = |part: &&str| part.starts_with(|char: char| char.is_ascii_lowercase());
    paths.map(|path| path.into_iter().filter(is_module).collect::<Vec<_>>().join("/")).collect()
}

#[test]
fn every_module_named_in_the_architecture_exists() {
    let paths = module_paths(&read_file("ARCHITECTURE.md"));
    assert!(paths.len() > 20, "{paths:?}");
    let source = project().join("src");
    let exists = |path: &&String| {
        source.join(path).is_dir() || source.join(path).with_extension("rs").is_file()
    };
    let missing: Vec<&String> = paths.iter().filter(|path| !exists(path)).collect();
    assert!(missing.is_empty(), "no such modules: {missing:?}");
    let paths = module_paths("`a::b` `app::login::sign_in` `store::listing::IndexScan` app::x");
    assert_eq!(paths.into_iter().collect::<Vec<_>>(), ["app/login/sign_in", "store/listing"]);
}

#[test]
fn broken_link_is_detected() {
    let here = project().join("README.md");
    let text =
        "# A `name`\n[a](LICENSE-MIT) [b](#a-name) [c](nowhere.md) [d](#nowhere) [e](https://x.y)";
    let found: Vec<String> =
        link_targets(text).filter_map(|link| broken(&here, text, link)).collect();
    assert_eq!(found, ["nowhere.md: no such file", "#nowhere: no such heading"]);
}

#[test]
fn every_attribute_of_scim_that_is_not_stored_is_documented() {
    let page = read_file("docs/scim.md");
    let (_, section) = page.split_once("## Attributes that are not stored").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for schema in SCHEMAS {
        for name in schema.not_stored {
            assert!(section.contains(&format!("`{name}`")), "{name}");
        }
    }
}

#[test]
fn every_compatibility_fix_is_documented() {
    let page = read_file("docs/scim.md");
    for fix in usher::domain::compatibility_fix::CompatibilityFix::ALL {
        assert!(page.contains(&format!("| `{}` |", fix.as_str())), "{}", fix.as_str());
    }
}
