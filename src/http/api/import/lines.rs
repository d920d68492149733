//! Users as lines of JSON.

use std::io::{self, BufRead, BufReader, Read};

use deserr::Deserr;
use serde_json::Value;

use super::{super::body, super::body::Faults, file::failed};
use crate::{
    app::{
        Error,
        import::{Row, Rows},
    },
    domain::{
        field_error::{FieldError, Reason},
        staging::{Draft, ENABLED, MobileDraft, TeamDraft},
        user::UserStatus,
    },
    http::problem::{Problem, details::ProblemError, sent},
};

/// A user, as a line says it: the fields of a user that is staged.
#[derive(Debug, Deserr)]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields)]
struct Line {
    email: String,
    #[deserr(default)]
    external_id: Option<String>,
    #[deserr(default)]
    first_name: Option<String>,
    #[deserr(default)]
    last_name: Option<String>,
    #[deserr(default)]
    position: Option<String>,
    #[deserr(default)]
    department: Option<String>,
    #[deserr(default)]
    role: Option<String>,
    #[deserr(default)]
    mobile: Option<LineMobile>,
    #[deserr(default)]
    user_profile_image: Option<String>,
    #[deserr(default)]
    disabled: Option<bool>,
    #[deserr(default)]
    teams: Option<Vec<LineTeam>>,
}

#[derive(Debug, Deserr)]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields)]
struct LineMobile {
    region_code: String,
    number: String,
}

#[derive(Debug, Deserr)]
#[deserr(error = Faults, rename_all = camelCase, deny_unknown_fields)]
struct LineTeam {
    #[deserr(default)]
    id: Option<String>,
    #[deserr(default)]
    name: Option<String>,
    #[deserr(default)]
    role: Option<String>,
}

/// The most bytes of a line.
const LINE_BYTES: u64 = 256 * 1024;

/// The users of a file. Blank lines are left out.
pub(super) fn rows<'a>(file: impl Read + 'a) -> Rows<'a> {
    Box::new(Lines { lines: BufReader::new(file), number: 0 })
}

struct Lines<R> {
    lines: BufReader<R>,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Reads a line; no more than the beginning, if it is too long, and goes on
    /// behind it. Whether it is whole.
    fn read(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        (&mut self.lines).take(LINE_BYTES).read_until(b'\n', line)?;
        if line.ends_with(b"\n") || self.lines.fill_buf()?.is_empty() {
            return Ok(true);
        }
        self.lines.skip_until(b'\n')?;
        Ok(false)
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Row, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        loop {
            line.clear();
            let whole = match self.read(&mut line) {
                Ok(_) if line.is_empty() => return None,
                Ok(whole) => whole,
                Err(error) => return Some(Err(failed(error))),
            };
            self.number += 1;
            if !whole {
                let reason = format!("must have at most {LINE_BYTES} bytes: send less in one line");
                let draft = Err(vec![FieldError::new("", "", reason)]);
                return Some(Ok(Row { line: self.number, draft }));
            }
            let text = line.trim_ascii();
            if !text.is_empty() {
                return Some(Ok(Row { line: self.number, draft: draft(text) }));
            }
        }
    }
}

fn draft(text: &[u8]) -> Result<Draft, Vec<FieldError>> {
    let line: Line = body::read(text)
        .map_err(|problem| faults(problem, &serde_json::from_slice(text).unwrap_or_default()))?;
    let mobile = |LineMobile { region_code, number }| MobileDraft { region_code, number };
    let team = |LineTeam { id, name, role }| TeamDraft { id, name, role };
    Ok(Draft {
        email: line.email,
        pushed: None,
        external_id: line.external_id,
        first_name: line.first_name,
        last_name: line.last_name,
        position: line.position,
        department: line.department,
        role: line.role,
        mobile: line.mobile.map(mobile),
        profile_image: line.user_profile_image,
        status: line.disabled.map(|disabled| {
            if disabled { UserStatus::Disabled.as_str() } else { ENABLED }.to_owned()
        }),
        teams: line.teams.map(|teams| teams.into_iter().map(team).collect()),
    })
}

/// The faults of a row that was sent as JSON, each with its value.
pub(super) fn faults(problem: Problem, row: &Value) -> Vec<FieldError> {
    match problem {
        Problem::Body(errors) => {
            let fault = |error: ProblemError| {
                let pointer = error.pointer.unwrap_or_default();
                let field = pointer.strip_prefix('/').unwrap_or_default().to_owned();
                let value = sent::value_at(row, &pointer).or(error.value).unwrap_or_default();
                let reason = Reason::with_detail(error.detail, error.expected, error.remedy);
                FieldError::new(field, value, reason)
            };
            errors.into_iter().map(fault).collect()
        }
        other => {
            let reason = Reason::new(
                format!("must be a JSON object, but {other}"),
                "a JSON object on each line",
                "Correct the JSON of the line.",
            );
            vec![FieldError::new("", "", reason)]
        }
    }
}
