//! Which children an element may have, and which texts are IDs.

use roxmltree::Node;

use crate::saml::xml;

/// The structural error of a document, in words.
#[derive(Debug)]
pub(in crate::saml) struct StructureError(pub(in crate::saml) String);

impl std::fmt::Display for StructureError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A kind of child: namespace, local name, and how often it may occur.
pub(super) type ChildRule = (&'static str, &'static str, usize, usize);

/// The maximum number of characters of an ID.
const MAX_ID: usize = 256;

/// No limit of its own: those of the document apply.
pub(super) const UNBOUNDED: usize = usize::MAX;

/// Whether a text can be an ID: an NCName of ASCII, which every parser reads
/// the same, and which no reference can mistake for an expression.
pub(super) fn is_plain_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    let rest = bytes.all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    first && rest && text.len() <= MAX_ID
}

/// Checks that an element has these children and no others, each as often as
/// it may, and no text between them.
pub(super) fn check_children(
    node: Node<'_, '_>,
    parts: &[ChildRule],
) -> Result<(), StructureError> {
    let mut counts = vec![0_usize; parts.len()];
    for child in node.children() {
        if let Some(text) = child.text().filter(|_| child.is_text()) {
            if !text.trim_matches(xml::SPACE).is_empty() {
                return Err(StructureError(format!("text directly in {}", xml::describe(node))));
            }
            continue;
        }
        let known = parts.iter().position(|(space, name, ..)| xml::is_element(child, space, name));
        match known.and_then(|index| counts.get_mut(index)) {
            Some(count) => *count += 1,
            None => return Err(unexpected_child(child, node)),
        }
    }
    for ((_, name, least, most), count) in parts.iter().zip(counts) {
        if count < *least || count > *most {
            let parent = xml::describe(node);
            return Err(StructureError(format!("{count} <{name}> in {parent}")));
        }
    }
    Ok(())
}

fn unexpected_child(child: Node<'_, '_>, parent: Node<'_, '_>) -> StructureError {
    let space = child.tag_name().namespace().unwrap_or("no namespace");
    let (child, parent) = (xml::describe(child), xml::describe(parent));
    StructureError(format!("{child} of {space}, which is not allowed in {parent}"))
}
