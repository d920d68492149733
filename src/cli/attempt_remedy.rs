//! What to do about a check that failed or a login that was denied, as
//! `docs/troubleshooting.md` has it: one text for both.

/// The page. A test sees to it that it explains every check and denial.
const PAGE: &str = include_str!("../../docs/troubleshooting.md");

/// What the page says of a check or a denial, as text: the usual causes and the
/// remedy; all of it, if neither is marked.
pub(super) fn remedy(code: &str) -> Option<String> {
    let (_, section) = PAGE.split_once(&format!("\n### `{code}`\n"))?;
    let end = ["\n### ", "\n## "].iter().filter_map(|next| section.find(next)).min();
    let section = end.and_then(|end| section.get(..end)).unwrap_or(section).trim();
    let marked = section.split_once("\n\n*").map(|(_, rest)| format!("*{rest}"));
    Some(as_text(&marked.unwrap_or_else(|| section.to_owned())))
}

/// Markdown as text: without marks of emphasis, and links by their text.
fn as_text(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for line in markdown.lines().filter(|line| !is_rule(line)) {
        let line = match line.strip_prefix('|') {
            Some(row) => row.trim_end_matches('|').trim().replace(" | ", ": "),
            None => line.to_owned(),
        };
        text.push_str(&without_links(&line).replace(['*', '`'], ""));
        text.push('\n');
    }
    text.trim().replace("\n\n", "\n")
}

/// Whether a line only separates the head of a table from its rows.
fn is_rule(line: &str) -> bool {
    line.starts_with("|-")
}

fn without_links(line: &str) -> String {
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
    use crate::saml::checks;

    #[test]
    fn every_check_has_something_to_do_about_it() {
        for check in checks::ORDER {
            let remedy = remedy(check).unwrap_or_else(|| panic!("{check}"));
            assert!(!remedy.is_empty() && !remedy.contains(['`', '*', '|']), "{check}: {remedy}");
        }
        assert_eq!(remedy("nothing"), None);
    }

    #[test]
    fn remedy_is_the_part_that_says_what_to_do() {
        let audience = remedy("conditions.audience").unwrap();
        assert!(audience.starts_with("Usual cause: another one was entered."), "{audience}");
        assert!(!audience.contains("###") && !audience.contains("is meant for"), "{audience}");
        let disabled = remedy("connection_disabled").unwrap();
        assert!(disabled.contains("usher connection set NAME --enabled"), "{disabled}");
        let key = remedy("signature.key").unwrap();
        assert!(key.contains("Remedy: download") && key.contains("saml/README.md has"), "{key}");
    }

    #[test]
    fn markdown_becomes_text() {
        let markdown =
            "*Usual:* `a` | b [see](x.md#y), now\n\n- c\n| d | e |\n|---|---|\n| f | g |";
        assert_eq!(as_text(markdown), "Usual: a | b see, now\n- c\nd: e\nf: g");
    }
}
