//! Exclusive XML Canonicalization 1.0 without comments.
//!
//! Works on the text of a document that the gate accepted: well-formed, bounded,
//! without a DTD, comments or processing instructions, and with plain namespace names.
//! Anything else has no canonical form.
//!
//! A mistake here can reject a valid message. It can't let a forged one in: trusted content is
//! read again from the bytes that are written here, after their digest was compared with the
//! signed one.

use std::ops::Range;

use quick_xml::{
    Reader,
    events::{Event, attributes::Attributes},
};

use crate::saml::xml;

/// The maximum number of bytes of a canonical form. It can be much longer than the document,
/// because elements side by side repeat the declarations that they use. Honest documents
/// grow by a few declarations.
const MAX_BYTES: usize = 4 * 256 * 1024;

/// The namespace of the prefix `xml`, which is never declared.
const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// Returns the canonical form of an element, without the element `excluded` inside it.
/// Both are places in the document. `prefixes` is the `PrefixList` of
/// `InclusiveNamespaces`.
///
/// Returns `None` if no element begins at that place, or if the form is longer than
/// [`MAX_BYTES`].
pub(in crate::saml) fn canonicalize(
    document: &str,
    apex: &Range<usize>,
    excluded: Option<&Range<usize>>,
    prefixes: &[String],
) -> Option<String> {
    let mut reader = Reader::from_str(document);
    let mut writer = CanonicalWriter::new(apex.len(), prefixes);
    // How many elements are around the apex, once that has begun.
    let mut depth = None;
    loop {
        let start = usize::try_from(reader.buffer_position()).ok()?;
        let event = reader.read_event().ok()?;
        let end = usize::try_from(reader.buffer_position()).ok()?;
        if start == apex.start && matches!(event, Event::Start(_) | Event::Empty(_)) {
            depth = Some(writer.open.len());
        }
        let is_inside = depth.is_some();
        let is_excluded = is_inside && excluded.is_some_and(|excluded| excluded.start == start);
        match event {
            Event::Start(tag) if is_excluded => {
                reader.read_to_end(tag.name()).ok()?;
            }
            Event::Empty(_) if is_excluded => {}
            Event::Start(_) => writer.open(document.get(start + 1..end - 1)?, is_inside)?,
            Event::Empty(_) => {
                writer.open(document.get(start + 1..end - 2)?, is_inside)?;
                writer.close(is_inside)?;
            }
            Event::End(_) => writer.close(is_inside)?,
            Event::Eof => return None,
            content if is_inside => {
                write_content(&content, document.get(start..end)?, &mut writer.output)?;
            }
            _ => {}
        }
        if depth == Some(writer.open.len()) {
            return (end == apex.end).then_some(writer.output);
        }
    }
}

/// Writes the text between tags. Comments and other markup have no canonical form.
fn write_content(content: &Event<'_>, raw: &str, output: &mut String) -> Option<()> {
    match content {
        Event::Text(_) => write_text(raw, output),
        Event::CData(section) => write_text(std::str::from_utf8(section).ok()?, output),
        Event::GeneralRef(name) => {
            escape_text(xml::parse_reference(std::str::from_utf8(name).ok()?)?, output);
        }
        _ => return None,
    }
    Some(())
}

/// A declaration of a namespace. The empty prefix is the default namespace; the empty
/// name is none.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Declaration<'t> {
    prefix: &'t str,
    namespace: &'t str,
}

/// An attribute as in the document.
struct RawAttribute<'t> {
    namespace: &'t str,
    local_name: &'t str,
    name: &'t str,
    value: &'t str,
}

/// An open element.
struct OpenElement<'t> {
    name: &'t str,
    /// How many declarations were in scope outside of it.
    declared: usize,
    /// How many were written outside of it.
    written: usize,
}

struct CanonicalWriter<'t, 'p> {
    output: String,
    prefixes: &'p [String],
    open: Vec<OpenElement<'t>>,
    /// The declarations in scope in the document, the innermost last.
    declared: Vec<Declaration<'t>>,
    /// The declarations in scope in the output, the innermost last.
    written: Vec<Declaration<'t>>,
}

impl<'t, 'p: 't> CanonicalWriter<'t, 'p> {
    fn new(capacity: usize, prefixes: &'p [String]) -> Self {
        let output = String::with_capacity(capacity);
        Self { output, prefixes, open: Vec::new(), declared: Vec::new(), written: Vec::new() }
    }

    /// Opens the element of a tag, `name a="b"`, and writes the tag if it is inside of
    /// the apex.
    fn open(&mut self, tag: &'t str, is_inside: bool) -> Option<()> {
        let name = tag.split(xml::SPACE).next()?;
        let (declared, written) = (self.declared.len(), self.written.len());
        self.open.push(OpenElement { name, declared, written });
        let mut attributes = self.read_attributes(tag, name.len())?;
        if !is_inside {
            return Some(());
        }
        if self.output.len() > MAX_BYTES {
            return None;
        }
        self.output.push('<');
        self.output.push_str(name);
        self.write_declarations(name, &attributes)?;
        for attribute in &mut attributes {
            if let Some((prefix, local_name)) = attribute.name.split_once(':') {
                attribute.local_name = local_name;
                attribute.namespace = self.find_declared(prefix)?;
            }
        }
        attributes.sort_unstable_by_key(|one| (one.namespace, one.local_name));
        for attribute in attributes {
            self.output.push(' ');
            self.output.push_str(attribute.name);
            self.output.push_str("=\"");
            write_value(attribute.value, &mut self.output)?;
            self.output.push('"');
        }
        self.output.push('>');
        Some(())
    }

    fn close(&mut self, is_inside: bool) -> Option<()> {
        let OpenElement { name, declared, written } = self.open.pop()?;
        if is_inside {
            self.output.push_str("</");
            self.output.push_str(name);
            self.output.push('>');
        }
        self.declared.truncate(declared);
        self.written.truncate(written);
        Some(())
    }

    /// Brings the declarations of a tag into scope, and returns its other attributes.
    fn read_attributes(&mut self, tag: &'t str, start: usize) -> Option<Vec<RawAttribute<'t>>> {
        let mut attributes = Vec::new();
        for attribute in Attributes::new(tag, start).with_checks(false) {
            let attribute = attribute.ok()?;
            let name = std::str::from_utf8(attribute.key.into_inner()).ok()?;
            let std::borrow::Cow::Borrowed(value) = attribute.value else { return None };
            let value = std::str::from_utf8(value).ok()?;
            let prefix = match name.strip_prefix("xmlns") {
                Some("") => Some(""),
                Some(rest) => rest.strip_prefix(':'),
                None => None,
            };
            match prefix {
                Some(_) if !xml::is_namespace_name(value) => return None,
                Some(prefix) => self.declared.push(Declaration { prefix, namespace: value }),
                None => {
                    attributes.push(RawAttribute { namespace: "", local_name: name, name, value });
                }
            }
        }
        Some(attributes)
    }

    /// Declares the namespaces that the element uses visibly or that the signature
    /// lists, unless the output around it declares them alike.
    fn write_declarations(&mut self, name: &'t str, attributes: &[RawAttribute<'t>]) -> Option<()> {
        let prefix_of = |name: &'t str| name.split_once(':').map(|(prefix, _)| prefix);
        let mut used = vec![prefix_of(name).unwrap_or_default()];
        used.extend(attributes.iter().filter_map(|attribute| prefix_of(attribute.name)));
        let listed =
            self.prefixes.iter().map(|prefix| if prefix == "#default" { "" } else { prefix });
        // A listed prefix that is not in scope is not declared.
        used.extend(listed.filter(|prefix| self.find_declared(prefix).is_some()));
        used.sort_unstable();
        used.dedup();
        for prefix in used {
            let namespace = self.find_declared(prefix)?;
            let declaration = Declaration { prefix, namespace };
            let around = find(&self.written, prefix).unwrap_or_default();
            if prefix == "xml" || around == namespace {
                continue;
            }
            self.written.push(declaration);
            self.output.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.output.push_str(prefix);
            self.output.push_str("=\"");
            self.output.push_str(namespace);
            self.output.push('"');
        }
        Some(())
    }

    /// The namespace of a prefix in the document. Without a declaration, the default
    /// namespace is none.
    fn find_declared(&self, prefix: &str) -> Option<&'t str> {
        match prefix {
            "xml" => Some(XML_NAMESPACE),
            "" => Some(find(&self.declared, "").unwrap_or_default()),
            _ => find(&self.declared, prefix),
        }
    }
}

fn find<'t>(declarations: &[Declaration<'t>], prefix: &str) -> Option<&'t str> {
    let found = declarations.iter().rev().find(|declaration| declaration.prefix == prefix);
    found.map(|declaration| declaration.namespace)
}

/// Writes raw text (Canonical XML 1.0, 2.3): line ends normalized, then escaped.
fn write_text(raw: &str, output: &mut String) {
    let mut rest = raw;
    while let Some(place) = rest.bytes().position(|byte| b"&<>\r".contains(&byte)) {
        let (run, special) = rest.split_at(place);
        output.push_str(run);
        rest = match special.strip_prefix('\r') {
            Some(after) => {
                output.push('\n');
                after.strip_prefix('\n').unwrap_or(after)
            }
            None => {
                let mut chars = special.chars();
                chars.next().into_iter().for_each(|char| escape_text(char, output));
                chars.as_str()
            }
        };
    }
    output.push_str(rest);
}

fn escape_text(char: char, output: &mut String) {
    match char {
        '&' => output.push_str("&amp;"),
        '<' => output.push_str("&lt;"),
        '>' => output.push_str("&gt;"),
        '\r' => output.push_str("&#xD;"),
        other => output.push(other),
    }
}

/// Writes the raw value of an attribute: normalized (XML 1.0, 3.3.3), then escaped
/// (Canonical XML 1.0, 2.3).
fn write_value(raw: &str, output: &mut String) -> Option<()> {
    let mut rest = raw;
    while let Some(place) = rest.bytes().position(|byte| b"&<\"\t\n\r".contains(&byte)) {
        let (run, special) = rest.split_at(place);
        output.push_str(run);
        let mut chars = special.chars();
        let char = chars.next()?;
        rest = chars.as_str();
        match char {
            '&' => {
                let (name, after) = rest.split_once(';')?;
                escape_value(xml::parse_reference(name)?, output);
                rest = after;
            }
            '\r' => {
                output.push(' ');
                rest = rest.strip_prefix('\n').unwrap_or(rest);
            }
            '\t' | '\n' => output.push(' '),
            other => escape_value(other, output),
        }
    }
    output.push_str(rest);
    Some(())
}

fn escape_value(char: char, output: &mut String) {
    match char {
        '&' => output.push_str("&amp;"),
        '<' => output.push_str("&lt;"),
        '"' => output.push_str("&quot;"),
        '\t' => output.push_str("&#x9;"),
        '\n' => output.push_str("&#xA;"),
        '\r' => output.push_str("&#xD;"),
        other => output.push(other),
    }
}
