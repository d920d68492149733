//! Received XML: bounded first, then parsed.
//!
//! [`scan`] reads the text once, as a stream, and rejects what could cost time
//! or memory later, or be read differently by two parsers. Only then is a tree
//! built, by a strict parser. Responses and metadata both come this way.

use quick_xml::{
    Reader,
    events::{BytesDecl, BytesStart, Event},
};
use roxmltree::{Document, Node, ParsingOptions};

/// The limits of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct XmlLimits {
    /// Elements inside each other.
    pub depth: usize,
    /// Elements and CDATA sections in all.
    pub elements: usize,
    /// XML attributes of one element.
    pub attributes: usize,
    /// XML attributes in all, declared namespaces among them.
    pub all_attributes: usize,
    /// Namespaces that one element may declare.
    pub declarations: usize,
    /// Namespaces that may be declared at one place, by all elements around it.
    pub in_scope: usize,
    /// Bytes of one XML attribute.
    pub value: usize,
    /// Bytes of one start tag.
    pub tag: usize,
    /// Whether comments and processing instructions may stand between values.
    pub comments: bool,
    /// Whether a namespace may have any name. Otherwise see [`is_namespace_name`].
    pub any_namespace: bool,
}

/// Limits of a SAML response. Real ones are eight levels deep and hold some
/// hundred elements; a thousand groups of a person still fit. The XML security
/// library takes time quadratic in the number of nodes, so these numbers are
/// what keeps a hostile response cheap.
pub(super) const RESPONSE_LIMITS: XmlLimits = XmlLimits {
    depth: 32,
    elements: 3_000,
    attributes: 32,
    all_attributes: 6_000,
    declarations: 16,
    in_scope: 48,
    value: 8 * 1024,
    tag: 16 * 1024,
    comments: false,
    any_namespace: false,
};

/// Limits of metadata: an aggregate of a federation has thousands of entities and comments.
pub(super) const METADATA_LIMITS: XmlLimits = XmlLimits {
    depth: 32,
    elements: 500_000,
    attributes: 64,
    all_attributes: 2_000_000,
    declarations: 32,
    in_scope: 1024,
    value: 16 * 1024,
    tag: 64 * 1024,
    comments: true,
    any_namespace: true,
};

/// The reason why a document is rejected.
#[derive(Debug, thiserror::Error)]
pub(super) enum XmlError {
    #[error("a document type declaration (DTD)")]
    Doctype,
    #[error("a processing instruction")]
    ProcessingInstruction,
    #[error("a comment")]
    Comment,
    #[error("an XML declaration that is not version 1.0 in UTF-8")]
    Declaration,
    #[error("an XML declaration that is not at the very beginning")]
    LateDeclaration,
    #[error("a reference to an unknown entity or to no character of XML")]
    Reference,
    #[error("a namespace whose name is not an absolute URI without references")]
    Namespace,
    #[error("more than {limit} {what}")]
    TooMuch { what: &'static str, limit: usize },
    #[error("not well-formed XML: {0}")]
    Malformed(String),
}

fn check_limit(count: usize, limit: usize, noun: &'static str) -> Result<(), XmlError> {
    if count > limit { Err(XmlError::TooMuch { what: noun, limit }) } else { Ok(()) }
}

fn malformed(error: impl std::fmt::Display) -> XmlError {
    XmlError::Malformed(error.to_string())
}

/// Reads a text as a stream, in time linear in its length, and rejects what
/// exceeds the limits. Returns the text without its XML declaration, so that
/// no later parser can take another encoding from it, and without the white
/// space before its root.
pub(super) fn scan<'t>(text: &'t str, limits: &XmlLimits) -> Result<&'t str, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut body = text;
    let mut counts = XmlCounts::default();
    let mut first = true;
    loop {
        match reader.read_event().map_err(malformed)? {
            Event::Start(tag) => {
                counts.depth += 1;
                let declared = counts.count_tag(&tag, limits)?;
                counts.open_element(declared);
            }
            Event::Empty(tag) => drop(counts.count_tag(&tag, limits)?),
            Event::End(_) => counts.close_element(),
            Event::CData(_) => counts.count_node(limits)?,
            Event::Decl(declaration) => {
                if !first {
                    return Err(XmlError::LateDeclaration);
                }
                check_declaration(&declaration)?;
                let end = usize::try_from(reader.buffer_position()).map_err(malformed)?;
                body = text.get(end..).ok_or(XmlError::Declaration)?;
            }
            Event::DocType(_) => return Err(XmlError::Doctype),
            Event::PI(_) if !limits.comments => return Err(XmlError::ProcessingInstruction),
            Event::Comment(_) if !limits.comments => return Err(XmlError::Comment),
            Event::Eof => return Ok(body.trim_start_matches(SPACE)),
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(malformed)?;
                parse_reference(&name).ok_or(XmlError::Reference)?;
            }
            Event::PI(_) | Event::Comment(_) | Event::Text(_) => {}
        }
        first = false;
    }
}

/// The counts so far.
#[derive(Default)]
struct XmlCounts {
    depth: usize,
    nodes: usize,
    attributes: usize,
    in_scope: usize,
    /// The number of namespaces that each open element declares.
    declared: Vec<usize>,
}

impl XmlCounts {
    /// Returns how many namespaces the tag declares.
    fn count_tag(&mut self, tag: &BytesStart<'_>, limits: &XmlLimits) -> Result<usize, XmlError> {
        check_limit(self.depth, limits.depth, "levels of elements")?;
        self.count_node(limits)?;
        let (count, declared) = check_tag(tag, limits)?;
        self.attributes += count;
        check_limit(self.attributes, limits.all_attributes, "XML attributes")?;
        check_limit(self.in_scope + declared, limits.in_scope, "namespaces declared at one place")?;
        Ok(declared)
    }

    /// Counts an opened element and its namespaces.
    fn open_element(&mut self, declared: usize) {
        self.in_scope += declared;
        self.declared.push(declared);
    }

    /// Closes the innermost element, with its namespaces.
    fn close_element(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.in_scope = self.in_scope.saturating_sub(self.declared.pop().unwrap_or(0));
    }

    /// Counts an element, or a CDATA section, which some parsers treat as a node.
    fn count_node(&mut self, limits: &XmlLimits) -> Result<(), XmlError> {
        self.nodes += 1;
        check_limit(self.nodes, limits.elements, "elements")
    }
}

/// Returns how many attributes the tag has, and how many of them declare a
/// namespace.
fn check_tag(tag: &BytesStart<'_>, limits: &XmlLimits) -> Result<(usize, usize), XmlError> {
    check_limit(tag.len(), limits.tag, "bytes in a tag")?;
    let (mut count, mut declared) = (0_usize, 0_usize);
    // Names are compared with each other by the strict parser, after the
    // number of them was bounded here.
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(malformed)?;
        count += 1;
        check_limit(count, limits.attributes, "XML attributes of an element")?;
        check_limit(attribute.value.len(), limits.value, "bytes in an XML attribute")?;
        let value = std::str::from_utf8(&attribute.value).map_err(malformed)?;
        for reference in value.split('&').skip(1) {
            let (reference, _) = reference.split_once(';').unwrap_or_default();
            parse_reference(reference).ok_or(XmlError::Reference)?;
        }
        if attribute.key.as_namespace_binding().is_some() {
            if !limits.any_namespace && !is_namespace_name(value) {
                return Err(XmlError::Namespace);
            }
            declared += 1;
            check_limit(declared, limits.declarations, "namespaces declared by an element")?;
        }
    }
    Ok((count, declared))
}

/// Whether a namespace name is accepted in a response: none, or an absolute URI of plain
/// characters, which canonicalization writes unchanged. Canonical XML rejects relative
/// URIs (1.3), and libxml2 rejects malformed ones and writes an ampersand in another way.
pub(super) fn is_namespace_name(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once(':') else { return value.is_empty() };
    let is_scheme_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_plain_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#=+,;".contains(&byte);
    let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next());
    let port = authority.and_then(|authority| authority.split_once(':')).map(|(_, port)| port);
    scheme.starts_with(|char: char| char.is_ascii_alphabetic())
        && scheme.bytes().all(is_scheme_byte)
        && !rest.is_empty()
        && rest.bytes().all(is_plain_byte)
        && rest.matches('#').count() <= 1
        && port.is_none_or(|port| (1..=5).contains(&port.len()) && port.parse::<u16>().is_ok())
}

/// Returns the character of a reference: one of the five of XML, or a character that XML
/// may hold, by its number. A parser that replaces others would read something else than
/// one that drops them.
pub(super) fn parse_reference(name: &str) -> Option<char> {
    let number = |digits: &str, radix: u32| {
        let plain = !digits.is_empty() && digits.chars().all(|char| char.is_digit(radix));
        let code = u32::from_str_radix(digits, radix).ok().filter(|_| plain)?;
        char::from_u32(code).filter(|char| is_xml_char(*char))
    };
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => {
            let digits = name.strip_prefix('#')?;
            digits.strip_prefix('x').map_or_else(|| number(digits, 10), |hex| number(hex, 16))
        }
    }
}

/// XML 1.0, 2.2.
fn is_xml_char(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), XmlError> {
    let version = declaration.version().map_err(malformed)?;
    let is_utf8 = match declaration.encoding() {
        None => true,
        Some(encoding) => encoding.map_err(malformed)?.eq_ignore_ascii_case(b"utf-8"),
    };
    if version.as_ref() == b"1.0" && is_utf8 { Ok(()) } else { Err(XmlError::Declaration) }
}

/// Builds the tree of a text that [`scan`] has passed. Rejects text that is not well-formed,
/// including namespaces.
pub(super) fn parse(text: &str) -> Result<Document<'_>, XmlError> {
    let options = ParsingOptions { allow_dtd: false, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(malformed)
}

/// Whether a node is the element of this namespace and local name.
pub(super) fn is_element(node: Node<'_, '_>, namespace: &str, name: &str) -> bool {
    let tag = node.tag_name();
    node.is_element() && tag.name() == name && tag.namespace() == Some(namespace)
}

/// The children of an element that are this element.
pub(super) fn children<'a, 'i>(
    parent: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    parent.children().filter(move |node| is_element(*node, namespace, name))
}

/// The first child that is this element.
pub(super) fn child<'a, 'i>(
    parent: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Option<Node<'a, 'i>> {
    children(parent, namespace, name).next()
}

/// The whole text of an element that holds nothing but text; `None` if there
/// is an element, a comment or a processing instruction in it.
pub(super) fn text_content(node: Node<'_, '_>) -> Option<String> {
    let mut content = String::new();
    for child in node.children() {
        if !child.is_text() {
            return None;
        }
        content.push_str(child.text().unwrap_or_default());
    }
    Some(content)
}

/// The white space of XML (XML 1.0, 2.3), and no other.
pub(super) const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The name of an element, for messages.
pub(super) fn describe(node: Node<'_, '_>) -> String {
    format!("<{}>", node.tag_name().name())
}
