//! The remedies for failed checks and denied logins, read from
//! `docs/troubleshooting.md`.

use crate::domain::check::CheckId;

/// The page. A test checks that it explains every denial.
const PAGE: &str = include_str!("../../docs/troubleshooting.md");

/// A check without a section on the page, or without a remedy in it, does not compile.
const _: () = {
    let mut rest: &[CheckId] = &CheckId::ALL;
    while let [id, others @ ..] = rest {
        let Some(section) = find_section(PAGE.as_bytes(), "\n### `", id.as_str()) else {
            panic!("docs/troubleshooting.md does not explain a check");
        };
        assert!(has_remedy(section), "docs/troubleshooting.md has no remedy for a check");
        rest = others;
    }
};

/// Returns the text after `start` and `name`.
const fn find_section<'a>(text: &'a [u8], start: &str, name: &str) -> Option<&'a [u8]> {
    let mut rest = text;
    while let [_, others @ ..] = rest {
        if let Some(after) = strip(rest, start.as_bytes())
            && let Some(after) = strip(after, name.as_bytes())
            && let Some(after) = strip(after, b"`\n")
        {
            return Some(after);
        }
        rest = others;
    }
    None
}

/// Returns the text after a prefix.
const fn strip<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (mut text, mut prefix) = (text, prefix);
    while let [expected, more @ ..] = prefix {
        match text {
            [byte, rest @ ..] if *byte == *expected => (text, prefix) = (rest, more),
            _ => return None,
        }
    }
    Some(text)
}

/// Whether a section has a part marked as cause or remedy before the next heading.
const fn has_remedy(section: &[u8]) -> bool {
    let mut rest = section;
    while let [_, others @ ..] = rest {
        if strip(rest, b"\n\n*").is_some() {
            return true;
        }
        if strip(rest, b"\n#").is_some() {
            return false;
        }
        rest = others;
    }
    false
}

/// Returns the text of a check or a denial: the usual causes and the remedy, or the whole
/// section if neither is marked.
pub(super) fn remedy(code: &str) -> Option<String> {
    let (_, section) = PAGE.split_once(&format!("\n### `{code}`\n"))?;
    let end = ["\n### ", "\n## "].iter().filter_map(|next| section.find(next)).min();
    let section = end.and_then(|end| section.get(..end)).unwrap_or(section).trim();
    let marked = section.split_once("\n\n*").map(|(_, rest)| format!("*{rest}"));
    Some(to_plain_text(&marked.unwrap_or_else(|| section.to_owned())))
}

/// Markdown as text: without marks of emphasis, and links by their text.
fn to_plain_text(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for line in markdown.lines().filter(|line| !is_rule(line)) {
        let line = match line.strip_prefix('|') {
            Some(row) => row.trim_end_matches('|').trim().replace(" | ", ": "),
            None => line.to_owned(),
        };
        text.push_str(&remove_links(&line).replace(['*', '`'], ""));
        text.push('\n');
    }
    text.trim().replace("\n\n", "\n")
}

/// Whether a line only separates the head of a table from its rows.
fn is_rule(line: &str) -> bool {
    line.starts_with("|-")
}

fn remove_links(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, (label, after))) = next_link(rest) {
        text.push_str(before);
        text.push_str(label);
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The text before a link, its label, and what follows it.
fn next_link(text: &str) -> Option<(&str, (&str, &str))> {
    let (before, rest) = text.split_once('[')?;
    let (label, rest) = rest.split_once("](")?;
    let (_, after) = rest.split_once(')')?;
    Some((before, (label, after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_remedy() {
        for check in CheckId::ALL.map(CheckId::as_str) {
            let remedy = remedy(check).unwrap_or_else(|| panic!("{check}"));
            assert!(!remedy.is_empty() && !remedy.contains(['`', '*', '|']), "{check}: {remedy}");
        }
        assert_eq!(remedy("nothing"), None);
    }

    #[test]
    fn remedy_starts_at_the_cause_of_its_section() {
        let audience = remedy("conditions.audience").unwrap();
        assert!(
            audience.starts_with("Usual cause: the identity provider has another value."),
            "{audience}"
        );
        assert!(!audience.contains("###") && !audience.contains("is meant for"), "{audience}");
        let disabled = remedy("CONNECTION_DISABLED").unwrap();
        assert!(disabled.contains("usher connection set NAME --enabled"), "{disabled}");
        let key = remedy("signature.key").unwrap();
        assert!(key.contains("Remedy: download") && key.contains("saml/README.md has"), "{key}");
    }

    #[test]
    fn markdown_becomes_text() {
        let markdown =
            "*Usual:* `a` | b [see](x.md#y), now\n\n- c\n| d | e |\n|---|---|\n| f | g |";
        assert_eq!(to_plain_text(markdown), "Usual: a | b see, now\n- c\nd: e\nf: g");
    }
}
