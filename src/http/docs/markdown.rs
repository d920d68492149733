//! The part of Markdown that the contracts and our documents use: paragraphs,
//! lists, tables, code, strong text and links.

use askama::Template;

/// A run of text of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Span {
    Text(String),
    Code(String),
    Strong(String),
    Link { text: String, target: String },
}

/// A line of text, in runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "docs/line.html")]
pub(super) struct Line(Vec<Span>);

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Paragraph(Line),
    List { ordered: bool, items: Vec<Line> },
    Table { head: Vec<Line>, rows: Vec<Vec<Line>> },
}

/// A document in Markdown, rendered as HTML. All text is escaped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "docs/markdown.html")]
pub(super) struct Markdown(Vec<Block>);

impl Line {
    /// Parses a line.
    pub(super) fn parse(text: &str) -> Self {
        let (mut spans, mut plain, mut rest) = (Vec::new(), String::new(), text);
        while let Some(first) = rest.chars().next() {
            if let Some((span, rest_after)) = parse_marked_span(rest) {
                if !plain.is_empty() {
                    spans.push(Span::Text(std::mem::take(&mut plain)));
                }
                spans.push(span);
                rest = rest_after;
            } else {
                plain.push(first);
                rest = rest.strip_prefix(first).unwrap_or_default();
            }
        }
        if !plain.is_empty() {
            spans.push(Span::Text(plain));
        }
        Self(spans)
    }
}

impl Markdown {
    /// Parses a document.
    pub(super) fn parse(text: &str) -> Self {
        let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
        Self(blocks.flat_map(parse_block).collect())
    }
}

/// The marked text at the start of a text, and what follows it.
fn parse_marked_span(text: &str) -> Option<(Span, &str)> {
    if let Some(inner) = text.strip_prefix('`') {
        let (code, after) = inner.split_once('`')?;
        return Some((Span::Code(code.to_owned()), after));
    }
    if let Some(inner) = text.strip_prefix("**") {
        let (strong, after) = inner.split_once("**")?;
        return Some((Span::Strong(strong.to_owned()), after));
    }
    let (text, after) = text.strip_prefix('[')?.split_once("](")?;
    let (target, after) = after.split_once(')')?;
    if text.contains(']') {
        return None;
    }
    let span = match target {
        // A file of the repository is not on this server.
        target if target.starts_with(['/', '#']) || target.starts_with("https://") => {
            Span::Link { text: text.to_owned(), target: target.to_owned() }
        }
        _ => Span::Text(text.to_owned()),
    };
    Some((span, after))
}

/// Parses lines without an empty line between them. A list may follow its
/// introduction directly.
fn parse_block(block: &str) -> Vec<Block> {
    if block.starts_with('|') {
        return vec![parse_table(block)];
    }
    let (mut blocks, mut paragraph) = (Vec::new(), String::new());
    for line in block.lines().map(str::trim) {
        let Some((is_ordered, text)) = parse_item(line) else {
            match blocks.last_mut() {
                // A line that continues an entry is part of it.
                Some(Block::List { items, .. }) if paragraph.is_empty() => {
                    if let Some(Line(spans)) = items.last_mut() {
                        spans.extend(Line::parse(&format!(" {line}")).0);
                    }
                }
                _ => {
                    let space = if paragraph.is_empty() { "" } else { " " };
                    paragraph.push_str(space);
                    paragraph.push_str(line);
                }
            }
            continue;
        };
        if !paragraph.is_empty() {
            blocks.push(Block::Paragraph(Line::parse(&std::mem::take(&mut paragraph))));
        }
        match blocks.last_mut() {
            Some(Block::List { ordered, items }) if *ordered == is_ordered => {
                items.push(Line::parse(text));
            }
            _ => blocks.push(Block::List { ordered: is_ordered, items: vec![Line::parse(text)] }),
        }
    }
    if !paragraph.is_empty() {
        blocks.push(Block::Paragraph(Line::parse(&paragraph)));
    }
    blocks
}

/// The text of a list's entry, and whether the list is numbered.
fn parse_item(line: &str) -> Option<(bool, &str)> {
    if let Some(text) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
        return Some((false, text));
    }
    let (number, text) = line.split_once(". ")?;
    number.parse::<u8>().ok().map(|_| (true, text))
}

fn parse_table(block: &str) -> Block {
    let cells = |line: &str| -> Vec<Line> {
        line.trim().trim_matches('|').split('|').map(|cell| Line::parse(cell.trim())).collect()
    };
    let mut lines = block.lines();
    let head = lines.next().map(cells).unwrap_or_default();
    Block::Table { head, rows: lines.skip(1).map(cells).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        Markdown::parse(text).render().unwrap().replace('\n', "")
    }

    #[test]
    fn markdown_is_rendered_as_html() {
        for (text, expected) in [
            ("One **two** `th<ree`.", "<p>One <strong>two</strong> <code>th&#60;ree</code>.</p>"),
            ("One.\n\nTwo\nthree.", "<p>One.</p><p>Two three.</p>"),
            ("Either\n- one\n  more\n- two", "<p>Either</p><ul><li>one more</li><li>two</li></ul>"),
            ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
            (
                "[Here](#there) or [there](../other.md)",
                "<p><a href=\"#there\">Here</a> or there</p>",
            ),
            (
                "| a | b |\n|---|---|\n| `1` | 2 |",
                "<table><thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead>\
                 <tbody><tr><td><code>1</code></td><td>2</td></tr></tbody></table>",
            ),
        ] {
            assert_eq!(html(text), expected, "{text}");
        }
    }

    #[test]
    fn text_that_is_not_closed_stays_text() {
        for text in ["a `b", "**a", "[a](b", "[a] b", "a * b", "`", "["] {
            assert_eq!(html(text), format!("<p>{text}</p>"), "{text}");
        }
    }

    #[test]
    fn markup_in_text_is_escaped() {
        let page = html("<script>alert(1)</script> [x](javascript:alert(1)) [\"](https://\"><b>)");
        for part in ["<script", "href=\"javascript", "<b>"] {
            assert!(!page.contains(part), "{page}");
        }
    }
}
