//! A JSON parser that rejects repeated names. The meaning of a repeated name is not
//! defined (RFC 8259, section 4).

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, error::Category};

use crate::domain::{
    field_error::{FieldError, Reason},
    quote::QuotedText,
};

/// The maximum number of characters of the excerpt in a syntax error.
const MAX_EXCERPT_CHARS: usize = 20;

/// The maximum depth of arrays and objects: the limit of the reader.
const MAX_DEPTH: usize = 127;

/// Parses a JSON text.
///
/// # Errors
/// Returns the error of the whole text if it is not JSON, or the error of a field whose
/// name is repeated in its object.
pub fn parse(bytes: &[u8]) -> Result<Value, FieldError> {
    let repeated = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let seed = ValueSeed { path: &JsonPath::Root, repeated: &repeated };
    let parsed = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    parsed.map_err(|error| repeated.into_inner().unwrap_or_else(|| syntax_error(bytes, &error)))
}

/// The error of a text that is not JSON, with its position.
fn syntax_error(bytes: &[u8], error: &serde_json::Error) -> FieldError {
    const EXPECTED: &str = "one JSON value (RFC 8259)";
    if bytes.trim_ascii().is_empty() {
        return FieldError::new("", "", Reason::new("is empty", EXPECTED, "Send a JSON object."));
    }
    let (line, column) = (error.line(), error.column());
    let at = format!("at line {line}, column {column}");
    if error.classify() == Category::Eof {
        let reason = Reason::new(
            format!("ends {at}, before the JSON is complete"),
            EXPECTED,
            "Close each quote, bracket and brace.",
        );
        return FieldError::new("", "", reason);
    }
    let before = bytes.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let offset = before.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1);
    if nesting_depth(bytes.get(..=offset).unwrap_or(bytes)) > MAX_DEPTH {
        let most = format!("at most {MAX_DEPTH} nested arrays and objects");
        let reason = Reason::new(format!("must have {most}"), most, "Nest less deeply.");
        return FieldError::new("", "", reason);
    }
    let excerpt = String::from_utf8_lossy(bytes.get(offset..).unwrap_or_default());
    let excerpt: String = excerpt.chars().take(MAX_EXCERPT_CHARS).collect();
    let reason = Reason::new(
        format!("can't be read as JSON {at}"),
        EXPECTED,
        format!("Correct the JSON {at}."),
    );
    FieldError::new("", excerpt, reason)
}

/// How many arrays and objects are open at the end of a text.
fn nesting_depth(bytes: &[u8]) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth
}

/// The path of a value in the text.
enum JsonPath<'a> {
    Root,
    Name(&'a JsonPath<'a>, &'a str),
    Index(&'a JsonPath<'a>, usize),
}

impl fmt::Display for JsonPath<'_> {
    /// As a JSON pointer (RFC 6901).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Name(parent, name) => {
                write!(f, "{parent}/{}", name.replace('~', "~0").replace('/', "~1"))
            }
            Self::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// Deserializes the value at a path, and records a repeated name.
#[derive(Clone, Copy)]
struct ValueSeed<'a> {
    path: &'a JsonPath<'a>,
    repeated: &'a RefCell<Option<FieldError>>,
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            let path = JsonPath::Index(self.path, values.len());
            match from.next_element_seed(ValueSeed { path: &path, ..self })? {
                Some(value) => values.push(value),
                None => return Ok(values.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = from.next_key::<String>()? {
            let path = JsonPath::Name(self.path, &name);
            let value = from.next_value_seed(ValueSeed { path: &path, ..self })?;
            if object.contains_key(&name) {
                let error = repeated_name_error(&path.to_string(), &name, &value);
                self.repeated.borrow_mut().get_or_insert(error);
                return Err(A::Error::custom("a name is given more than once"));
            }
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

fn repeated_name_error(pointer: &str, name: &str, value: &Value) -> FieldError {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let reason = Reason::new(
        format!("{} is given more than once", QuotedText(name)),
        "each name once in an object",
        "Send the name once.",
    );
    FieldError::new(pointer.strip_prefix('/').unwrap_or_default().to_owned(), value, reason)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_round_trips() {
        let all = json!({"a": [1, -1, 1.5, u64::MAX, true, null, "x", {}, []], "b": {"a": "é"}});
        assert_eq!(parse(all.to_string().as_bytes()).unwrap(), all);
        assert!(parse(b"{").is_err());
        assert!(parse("[".repeat(10_000).as_bytes()).is_err(), "too deep");
    }

    #[test]
    fn repeated_name_is_rejected() {
        for text in [r#"{"a": 1, "a": 1}"#, r#"{"b": [{"a": 1, "c": 2, "\u0061": 3}]}"#] {
            let why = parse(text.as_bytes()).unwrap_err().reason;
            assert!(why.starts_with(r#""a" is given more than once"#), "{why}");
        }
        let error = parse(br#"{"b": [{"a": 1, "c": 2, "\u0061": 3}]}"#).unwrap_err();
        assert_eq!((&*error.field, &*error.value), ("b/0/a", "3"));
        assert!(parse(br#"{"a": {"a": 1}}"#).is_ok());
    }

    #[test]
    fn malformed_json_is_rejected_with_a_message_of_usher() {
        for (text, reason, value) in [
            ("", "is empty. Send a JSON object.", ""),
            (" \n", "is empty. Send a JSON object.", ""),
            (
                "{\"a\":",
                "ends at line 1, column 5, before the JSON is complete. \
                 Close each quote, bracket and brace.",
                "",
            ),
            (
                "{} x",
                "can't be read as JSON at line 1, column 4. Correct the JSON at line 1, column 4.",
                "x",
            ),
            (
                "{\n\"a\": tru}",
                "can't be read as JSON at line 2, column 9. Correct the JSON at line 2, column 9.",
                "}",
            ),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!((error.reason.as_str(), error.value.as_str()), (reason, value), "{text:?}");
        }
        let deep = parse("[".repeat(10_000).as_bytes()).unwrap_err();
        assert_eq!(deep.expected, "at most 127 nested arrays and objects");
        let escape = parse(br#"{"a": "\u12"}"#).unwrap_err();
        assert!(escape.reason.starts_with("can't be read as JSON"), "{escape}");
    }
}
