//! Serializes resources with long lists, without holding the lists as JSON values.

use std::collections::HashMap;

use serde_json::Value;

use super::schema::Object;

/// The further entries of lists, by the parent object (empty for the resource itself)
/// and the name of the list. Each entry begins with a comma.
type Tails = HashMap<(String, String), String>;

/// Appends an object.
pub fn push_object(text: &mut String, object: Object) {
    text.push_str(&Value::Object(object).to_string());
}

/// Appends a resource that comes in pieces. The first is the whole resource but for
/// the further entries of its lists, which are in the others.
pub fn push_pieces(text: &mut String, pieces: impl IntoIterator<Item = Object>) {
    let mut pieces = pieces.into_iter();
    let Some(first) = pieces.next() else { return };
    let mut tails = Tails::new();
    for piece in pieces {
        collect_tails(&piece, "", &mut tails);
    }
    push_with_tails(text, &first, "", &tails);
}

fn collect_tails(piece: &Object, outer: &str, tails: &mut Tails) {
    for (name, value) in piece {
        match value {
            Value::Object(inner) if outer.is_empty() => collect_tails(inner, name, tails),
            // The same in each piece.
            Value::Array(_) if name == "schemas" => {}
            Value::Array(entries) => {
                let tail = tails.entry((outer.to_owned(), name.clone())).or_default();
                for entry in entries {
                    tail.push(',');
                    tail.push_str(&entry.to_string());
                }
            }
            _ => {}
        }
    }
}

fn push_with_tails(text: &mut String, object: &Object, outer: &str, tails: &Tails) {
    text.push('{');
    for (place, (name, value)) in object.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&Value::from(name.as_str()).to_string());
        text.push(':');
        let tail = tails.get(&(outer.to_owned(), name.clone()));
        match (value, tail) {
            (Value::Object(inner), _) if outer.is_empty() => {
                push_with_tails(text, inner, name, tails);
            }
            (Value::Array(_), Some(tail)) => {
                text.push_str(&value.to_string());
                text.truncate(text.len() - 1);
                text.push_str(tail);
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
            let mut text = "[".to_owned();
            push_pieces(&mut text, ids.chunks(2).map(piece));
            text.push(']');
            assert_eq!(text, json!([piece(ids)]).to_string());
        }
    }

    #[test]
    fn resource_without_lists_is_written_unchanged() {
        for object in [json!({}), json!({ "meta": {}, "name": { "parts": {} } })] {
            let mut text = String::new();
            push_pieces(&mut text, [object.as_object().unwrap().clone()]);
            assert_eq!(text, object.to_string());
        }
    }
}
