//! The page of a contract: groups of operations, problems, schemas.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::Value;

use super::{
    curl,
    markdown::{Line, Markdown},
    schema::{Field, Fields, Kind, Schema, text, texts},
};
use crate::http::{
    api::openapi::{Document, Version},
    assets::Asset,
    problem::codes::{CODES, Code},
};

/// The section of the guide that states what may change within a version.
const GUIDE: &str = include_str!("../../../docs/api.md");

/// The heading of that section.
const VERSIONS: &str = "\n## Versions, and what may change\n";

/// The page of a contract.
#[derive(Debug, Template)]
#[template(path = "docs/page.html")]
pub(super) struct Page {
    document: Document,
    title: String,
    version: String,
    introduction: Markdown,
    groups: Vec<Group>,
    codes: &'static [Code],
    /// The responses that operations share, by name.
    responses: Vec<(String, Response)>,
    versions: Markdown,
    schemas: Vec<Schema>,
}

/// The operations of a tag.
#[derive(Debug)]
struct Group {
    name: String,
    title: String,
    description: Line,
    operations: Vec<Operation>,
}

#[derive(Debug)]
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: Markdown,
    scope: Option<String>,
    deprecated: bool,
    parameters: Fields,
    contents: Vec<Content>,
    /// The responses that only this operation has.
    responses: Vec<Response>,
    /// The name, status and description of each shared response.
    shared: Vec<(String, String, Line)>,
    /// An example request as a command, for each media type.
    curl: Vec<String>,
}

/// A body of one media type.
#[derive(Debug)]
struct Content {
    media_type: String,
    kind: Kind,
    fields: Fields,
    /// The examples with their names. The name of a single example is empty.
    examples: Vec<(String, String)>,
}

#[derive(Debug)]
struct Response {
    status: String,
    description: Line,
    headers: Vec<String>,
    contents: Vec<Content>,
}

/// A reader of a contract that resolves its references.
struct Reader<'a> {
    contract: &'a Value,
    server: &'a str,
}

impl Page {
    /// Reads a contract, for a deployment at this URL.
    pub(super) fn of(document: Document, server: &str) -> Self {
        let contract = document.contract(Version::V3_1);
        let reader = Reader { contract, server };
        let component = |kind: &str| {
            let components = contract.pointer(&format!("/components/{kind}"));
            components.and_then(Value::as_object).into_iter().flatten()
        };
        let info = contract.get("info").unwrap_or(&Value::Null);
        let (title, codes) = match document {
            Document::Admin => ("Admin API", CODES),
            Document::Scim => ("SCIM 2.0", &[][..]),
        };
        let versions = GUIDE.split_once(VERSIONS).map_or("", |(_, after)| after);
        let versions = versions.split_once("\n## ").map_or(versions, |(section, _)| section);
        Self {
            document,
            title: title.to_owned(),
            version: text(info, "version").to_owned(),
            introduction: Markdown::parse(text(info, "description")),
            groups: reader.groups(),
            codes,
            responses: component("responses")
                .map(|(name, response)| (name.clone(), reader.response("", response)))
                .collect(),
            versions: Markdown::parse(versions),
            schemas: component("schemas").map(|(name, is)| Schema::of(name, is)).collect(),
        }
    }

    /// The path of the document in a version of OpenAPI.
    fn file(&self, version: Version) -> &'static str {
        self.document.path(version)
    }

    fn is_admin(&self) -> bool {
        self.document == Document::Admin
    }
}

impl<'a> Reader<'a> {
    /// Resolves a reference. Returns any other value unchanged.
    fn resolve(&self, value: &'a Value) -> &'a Value {
        let target = value.get("$ref").and_then(Value::as_str);
        let target = target.and_then(|target| self.contract.pointer(target.strip_prefix('#')?));
        target.unwrap_or(value)
    }

    fn groups(&self) -> Vec<Group> {
        let mut operations: BTreeMap<&str, Vec<Operation>> = BTreeMap::new();
        let paths = self.contract.get("paths").and_then(Value::as_object).into_iter().flatten();
        for (path, item) in paths {
            for (method, is) in item.as_object().into_iter().flatten() {
                let tag = texts(is, "tags").next().unwrap_or_default();
                operations.entry(tag).or_default().push(self.operation(path, method, is));
            }
        }
        let tags = self.contract.get("tags").and_then(Value::as_array).into_iter().flatten();
        let groups = tags.map(|tag| {
            let name = text(tag, "name");
            Group {
                name: name.to_owned(),
                title: title_of(name),
                description: Line::parse(text(tag, "description")),
                operations: operations.remove(name).unwrap_or_default(),
            }
        });
        groups.collect()
    }

    fn operation(&self, path: &str, method: &str, is: &'a Value) -> Operation {
        let parameters = is.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let parameters: Vec<Field> =
            parameters.map(|parameter| parameter_of(self.resolve(parameter))).collect();
        let contents = self.contents(is.get("requestBody").unwrap_or(&Value::Null));
        let all = is.get("responses").and_then(Value::as_object).into_iter().flatten();
        let (shared, own): (Vec<_>, Vec<_>) =
            all.partition(|(_, response)| response.get("$ref").is_some());
        let shared = shared.into_iter().map(|(status, response)| {
            let name = text(response, "$ref").rsplit('/').next().unwrap_or_default();
            let description = Line::parse(text(self.resolve(response), "description"));
            (name.to_owned(), status.clone(), description)
        });
        let method = method.to_uppercase();
        let is_public =
            is.get("security").is_some_and(|security| security == &Value::Array(vec![]));
        let request = curl::Request {
            server: self.server,
            method: &method,
            path: curl::fill(path, &parameters),
            is_public,
        };
        let curl = match contents.as_slice() {
            [] => vec![request.command(None)],
            contents => contents.iter().map(|content| request.command(content.body())).collect(),
        };
        Operation {
            id: text(is, "operationId").to_owned(),
            path: path.to_owned(),
            summary: text(is, "summary").to_owned(),
            description: Markdown::parse(text(is, "description")),
            scope: is.get("x-scope").and_then(Value::as_str).map(str::to_owned),
            deprecated: is.get("deprecated") == Some(&Value::Bool(true)),
            responses: own.into_iter().map(|(status, is)| self.response(status, is)).collect(),
            shared: shared.collect(),
            parameters: Fields(parameters),
            method,
            contents,
            curl,
        }
    }

    fn response(&self, status: &str, is: &'a Value) -> Response {
        let headers = is.get("headers").and_then(Value::as_object).into_iter().flatten();
        Response {
            status: status.to_owned(),
            description: Line::parse(text(is, "description")),
            headers: headers.map(|(name, _)| name.clone()).collect(),
            contents: self.contents(is),
        }
    }

    fn contents(&self, holder: &'a Value) -> Vec<Content> {
        let contents = holder.get("content").and_then(Value::as_object).into_iter().flatten();
        let contents = contents.map(|(media_type, content)| {
            let schema = content.get("schema").unwrap_or(&Value::Null);
            let one = content.get("example").map(|example| (String::new(), body_text(example)));
            let several = content.get("examples").and_then(Value::as_object).into_iter().flatten();
            let several = several.filter_map(|(name, example)| {
                Some((name.clone(), body_text(example.get("value")?)))
            });
            Content {
                media_type: media_type.clone(),
                kind: Kind::of(schema),
                fields: Fields::of(self.resolve(schema)),
                examples: one.into_iter().chain(several).collect(),
            }
        });
        contents.collect()
    }
}

impl Content {
    /// The media type and the text of the first example.
    fn body(&self) -> Option<(&str, &str)> {
        let (_, example) = self.examples.first()?;
        Some((&self.media_type, example))
    }
}

fn parameter_of(is: &Value) -> Field {
    let schema = is.get("schema").unwrap_or(&Value::Null);
    Field {
        place: Some(text(is, "in").to_owned()),
        required: is.get("required") == Some(&Value::Bool(true)),
        deprecated: is.get("deprecated") == Some(&Value::Bool(true)),
        description: Markdown::parse(text(is, "description")),
        example: is.get("example").map(|example| match example {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }),
        ..Field::of(text(is, "name"), schema)
    }
}

/// Formats an example as it is sent: text unchanged, JSON indented.
fn body_text(example: &Value) -> String {
    match example {
        Value::String(text) => text.clone(),
        json => format!("{json:#}"),
    }
}

/// The heading of a tag.
fn title_of(tag: &str) -> String {
    match tag {
        "keys" => "API keys".to_owned(),
        "scim" => "SCIM".to_owned(),
        "scim-clients" => "SCIM clients".to_owned(),
        "me" => "Caller".to_owned(),
        tag => {
            let tag = tag.replace('-', " ");
            let mut letters = tag.chars();
            letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
        }
    }
}
