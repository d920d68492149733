//! The texts of checks: separated into what attempts have in common and what one received,
//! and written again.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    attempt::Attempt,
    check::{Check, CheckId},
};

/// The texts of a check.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckTemplate {
    pub(super) id: String,
    pub(super) expected: Vec<Part>,
    pub(super) actual: Vec<Part>,
}

/// A part of a text.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    Text(String),
    /// The time of the attempt, plus so many seconds.
    Moment(i64),
    /// The next value of the attempt: seconds from its time.
    ReceivedMoment,
    /// The next value of the attempt: a text.
    Received,
    /// The ID of the answered request, as it was received.
    Request,
    /// The subject of the attempt.
    Subject,
}

/// What an attempt received.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(in crate::store::rows) enum ReceivedValue {
    Number(i64),
    Text(String),
}

/// The ID of the answered request, as an attempt received it.
fn find_request(attempt: &Attempt) -> Option<&str> {
    let check = attempt.checks.iter().find(|check| check.id == CheckId::ResponseInResponseTo);
    check.map(|check| check.actual.as_str()).filter(|actual| *actual != "none")
}

/// Separates the texts of checks into what attempts have in common and what one received.
pub(super) struct Separator<'a> {
    attempt: &'a Attempt,
    request: Option<&'a str>,
    values: Vec<ReceivedValue>,
}

impl<'a> Separator<'a> {
    pub(super) fn new(attempt: &'a Attempt) -> Self {
        Self { attempt, request: find_request(attempt), values: Vec::new() }
    }

    /// Returns the templates of the checks, and what the attempt received.
    pub(super) fn separate(mut self) -> (Vec<CheckTemplate>, Vec<ReceivedValue>) {
        let checks = self.attempt.checks.iter();
        let checks = checks.map(|check| self.separate_check(check)).collect();
        (checks, self.values)
    }

    fn separate_check(&mut self, check: &Check) -> CheckTemplate {
        let Check { id, result: _, expected, actual } = check;
        let expected = match id {
            CheckId::ResponseInResponseTo
            | CheckId::ResponseIssueInstant
            | CheckId::SubjectConfirmation
            | CheckId::ConditionsTime
            | CheckId::AuthnSession => self.separate_expected(expected),
            _ => vec![Part::Text(expected.clone())],
        };
        let actual = match id {
            CheckId::FormEncoding => self.separate_number(actual),
            CheckId::ResponseIssueInstant | CheckId::ConditionsTime | CheckId::AuthnSession => {
                self.separate_received_moments(actual)
            }
            CheckId::SubjectNameId if self.attempt.subject.as_ref() == Some(actual) => {
                vec![Part::Subject]
            }
            CheckId::SubjectNameId => vec![self.receive(actual)],
            CheckId::ResponseInResponseTo if self.request.is_some() => vec![self.receive(actual)],
            // The status may have a message.
            CheckId::ResponseStatus if actual != &check.expected => vec![self.receive(actual)],
            // Without a request, anybody may send any value.
            CheckId::RelayState if self.request.is_none() && actual != "none" => {
                vec![self.receive(actual)]
            }
            _ => vec![Part::Text(actual.clone())],
        };
        CheckTemplate { id: id.as_str().to_owned(), expected, actual }
    }

    /// Separates the moments and the ID of the request from what was expected.
    fn separate_expected(&self, expected: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        for piece in split_moments(expected) {
            match (piece, self.request) {
                (Piece::Moment(moment), _) => parts.push(Part::Moment(self.seconds(moment))),
                (Piece::Text(text), None) => parts.push(Part::Text(text.to_owned())),
                (Piece::Text(text), Some(request)) => {
                    for (index, text) in text.split(request).enumerate() {
                        if index > 0 {
                            parts.push(Part::Request);
                        }
                        parts.push(Part::Text(text.to_owned()));
                    }
                }
            }
        }
        parts
    }

    fn separate_received_moments(&mut self, actual: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        for piece in split_moments(actual) {
            parts.push(match piece {
                Piece::Moment(moment) => {
                    self.values.push(ReceivedValue::Number(self.seconds(moment)));
                    Part::ReceivedMoment
                }
                // A moment in another form.
                Piece::Text(text) if text.contains(|char: char| char.is_ascii_digit()) => {
                    self.receive(text)
                }
                Piece::Text(text) => Part::Text(text.to_owned()),
            });
        }
        parts
    }

    /// Separates the number at the beginning of a text.
    fn separate_number(&mut self, actual: &str) -> Vec<Part> {
        let end = actual.find(|char: char| !char.is_ascii_digit()).unwrap_or(actual.len());
        let (number, rest) = actual.split_at(end);
        vec![self.receive(number), Part::Text(rest.to_owned())]
    }

    fn receive(&mut self, text: &str) -> Part {
        let number = text.parse::<i64>().ok().filter(|number| number.to_string() == text);
        let whole = || ReceivedValue::Text(text.to_owned());
        self.values.push(number.map_or_else(whole, ReceivedValue::Number));
        Part::Received
    }

    /// The seconds from the time of the attempt.
    fn seconds(&self, moment: Timestamp) -> i64 {
        moment.timestamp() - self.attempt.at.timestamp()
    }
}

/// Writes the texts of an attempt.
pub(super) struct TextWriter<'a> {
    at: Timestamp,
    subject: Option<&'a str>,
    request: Option<String>,
    values: std::slice::Iter<'a, ReceivedValue>,
}

impl<'a> TextWriter<'a> {
    pub(super) fn new(
        at: Timestamp,
        subject: Option<&'a str>,
        values: &'a [ReceivedValue],
    ) -> Self {
        Self { at, subject, request: None, values: values.iter() }
    }

    /// Sets the ID of the answered request, which expected texts have.
    pub(super) fn set_request(&mut self, request: Option<String>) {
        self.request = request;
    }

    /// Writes a text. Returns `None` if a value is missing, or is not of the kind that the
    /// template has.
    pub(super) fn write(&mut self, parts: &[Part]) -> Option<String> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Moment(seconds) => text.push_str(&self.format_moment(*seconds)?),
                Part::Request => text.push_str(self.request.as_deref()?),
                Part::Subject => text.push_str(self.subject?),
                Part::ReceivedMoment => match self.values.next()? {
                    ReceivedValue::Number(seconds) => text.push_str(&self.format_moment(*seconds)?),
                    ReceivedValue::Text(_) => return None,
                },
                Part::Received => match self.values.next()? {
                    ReceivedValue::Number(number) => text.push_str(&number.to_string()),
                    ReceivedValue::Text(received) => text.push_str(received),
                },
            }
        }
        Some(text)
    }

    fn format_moment(&self, seconds: i64) -> Option<String> {
        let seconds = self.at.timestamp().checked_add(seconds)?;
        let moment = Timestamp::from_timestamp(seconds, 0)?;
        Some(moment.format(MOMENT).to_string())
    }
}

/// A moment as checks have it: `2026-11-30T12:00:00Z`.
const MOMENT: &str = "%Y-%m-%dT%H:%M:%SZ";
const MOMENT_LENGTH: usize = 20;

/// A piece of the text of a check.
enum Piece<'a> {
    Text(&'a str),
    Moment(Timestamp),
}

/// Splits a text before and after each moment.
fn split_moments(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(rest) = text.get(at..) {
        let Some(digit) = rest.find(|char: char| char.is_ascii_digit()) else { break };
        at += digit;
        let Some(moment) = text.get(at..at + MOMENT_LENGTH).and_then(parse_moment) else {
            at += 1;
            continue;
        };
        pieces.extend(text.get(start..at).filter(|text| !text.is_empty()).map(Piece::Text));
        pieces.push(Piece::Moment(moment));
        at += MOMENT_LENGTH;
        start = at;
    }
    pieces.extend(text.get(start..).filter(|text| !text.is_empty()).map(Piece::Text));
    pieces
}

fn parse_moment(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.get(10) != Some(&b'T') || bytes.last() != Some(&b'Z') {
        return None;
    }
    NaiveDateTime::parse_from_str(text, MOMENT).ok().map(|moment| moment.and_utc())
}
