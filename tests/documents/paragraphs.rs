//! Paragraphs that can be read in one go: none is longer than six lines.

use std::{fs, path::PathBuf};

use super::{documents, project};

/// The maximum number of characters of a paragraph: about six lines of a page.
const MAX_CHARS: usize = 600;

/// The paragraphs of a document as they are read: an entry of a list and a cell of a
/// table is one each. Code, headings and the targets of links do not count.
fn paragraphs(text: &str) -> Vec<String> {
    let (mut all, mut is_code, mut is_open) = (Vec::<String>::new(), false, false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("```") {
            (is_code, is_open) = (!is_code, false);
        } else if is_code || line.is_empty() || line.starts_with('#') {
            is_open = false;
        } else if line.starts_with('|') {
            all.extend(
                line.trim_matches('|').split(" | ").map(|cell| without_targets(cell.trim())),
            );
            is_open = false;
        } else {
            let line = without_targets(line);
            match all.last_mut().filter(|_| is_open && !begins_entry(&line)) {
                Some(paragraph) => paragraph.push_str(&format!(" {line}")),
                None => all.push(line),
            }
            is_open = true;
        }
    }
    all
}

/// Whether a line begins an entry of a list.
fn begins_entry(line: &str) -> bool {
    let number = line.trim_start_matches(|char: char| char.is_ascii_digit());
    line.starts_with("- ") || line.starts_with("* ") || number != line && number.starts_with(". ")
}

/// The text without the targets of its links.
fn without_targets(text: &str) -> String {
    let mut parts = text.split("](");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once(')').map_or(part, |(_, behind)| behind));
    rest.fold(first, |text, part| text + "]" + part)
}

#[test]
fn no_paragraph_of_a_document_is_longer_than_six_lines() {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"];
    let top = top.map(|name| project().join(name));
    let all: Vec<PathBuf> = top.into_iter().chain(documents(&project().join("docs"))).collect();
    let mut found = Vec::new();
    for document in all {
        let text = fs::read_to_string(&document).expect("a document");
        let long = paragraphs(&text).into_iter().map(|text| (text.chars().count(), text));
        found.extend(long.filter(|(length, _)| *length > MAX_CHARS).map(|(length, text)| {
            let start: String = text.chars().take(60).collect();
            format!("{}: {length} characters: {start}…", document.display())
        }));
    }
    assert!(found.is_empty(), "split into sentences, lists or tables:\n{}", found.join("\n"));
}

#[test]
fn paragraphs_are_entries_cells_and_texts_between_blank_lines() {
    let text = "# A heading\nOne\ntwo [a link](https://example.com/long).\n\nThree\n- four\n  five\n\
                10. six\n```sh\ncode\n```\n| a | b |\nseven";
    let expected = ["One two [a link].", "Three", "- four five", "10. six", "a", "b", "seven"];
    assert_eq!(paragraphs(text), expected);
}
