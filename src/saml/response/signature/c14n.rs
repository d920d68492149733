//! Exclusive XML canonicalisation without comments (W3C xml-exc-c14n).
//!
//! The XML security library can't verify RSA-PSS, nor say which certificate
//! verified which of two signatures, so those are verified by OpenSSL over the
//! bytes that are made here. A mistake here can reject a message that is in
//! order. It can't let one in: everything that is believed is read again out of
//! the very bytes that were digested and signed.

use std::collections::BTreeMap;

use roxmltree::{Node, NodeId};

/// The prefix that is bound by definition and never declared.
const XML: &str = "xml";

/// The canonical form of an element, without one element inside it. `prefixes`
/// is the `PrefixList` of `InclusiveNamespaces`.
///
/// The document is one that [`scan`](super::xml::scan) has passed: its depth is
/// bounded, and it has no comments and no processing instructions.
pub(super) fn canonicalize(
    apex: Node<'_, '_>,
    excluded: Option<Node<'_, '_>>,
    prefixes: &[String],
) -> String {
    let excluded = excluded.map(|node| node.id());
    let mut writer =
        CanonicalWriter { text: String::new(), excluded, prefixes, rendered: Vec::new() };
    writer.write_element(apex);
    writer.text
}

/// What was written, and what it has declared.
struct CanonicalWriter<'a, 'p> {
    text: String,
    excluded: Option<NodeId>,
    prefixes: &'p [String],
    /// The namespaces that the open elements of the output declare: prefix and
    /// URI, the innermost last.
    rendered: Vec<(&'a str, &'a str)>,
}

impl<'a, 'p: 'a> CanonicalWriter<'a, 'p> {
    fn write_element(&mut self, node: Node<'a, '_>) {
        let outer = self.rendered.len();
        let name = qualified_name(node);
        self.text.push('<');
        self.text.push_str(name);
        self.write_namespaces(node, name);
        self.write_attributes(node);
        self.text.push('>');
        for child in node.children() {
            if child.is_element() && Some(child.id()) != self.excluded {
                self.write_element(child);
            } else if child.is_text() {
                escape_text(child.text().unwrap_or_default(), &mut self.text);
            }
        }
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
        self.rendered.truncate(outer);
    }

    /// Declares the namespaces that the element uses visibly or that the
    /// signature lists, unless the output around it declares them alike.
    fn write_namespaces(&mut self, node: Node<'a, '_>, name: &'a str) {
        let mut used = BTreeMap::new();
        used.insert(prefix_of_name(name), node.tag_name().namespace().unwrap_or_default());
        for (name, namespace, ..) in qualified_attributes(node) {
            let prefix = prefix_of_name(name);
            if !prefix.is_empty() && prefix != XML {
                used.insert(prefix, namespace);
            }
        }
        for prefix in self.prefixes {
            let prefix = if prefix == "#default" { "" } else { prefix.as_str() };
            let uri = node.lookup_namespace_uri(Some(prefix).filter(|prefix| !prefix.is_empty()));
            let uri = uri.unwrap_or_default();
            if prefix != XML && (prefix.is_empty() || !uri.is_empty()) {
                used.insert(prefix, uri);
            }
        }
        for (prefix, uri) in used {
            let known = self.rendered.iter().rev().find(|(known, _)| *known == prefix);
            if known.map_or("", |(_, uri)| *uri) == uri {
                continue;
            }
            self.rendered.push((prefix, uri));
            self.text.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.text.push_str(prefix);
            self.write_value(uri);
        }
    }

    /// The attributes by namespace, then by local name.
    fn write_attributes(&mut self, node: Node<'a, '_>) {
        let mut all: Vec<_> = qualified_attributes(node).collect();
        all.sort_by_key(|(_, namespace, local, _)| (*namespace, *local));
        for (name, _, _, value) in all {
            self.text.push(' ');
            self.text.push_str(name);
            self.write_value(value);
        }
    }

    fn write_value(&mut self, value: &str) {
        self.text.push_str("=\"");
        escape_value(value, &mut self.text);
        self.text.push('"');
    }
}

/// Each attribute: its name as it stands in the document, its namespace, its
/// local name, its value.
fn qualified_attributes<'a>(
    node: Node<'a, '_>,
) -> impl Iterator<Item = (&'a str, &'a str, &'a str, &'a str)> {
    let text = node.document().input_text();
    node.attributes().map(move |attribute| {
        let name = text.get(attribute.range_qname()).unwrap_or_default();
        (name, attribute.namespace().unwrap_or_default(), attribute.name(), attribute.value())
    })
}

/// An element's name as it stands in the document, with its prefix.
fn qualified_name<'a>(node: Node<'a, '_>) -> &'a str {
    let tag = node.document().input_text().get(node.range()).unwrap_or_default();
    let tag = tag.strip_prefix('<').unwrap_or_default();
    tag.split([' ', '\t', '\r', '\n', '/', '>']).next().unwrap_or_default()
}

fn prefix_of_name(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// Canonical XML 1.0, section 2.3, text nodes.
fn escape_text(text: &str, to: &mut String) {
    for char in text.chars() {
        match char {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '\r' => to.push_str("&#xD;"),
            other => to.push(other),
        }
    }
}

/// Canonical XML 1.0, section 2.3, attribute nodes.
fn escape_value(value: &str, to: &mut String) {
    for char in value.chars() {
        match char {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '"' => to.push_str("&quot;"),
            '\t' => to.push_str("&#x9;"),
            '\n' => to.push_str("&#xA;"),
            '\r' => to.push_str("&#xD;"),
            other => to.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::xml;

    fn canonical(text: &str, prefixes: &[&str]) -> String {
        let document = xml::parse(text).unwrap();
        let apex =
            document.descendants().find(|node| node.has_tag_name("e")).unwrap_or_else(|| {
                document.descendants().find(|node| node.tag_name().name() == "e").unwrap()
            });
        let without = apex.descendants().find(|node| node.tag_name().name() == "gone");
        let prefixes: Vec<_> = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        canonicalize(apex, without, &prefixes)
    }

    #[test]
    fn canonical_form_matches_the_examples_of_the_standard() {
        for (text, prefixes, expected) in [
            ("<e/>", &[][..], "<e></e>"),
            ("<e  b='2'\n a=\"1\" />", &[], r#"<e a="1" b="2"></e>"#),
            // Namespaces: where they are used, once, and sorted.
            (
                r#"<a:r xmlns:a="urn:a" xmlns:b="urn:b"><a:e><b:c/><b:d/></a:e></a:r>"#,
                &[],
                r#"<a:e xmlns:a="urn:a"><b:c xmlns:b="urn:b"></b:c><b:d xmlns:b="urn:b"></b:d></a:e>"#,
            ),
            (
                r#"<e xmlns="urn:d" xmlns:b="urn:b" xmlns:a="urn:a" b:y="1" a:z="2" z="3"/>"#,
                &[],
                r#"<e xmlns="urn:d" xmlns:a="urn:a" xmlns:b="urn:b" z="3" a:z="2" b:y="1"></e>"#,
            ),
            (
                r#"<e xmlns="urn:d"><f xmlns=""><g xmlns="urn:d"/></f></e>"#,
                &[],
                r#"<e xmlns="urn:d"><f xmlns=""><g xmlns="urn:d"></g></f></e>"#,
            ),
            (
                r#"<p:e xmlns:p="urn:1"><p:f xmlns:p="urn:2"><p:g xmlns:p="urn:1"/></p:f></p:e>"#,
                &[],
                r#"<p:e xmlns:p="urn:1"><p:f xmlns:p="urn:2"><p:g xmlns:p="urn:1"></p:g></p:f></p:e>"#,
            ),
            // Listed prefixes are declared where they are in scope.
            (
                r#"<r xmlns="urn:d" xmlns:xs="urn:xs" xmlns:o="urn:o"><p:e xmlns:p="urn:p"><p:f/></p:e></r>"#,
                &["xs", "none", "xml"],
                r#"<p:e xmlns:p="urn:p" xmlns:xs="urn:xs"><p:f></p:f></p:e>"#,
            ),
            (
                r#"<r xmlns="urn:d"><p:e xmlns:p="urn:p"><p:f xmlns=""/></p:e></r>"#,
                &["#default"],
                r#"<p:e xmlns="urn:d" xmlns:p="urn:p"><p:f xmlns=""></p:f></p:e>"#,
            ),
            // Text and values.
            (
                "<e a=\"&lt;&amp;&quot;&#9;&#10;&#13;'&gt;\t\r\n\">&lt;&amp;\"&#13;\r\n<![CDATA[<&]]></e>",
                &[],
                "<e a=\"&lt;&amp;&quot;&#x9;&#xA;&#xD;'>  \">&lt;&amp;\"&#xD;\n&lt;&amp;</e>",
            ),
            (r#"<e xml:lang="de" a="é😀"/>"#, &[], r#"<e a="é😀" xml:lang="de"></e>"#),
            // What is left out takes nothing else with it.
            ("<e> <gone><e/></gone>\n<f/> </e>", &[], "<e> \n<f></f> </e>"),
        ] {
            assert_eq!(canonical(text, prefixes), expected, "{text}");
        }
    }
}
