//! Serializes resources with long lists, without holding the lists as JSON or as text.

use std::collections::VecDeque;

use serde_json::Value;

use super::schema::Object;

/// Appends an object.
pub fn push_object(text: &mut String, object: Object) {
    text.push_str(&Value::Object(object).to_string());
}

/// The text of a resource that is rendered in pieces. The first piece is the resource with
/// the first entries of its lists; the others have the further entries. A piece is rendered
/// when its part of the text is read.
pub struct PieceTexts<R> {
    parts: VecDeque<TextPart>,
    render: R,
}

/// A part of the text.
enum TextPart {
    Text(String),
    /// The entries of a list in a piece. The object that has the list is empty for the
    /// resource itself.
    Entries {
        object: String,
        list: String,
        piece: usize,
    },
}

impl<R: Fn(usize) -> Object> PieceTexts<R> {
    /// Creates the text from the number of pieces and the function that renders each.
    pub fn new(pieces: usize, render: R) -> Self {
        let (mut parts, mut text) = (VecDeque::new(), String::new());
        push_parts(&mut parts, &mut text, &render(0), "", pieces);
        parts.push_back(TextPart::Text(text));
        Self { parts, render }
    }

    /// The entries of a list in a piece. Each begins with a comma.
    fn entries(&self, object: &str, list: &str, piece: usize) -> String {
        let rendered = (self.render)(piece);
        let rendered = match object {
            "" => Some(&rendered),
            name => rendered.get(name).and_then(Value::as_object),
        };
        let entries = rendered.and_then(|found| found.get(list)).and_then(Value::as_array);
        entries
            .into_iter()
            .flatten()
            .fold(String::new(), |text, entry| text + "," + &entry.to_string())
    }
}

impl<R: Fn(usize) -> Object> Iterator for PieceTexts<R> {
    type Item = String;

    /// Returns the next part. No part is empty.
    fn next(&mut self) -> Option<String> {
        loop {
            let text = match self.parts.pop_front()? {
                TextPart::Text(text) => text,
                TextPart::Entries { object, list, piece } => self.entries(&object, &list, piece),
            };
            if !text.is_empty() {
                return Some(text);
            }
        }
    }
}

fn push_parts(
    parts: &mut VecDeque<TextPart>,
    text: &mut String,
    object: &Object,
    outer: &str,
    pieces: usize,
) {
    text.push('{');
    for (index, (name, value)) in object.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&Value::from(name.as_str()).to_string());
        text.push(':');
        match value {
            Value::Object(inner) if outer.is_empty() => {
                push_parts(parts, text, inner, name, pieces);
            }
            // The schemas are the same in each piece.
            Value::Array(entries) if name != "schemas" && !entries.is_empty() => {
                text.push_str(&value.to_string());
                text.truncate(text.len() - 1);
                parts.push_back(TextPart::Text(std::mem::take(text)));
                parts.extend((1..pieces).map(|piece| TextPart::Entries {
                    object: outer.to_owned(),
                    list: name.clone(),
                    piece,
                }));
                text.push(']');
            }
            _ => text.push_str(&value.to_string()),
        }
    }
    text.push('}');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn piece(members: &[u8]) -> Object {
        let members: Vec<_> = members.iter().map(|id| json!({ "value": id, "in": [id] })).collect();
        let roles = json!({ "memberRoles": members });
        let piece = json!({
            "schemas": ["a", "b"], "id": "7\"", "members": members, "urn:x": roles,
            "meta": { "version": "[1]" },
        });
        piece.as_object().unwrap().clone()
    }

    #[test]
    fn streamed_pieces_form_one_resource_with_all_entries() {
        for ids in [&[1_u8][..], &[1, 2], &[1, 2, 3, 4, 5]] {
            let chunks: Vec<_> = ids.chunks(2).collect();
            let parts: Vec<_> =
                PieceTexts::new(chunks.len(), |index| piece(chunks[index])).collect();
            assert_eq!(parts.concat(), json!(piece(ids)).to_string());
            assert!(parts.iter().all(|part| !part.is_empty()), "{parts:?}");
        }
    }

    #[test]
    fn resource_without_lists_is_written_unchanged() {
        for object in [json!({}), json!({ "meta": {}, "name": { "parts": {} } })] {
            let parts = PieceTexts::new(1, |_| object.as_object().unwrap().clone());
            assert_eq!(parts.collect::<String>(), object.to_string());
        }
    }
}
