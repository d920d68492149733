//! The page of a contract: groups of operations, problems, schemas.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::Value;

use super::{
    curl,
    markdown::{Line, Markdown},
    schema::{Schema, SchemaField, SchemaFields, TypeDescription, get_text, get_texts},
};
use crate::http::{
    api::openapi::{Document, Version},
    assets::Asset,
    problem::codes::{CODES, ProblemCodeRow},
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
    codes: &'static [ProblemCodeRow],
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
    parameters: SchemaFields,
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
    kind: TypeDescription,
    fields: SchemaFields,
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
struct ContractReader<'a> {
    contract: &'a Value,
    server: &'a str,
}

impl Page {
    /// Reads a contract, for a deployment at this URL.
    pub(super) fn from_document(document: Document, server: &str) -> Self {
        let contract = document.contract(Version::V3_1);
        let reader = ContractReader { contract, server };
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
            version: get_text(info, "version").to_owned(),
            introduction: Markdown::parse(get_text(info, "description")),
            groups: reader.groups(),
            codes,
            responses: component("responses")
                .map(|(name, response)| (name.clone(), reader.response("", response)))
                .collect(),
            versions: Markdown::parse(versions),
            schemas: component("schemas")
                .map(|(name, schema)| Schema::from_schema(name, schema))
                .collect(),
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

impl<'a> ContractReader<'a> {
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
            for (method, operation) in item.as_object().into_iter().flatten() {
                let tag = get_texts(operation, "tags").next().unwrap_or_default();
                operations.entry(tag).or_default().push(self.operation(path, method, operation));
            }
        }
        let tags = self.contract.get("tags").and_then(Value::as_array).into_iter().flatten();
        let groups = tags.map(|tag| {
            let name = get_text(tag, "name");
            Group {
                name: name.to_owned(),
                title: format_tag_title(name),
                description: Line::parse(get_text(tag, "description")),
                operations: operations.remove(name).unwrap_or_default(),
            }
        });
        groups.collect()
    }

    fn operation(&self, path: &str, method: &str, operation: &'a Value) -> Operation {
        let parameters =
            operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let parameters: Vec<SchemaField> =
            parameters.map(|parameter| parse_parameter(self.resolve(parameter))).collect();
        let contents = self.contents(operation.get("requestBody").unwrap_or(&Value::Null));
        let responses = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
        let (shared, own): (Vec<_>, Vec<_>) =
            responses.partition(|(_, response)| response.get("$ref").is_some());
        let shared = shared.into_iter().map(|(status, response)| {
            let name = get_text(response, "$ref").rsplit('/').next().unwrap_or_default();
            let description = Line::parse(get_text(self.resolve(response), "description"));
            (name.to_owned(), status.clone(), description)
        });
        let method = method.to_uppercase();
        let is_public =
            operation.get("security").is_some_and(|security| security == &Value::Array(vec![]));
        let request = curl::CurlRequest {
            server: self.server,
            method: &method,
            path: curl::fill_path(path, &parameters),
            is_public,
        };
        let curl = match contents.as_slice() {
            [] => vec![request.to_command(None)],
            contents => contents.iter().map(|content| request.to_command(content.body())).collect(),
        };
        Operation {
            id: get_text(operation, "operationId").to_owned(),
            path: path.to_owned(),
            summary: get_text(operation, "summary").to_owned(),
            description: Markdown::parse(get_text(operation, "description")),
            scope: operation.get("x-scope").and_then(Value::as_str).map(str::to_owned),
            deprecated: operation.get("deprecated") == Some(&Value::Bool(true)),
            responses: own
                .into_iter()
                .map(|(status, response)| self.response(status, response))
                .collect(),
            shared: shared.collect(),
            parameters: SchemaFields(parameters),
            method,
            contents,
            curl,
        }
    }

    fn response(&self, status: &str, response: &'a Value) -> Response {
        let headers = response.get("headers").and_then(Value::as_object).into_iter().flatten();
        Response {
            status: status.to_owned(),
            description: Line::parse(get_text(response, "description")),
            headers: headers.map(|(name, _)| name.clone()).collect(),
            contents: self.contents(response),
        }
    }

    fn contents(&self, holder: &'a Value) -> Vec<Content> {
        let contents = holder.get("content").and_then(Value::as_object).into_iter().flatten();
        let contents = contents.map(|(media_type, content)| {
            let schema = content.get("schema").unwrap_or(&Value::Null);
            let single_example =
                content.get("example").map(|example| (String::new(), format_example(example)));
            let named_examples =
                content.get("examples").and_then(Value::as_object).into_iter().flatten();
            let named_examples = named_examples.filter_map(|(name, example)| {
                Some((name.clone(), format_example(example.get("value")?)))
            });
            Content {
                media_type: media_type.clone(),
                kind: TypeDescription::from_schema(schema),
                fields: SchemaFields::from_schema(self.resolve(schema)),
                examples: single_example.into_iter().chain(named_examples).collect(),
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

fn parse_parameter(parameter: &Value) -> SchemaField {
    let schema = parameter.get("schema").unwrap_or(&Value::Null);
    SchemaField {
        place: Some(get_text(parameter, "in").to_owned()),
        required: parameter.get("required") == Some(&Value::Bool(true)),
        deprecated: parameter.get("deprecated") == Some(&Value::Bool(true)),
        description: Markdown::parse(get_text(parameter, "description")),
        example: parameter.get("example").map(|example| match example {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }),
        ..SchemaField::from_schema(get_text(parameter, "name"), schema)
    }
}

/// Formats an example as it is sent: text unchanged, JSON indented.
fn format_example(example: &Value) -> String {
    match example {
        Value::String(text) => text.clone(),
        json => format!("{json:#}"),
    }
}

/// The heading of a tag.
fn format_tag_title(tag: &str) -> String {
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
