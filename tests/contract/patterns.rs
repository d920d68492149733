//! The patterns of the contracts, in every dialect of regular expressions that
//! a generated client may compile them in.

use std::{collections::BTreeSet, fs};

use ::usher::http::openapi;
use serde_json::Value;

use crate::usher::{must, script};

/// Texts on which dialects may differ: control characters, blanks, letters that
/// are more than one byte.
const TEXTS: [&str; 14] = [
    "",
    " ",
    "Ada Lovelace",
    "Zoë",
    "日本語",
    "a\u{1}b",
    "tab\there",
    "a\u{7f}b",
    "DE",
    "ABCD-1234-EF56",
    "https://idp.example.com/sso",
    "urn:example:a",
    "no blanks",
    "a/b",
];

/// Every pattern of a value.
fn patterns(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(pattern) = object.get("pattern").and_then(Value::as_str) {
                found.insert(pattern.to_owned());
            }
            object.values().for_each(|value| patterns(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| patterns(value, found)),
        _ => {}
    }
}

fn all_patterns() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (document, version) in openapi::ALL_DOCUMENTS {
        patterns(document.contract(version), &mut found);
    }
    assert!(found.len() > 5, "{found:?}");
    found
}

/// What is not read alike by PCRE, RE2, Java, ECMAScript, Onigmo, .NET and
/// Rust: of escapes there is `\xHH` below 80 alone; of groups, the plain one.
fn is_portable(pattern: &str) -> bool {
    let anchored = pattern.starts_with('^') && pattern.ends_with('$') && pattern.is_ascii();
    let escapes = pattern.split('\\').skip(1).all(|rest| {
        let code = rest.strip_prefix('x').and_then(|rest| rest.get(..2));
        code.and_then(|code| u8::from_str_radix(code, 16).ok()).is_some_and(|code| code < 0x80)
    });
    let special = ["(?", "[[", "&&", "--[", "*+", "++", "?+", "[:"];
    anchored && escapes && !special.iter().any(|word| pattern.contains(word))
}

#[test]
fn patterns_use_only_syntax_common_to_all_dialects() {
    for pattern in all_patterns() {
        assert!(is_portable(&pattern), "{pattern}");
    }
    for pattern in
        [r"^[^\u0000-\u001F]*$", r"^\p{L}+$", r"^\d$", r"^(?=a)$", r"^[\x80-\x9F]$", "a", r"^\S$"]
    {
        assert!(!is_portable(pattern), "{pattern}");
    }
}

#[test]
fn dialects_agree_on_every_pattern() {
    let hex = |kind: char, text: &str| format!("{kind} {}\n", hex::encode(text));
    let all = all_patterns();
    let lines = all.iter().map(|pattern| hex('p', pattern));
    let lines: String = lines.chain(TEXTS.iter().map(|text| hex('t', text))).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("patterns");
    fs::write(&file, lines).unwrap();
    let mut run = script("contract/patterns/run");
    run.arg(&file);
    must(run);
}
