//! Parses searches from the query of a URL, or from a body.

use std::num::{IntErrorKind, ParseIntError};

use serde_json::Value as Json;

use crate::{
    domain::{
        lists::{DEFAULT_COUNT, MAX_COUNT, SortOrder},
        quote::QuotedText,
        suggest::{did_you_mean, find_nearest},
    },
    scim::{
        compatibility::CompatibilityFixes,
        error::{ScimError, ScimErrorType},
        names::reject_repeated_names,
        resource::check_schemas,
        schema::SEARCH_REQUEST,
    },
};

/// A search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// The attributes to return. Empty for the default.
    pub attributes: Vec<String>,
    /// The attributes to leave out.
    pub excluded: Vec<String>,
    /// The filter.
    pub filter: Option<String>,
    /// The attribute to sort by.
    pub sort_by: Option<String>,
    /// The sort direction.
    pub order: SortOrder,
    /// The index of the first resource, from 1.
    pub start_index: u64,
    /// The maximum number of resources on a page.
    pub count: u32,
    /// The cursor, with cursor-based pagination. Empty for the first page.
    pub cursor: Option<String>,
}

impl SearchQuery {
    /// Parses the parameters of a URL.
    ///
    /// # Errors
    /// [`ScimErrorType::InvalidValue`], [`ScimErrorType::InvalidCount`].
    pub fn parse_parameters<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ScimError> {
        let mut search = Self { start_index: 1, count: DEFAULT_COUNT, ..Self::default() };
        let mut names_seen = Vec::new();
        for (name, text) in parameters {
            if let Some((known, error_type)) =
                SINGLE_PARAMETERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                if names_seen.contains(known) {
                    let detail = format!("{known} is given more than once: send one of them");
                    return Err(error_type.with_detail(detail));
                }
                names_seen.push(known);
            }
            check_name(name, ScimErrorType::InvalidValue, "parameter")?;
            search.set_parameter(name, text)?;
        }
        search.validate()
    }

    /// Parses the body of a POST.
    ///
    /// # Errors
    /// [`ScimErrorType::InvalidSyntax`], and those of [`Self::parse_parameters`].
    pub fn parse_body(body: &Json, fixes: &mut CompatibilityFixes) -> Result<Self, ScimError> {
        let Json::Object(body) = body else {
            return Err(ScimErrorType::InvalidSyntax.with_detail("the body must be a JSON object"));
        };
        reject_repeated_names(body)?;
        check_schemas(body, SEARCH_REQUEST, |uri| uri.eq_ignore_ascii_case(SEARCH_REQUEST), fixes)?;
        let mut search = Self { start_index: 1, count: DEFAULT_COUNT, ..Self::default() };
        for (name, value) in body.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("schemas")) {
            check_name(name, ScimErrorType::InvalidSyntax, "member")?;
            if value.is_null() {
                continue;
            }
            let text = to_parameter_text(name, value).ok_or_else(|| {
                let detail = format!("{name} has the wrong type");
                ScimErrorType::InvalidSyntax.with_detail(detail)
            })?;
            search.set_parameter(name, &text)?;
        }
        search.validate()
    }

    /// Rejects an empty page after a cursor, because it would have no next cursor (RFC
    /// 9865, section 2). An empty first page asks for the total (RFC 7644, section
    /// 3.4.2.4).
    fn validate(mut self) -> Result<Self, ScimError> {
        match (self.cursor.as_deref(), self.count) {
            (Some(""), 0) => self.cursor = None,
            (Some(_), 0) => {
                let detail = "count must be 1 or more after a cursor";
                return Err(ScimErrorType::InvalidCount.with_detail(detail));
            }
            _ => {}
        }
        Ok(self)
    }

    fn set_parameter(&mut self, name: &str, text: &str) -> Result<(), ScimError> {
        match name.to_ascii_lowercase().as_str() {
            // In a URL, both may be repeated.
            "attributes" => self.attributes.extend(split_names(text)),
            "excludedattributes" => self.excluded.extend(split_names(text)),
            "filter" => self.filter = Some(text.to_owned()).filter(|text| !text.trim().is_empty()),
            "sortby" => self.sort_by = Some(text.to_owned()).filter(|text| !text.is_empty()),
            "sortorder" => {
                self.order = match text.to_ascii_lowercase().as_str() {
                    "ascending" => SortOrder::Ascending,
                    "descending" => SortOrder::Descending,
                    _ => {
                        let detail = "sortOrder must be ascending or descending";
                        return Err(ScimErrorType::InvalidValue.with_detail(detail));
                    }
                }
            }
            // Less than 1 is 1; less than 0 is 0 (3.4.2.4).
            "startindex" => {
                let start = parse_number("startIndex", text, ScimErrorType::InvalidValue)?;
                self.start_index = u64::try_from(start).unwrap_or_default().max(1);
            }
            "count" => {
                let count = parse_number("count", text, ScimErrorType::InvalidCount)?;
                let most = i64::from(MAX_COUNT);
                self.count = u32::try_from(count.clamp(0, most)).unwrap_or_default();
            }
            "cursor" => self.cursor = Some(text.to_owned()),
            // A flag of Entra ID.
            _ => {}
        }
        Ok(())
    }
}

/// The parameters that must not be repeated, each with the type of the error.
const SINGLE_PARAMETERS: [(&str, ScimErrorType); 6] = [
    ("filter", ScimErrorType::InvalidFilter),
    ("sortBy", ScimErrorType::InvalidValue),
    ("sortOrder", ScimErrorType::InvalidValue),
    ("startIndex", ScimErrorType::InvalidValue),
    ("count", ScimErrorType::InvalidCount),
    ("cursor", ScimErrorType::InvalidCursor),
];

/// The flag that administrators of Entra ID add to the URL. It controls Entra ID, and has no
/// meaning for the server.
const ENTRA_FLAG: &str = "aadOptscim062020";

/// Checks that a search has a parameter of this name (RFC 7644, section 3.4.2; RFC 9865,
/// section 2).
fn check_name(name: &str, error_type: ScimErrorType, place: &str) -> Result<(), ScimError> {
    let single = SINGLE_PARAMETERS.iter().map(|(known, _)| *known);
    let known = single.chain(["attributes", "excludedAttributes"]);
    if known.clone().chain([ENTRA_FLAG]).any(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(());
    }
    let suggestion = did_you_mean(find_nearest(name, known));
    let detail = format!("{} is not a {place} of a search{suggestion}", QuotedText(name));
    Err(error_type.with_detail(detail))
}

/// Converts a value of a body to the text of a parameter. Returns `None` if it has
/// another type.
fn to_parameter_text(name: &str, value: &Json) -> Option<String> {
    match (name.to_ascii_lowercase().as_str(), value) {
        ("attributes" | "excludedattributes", Json::Array(names)) => {
            let names = names.iter().map(Json::as_str).collect::<Option<Vec<_>>>()?;
            Some(names.join(","))
        }
        ("attributes" | "excludedattributes", _) => None,
        // A whole number may be written with a point.
        ("startindex" | "count", Json::Number(number)) => match number.as_f64() {
            Some(float)
                if number.is_f64() && float.fract() == 0.0 && float.abs() < MAX_EXACT_FLOAT =>
            {
                Some(format!("{float:.0}"))
            }
            _ => Some(number.to_string()),
        },
        ("startindex" | "count", _) => None,
        // In a URL, an empty value counts as absent; in a body, it is an error.
        ("sortby", Json::String(text)) if text.is_empty() => None,
        (_, Json::String(text)) => Some(text.clone()),
        _ => None,
    }
}

/// Below this, a number with a point is exactly what was written.
const MAX_EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

fn split_names(text: &str) -> Vec<String> {
    let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

fn parse_number(name: &str, text: &str, error_type: ScimErrorType) -> Result<i64, ScimError> {
    text.trim().parse().map_err(|error: ParseIntError| {
        error_type.with_detail(match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
                format!("{name} must be a whole number of at most 64 bits")
            }
            _ => format!("{name} must be a whole number"),
        })
    })
}
