//! The example request of an operation, as a command for a shell.

use super::schema::SchemaField;

/// A request without its body.
pub(super) struct CurlRequest<'a> {
    /// The URL of the deployment.
    pub(super) server: &'a str,
    pub(super) method: &'a str,
    pub(super) path: String,
    pub(super) is_public: bool,
}

impl CurlRequest<'_> {
    /// Builds the command. It sends only what is required.
    pub(super) fn to_command(&self, body: Option<(&str, &str)>) -> String {
        let url = format!("{}{}", self.server.trim_end_matches('/'), self.path);
        let mut words = vec![format!("curl {}", quote(&url))];
        if self.method != "GET" {
            words.push(format!("--request {}", self.method));
        }
        if !self.is_public {
            words.push("--header \"Authorization: Bearer $KEY\"".to_owned());
        }
        if let Some((media_type, text)) = body {
            words.push(format!("--header 'Content-Type: {media_type}'"));
            words.push(format!("--data-binary {}", quote(text)));
        }
        words.join(" \\\n  ")
    }
}

/// Replaces the parameters of a path with their examples.
pub(super) fn fill_path(path: &str, parameters: &[SchemaField]) -> String {
    let in_path = parameters.iter().filter(|parameter| parameter.place.as_deref() == Some("path"));
    in_path.fold(path.to_owned(), |path, parameter| {
        let example = parameter.example.as_deref().unwrap_or_default();
        path.replace(&format!("{{{}}}", parameter.name), &encode(example))
    })
}

/// Quotes a text as one word of a POSIX shell.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Encodes a text as a path segment.
fn encode(text: &str) -> String {
    let encoded = askama::filters::urlencode_strict(text).map(|text| text.to_string());
    // A colon may stand in a segment (RFC 3986, section 3.3).
    encoded.unwrap_or_default().replace("%3A", ":")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn command_sends_the_example_and_nothing_optional() {
        let request = CurlRequest {
            server: "https://usher.example.com/",
            method: "POST",
            path: "/api/v1/teams".into(),
            is_public: false,
        };
        let body = "{\"name\": \"Ada's team\"}";
        assert_eq!(
            request.to_command(Some(("application/json", body))),
            "curl 'https://usher.example.com/api/v1/teams' \\\n  --request POST \\\n  --header \
             \"Authorization: Bearer $KEY\" \\\n  --header 'Content-Type: application/json' \\\n  \
             --data-binary '{\"name\": \"Ada'\\''s team\"}'"
        );
        let request = CurlRequest { method: "GET", is_public: true, ..request };
        assert_eq!(request.to_command(None), "curl 'https://usher.example.com/api/v1/teams'");
    }

    #[test]
    fn path_is_filled_with_encoded_examples() {
        let parameter = |place: &str, name: &str, example: &str| SchemaField {
            place: Some(place.into()),
            example: Some(example.into()),
            ..SchemaField::from_schema(name, &json!({}))
        };
        let parameters = [parameter("path", "id", "a/b?c é:d"), parameter("query", "count", "1")];
        assert_eq!(fill_path("/x/{id}/{count}", &parameters), "/x/a%2Fb%3Fc%20%C3%A9:d/{count}");
    }
}
