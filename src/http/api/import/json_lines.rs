//! Users as lines of JSON.

use std::io::{self, BufRead, BufReader, Read};

use deserr::{Deserr, ValuePointerRef};
use serde_json::Value;

use super::{
    super::{
        body::{self, BodyErrors, BodyField},
        custom_attributes::CustomAttributeValues,
        profile_texts::{BodyWithTexts, with_names},
        readable_part,
    },
    utf8_reader::file_error,
};
use crate::{
    app::{
        Error,
        import::{ImportRow, ImportRows},
    },
    domain::{
        field_error::{FieldError, Reason},
        profile_field::ProfileField,
        user_patch::{FieldPatch as Write, ParsedUser, TeamFields, UserPatch, UserPatchParser},
    },
    http::problem::{Problem, details::ProblemError, sent_values},
};

/// A user of a line: the fields of `UserDraft`.
type Line = BodyWithTexts<String, LineFields>;

#[derive(Debug, Deserr)]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields = unknown_field)]
struct LineFields {
    #[deserr(default)]
    email: BodyField<String>,
    #[deserr(default)]
    role: Write<String>,
    #[deserr(default)]
    mobile: Write<LineMobile>,
    #[deserr(default)]
    disabled: BodyField<bool>,
    #[deserr(default)]
    attributes: BodyField<CustomAttributeValues>,
    #[deserr(default)]
    teams: BodyField<Vec<LineTeam>>,
}

#[derive(Debug, Deserr)]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
struct LineMobile {
    region_code: String,
    number: String,
}

#[derive(Debug, Deserr)]
#[deserr(error = BodyErrors, rename_all = camelCase, deny_unknown_fields)]
struct LineTeam {
    #[deserr(default)]
    id: Option<String>,
    #[deserr(default)]
    name: Option<String>,
    #[deserr(default)]
    role: BodyField<String>,
}

fn unknown_field(key: &str, accepted: &[&str], location: ValuePointerRef<'_>) -> BodyErrors {
    body::unknown_field_error(&[], key, &with_names(accepted), location)
}

impl Line {
    /// Parses the values, and returns what breaks a rule. null and an empty text
    /// clear a field.
    fn into_parts(self) -> (UserPatch, Vec<FieldError>) {
        let mut parser = UserPatchParser::default();
        self.set_profile(&mut parser);
        let LineFields { email, role, mobile, disabled, attributes, teams } = &self.fields;
        let email = email.as_option().map(String::as_str).unwrap_or_default();
        parser.set(ProfileField::Email, Write::Set(email));
        parser.set(ProfileField::Role, role.as_ref().map(String::as_str));
        let region = mobile.as_ref().map(|mobile| mobile.region_code.as_str());
        let number = mobile.as_ref().map(|mobile| mobile.number.as_str());
        parser.set(ProfileField::MobileRegionCode, region);
        parser.set(ProfileField::MobileNumber, number);
        if let BodyField::Value(disabled) = disabled {
            parser
                .set(ProfileField::Disabled, Write::Set(if *disabled { "true" } else { "false" }));
        }
        if let BodyField::Value(attributes) = attributes {
            attributes.set(&mut parser);
        }
        if let BodyField::Value(teams) = teams {
            parser.set_teams(teams.iter().map(|LineTeam { id, name, role }| TeamFields {
                id: id.as_deref(),
                name: name.as_deref(),
                role: role.as_option().map(String::as_str),
            }));
        }
        parser.into_parts()
    }
}

/// The maximum number of bytes of a line.
const LINE_BYTES: u64 = 256 * 1024;

/// Reads the users of a file. Blank lines are skipped.
pub(super) fn read_rows<'a>(file: impl Read + 'a) -> ImportRows<'a> {
    Box::new(JsonLines { lines: BufReader::new(file), number: 0 })
}

struct JsonLines<R> {
    lines: BufReader<R>,
    number: u64,
}

impl<R: Read> JsonLines<R> {
    /// Reads a line. If it is too long, reads its beginning and skips the rest. Returns
    /// whether the line is complete.
    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        (&mut self.lines).take(LINE_BYTES).read_until(b'\n', line)?;
        if line.ends_with(b"\n") || self.lines.fill_buf()?.is_empty() {
            return Ok(true);
        }
        self.lines.skip_until(b'\n')?;
        Ok(false)
    }
}

impl<R: Read> Iterator for JsonLines<R> {
    type Item = Result<ImportRow, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let is_complete = match self.read_line(&mut line) {
                Ok(_) if line.is_empty() => return None,
                Ok(is_complete) => is_complete,
                Err(error) => return Some(Err(file_error(error))),
            };
            self.number += 1;
            if !is_complete {
                let reason = format!("must have at most {LINE_BYTES} bytes: send less in one line");
                let user = ParsedUser::rejected(FieldError::new("", "", reason));
                return Some(Ok(ImportRow { line: self.number, user, email: None }));
            }
            let text = line.trim_ascii();
            if !text.is_empty() {
                let (user, email) = parse_row(text);
                return Some(Ok(ImportRow { line: self.number, user, email }));
            }
        }
    }
}

/// Parses the user of a line, and the e-mail address as it was sent.
fn parse_row(text: &[u8]) -> (ParsedUser, Option<String>) {
    let problem = match body::parse::<Line>(text) {
        Ok(line) => {
            let email = line.fields.email.as_option().cloned();
            let (patch, errors) = line.into_parts();
            return (ParsedUser { patch, errors }, email);
        }
        Err(problem) => problem,
    };
    let row: Value = serde_json::from_slice(text).unwrap_or_default();
    let email = row.get("email").and_then(Value::as_str).map(str::to_owned);
    let user = match problem {
        Problem::Body(_) if row.is_object() => {
            let (patch, errors) = readable_part::parse_part(&row, Line::into_parts);
            to_user(patch, errors, &row)
        }
        problem => {
            ParsedUser { patch: UserPatch::default(), errors: problem_errors(problem, &row) }
        }
    };
    (user, email)
}

/// The user of a row, with the errors of its JSON.
pub(super) fn to_user(
    patch: Option<UserPatch>,
    errors: Vec<ProblemError>,
    row: &Value,
) -> ParsedUser {
    ParsedUser { patch: patch.unwrap_or_default(), errors: field_errors(errors, row) }
}

fn problem_errors(problem: Problem, row: &Value) -> Vec<FieldError> {
    match problem {
        Problem::Body(errors) => field_errors(errors, row),
        Problem::Malformed(error) => vec![error],
        other => {
            let reason = Reason::new(
                format!("must be a JSON object, but {}", other.to_string().trim_end_matches('.')),
                "a JSON object on each line",
                "Correct the JSON of the line.",
            );
            vec![FieldError::new("", "", reason)]
        }
    }
}

/// Converts the errors of a body to those of a row, with the values that were sent.
fn field_errors(errors: Vec<ProblemError>, row: &Value) -> Vec<FieldError> {
    let error = |error: ProblemError| {
        let pointer = error.pointer.unwrap_or_default();
        let field = pointer.strip_prefix('/').unwrap_or_default().to_owned();
        let value = sent_values::find_value(row, &pointer).or(error.value).unwrap_or_default();
        let reason = Reason::with_detail(error.detail, error.expected, error.remedy);
        FieldError::new(field, value, reason)
    };
    errors.into_iter().map(error).collect()
}
