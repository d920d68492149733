//! The columns of a table of users.

use std::fmt;

use crate::domain::{
    attribute_name::AttributeName,
    custom_attribute::{CustomAttributeName, CustomAttributeValue},
    field_error::{FieldError, Reason},
    profile_field::ProfileField,
    suggest::find_nearest,
    user_patch::{FieldPatch, ParsedUser, TeamFields, UserPatchParser},
};

/// The separator of teams and of roles in one cell. It does not separate cells, so
/// such a cell needs no quotes.
pub use crate::domain::custom_attribute::SEPARATOR;

/// The maximum number of errors of a header that are reported.
const MAX_ERRORS: usize = 100;

/// The column of a name, without regard to case, blanks, `_` and `-`.
fn find(name: &str) -> Option<Column> {
    if let Some(name) = name.parse().ok().and_then(AttributeName::custom) {
        return Some(Column::Custom(name));
    }
    let name = normalize_name(name);
    let mut fields = ProfileField::importable();
    fields.find(|field| normalize_name(field.as_str()) == name).map(Column::Field)
}

/// A column with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Field(ProfileField),
    /// A custom attribute, whose definition is checked later.
    Custom(CustomAttributeName),
}

/// The columns of one table, from left to right. `None`: a column without a
/// name, whose cells must be blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableHeader(Vec<Option<Column>>);

const EMAIL: Option<Column> = Some(Column::Field(ProfileField::Email));

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.as_str()),
            Self::Custom(name) => AttributeName::from(*name).fmt(f),
        }
    }
}

impl TableHeader {
    /// Reads the first row. Names match without regard to case, blanks, `_` and
    /// `-`: `First Name` is `firstName`.
    ///
    /// # Errors
    /// All errors: a column that is unknown or is given more than once; no
    /// column `email`.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<FieldError>> {
        let (mut columns, mut errors) = (Vec::new(), Vec::new());
        for (index, name) in names.into_iter().enumerate() {
            if errors.len() > MAX_ERRORS {
                break;
            }
            let name = name.trim();
            match find(name) {
                None if normalize_name(name).is_empty() => columns.push(None),
                Some(column) if columns.contains(&Some(column)) => {
                    let statement =
                        format!("is the column {column}, which is given more than once");
                    let reason =
                        Reason::new(statement, "each column once", "Leave one of them out.");
                    errors.push(FieldError::new(format!("header/{index}"), name, reason));
                }
                Some(column) => columns.push(Some(column)),
                None => errors.push(unknown_column(index, name)),
            }
        }
        if !columns.contains(&EMAIL) {
            let error = FieldError::new("header", "", "must have the column email");
            errors.push(error.with_remedy("Name the columns in the first row."));
        }
        // Cells after the last name are not columns.
        while columns.last() == Some(&None) {
            columns.pop();
        }
        if errors.is_empty() { Ok(Self(columns)) } else { Err(errors) }
    }

    /// The index and the value of the first cell that is not blank, in a column
    /// without a name.
    #[must_use]
    pub fn find_unnamed_value<'a>(&self, cells: &[&'a str]) -> Option<(usize, &'a str)> {
        let named = |index: &usize| self.0.get(*index).copied().flatten().is_some();
        // A row that is too long has an error of its own, unless the header has
        // the column.
        let cells = cells.iter().copied().enumerate().take(self.0.len());
        let mut values = cells.filter(|(_, cell)| !is_blank(cell));
        values.find(|(index, _)| !named(index))
    }

    /// The unparsed e-mail address of a row.
    #[must_use]
    pub fn find_email<'a>(&self, cells: &[&'a str]) -> Option<&'a str> {
        let index = self.0.iter().position(|one| *one == EMAIL)?;
        cells.get(index).copied()
    }

    /// Parses a row. A blank cell keeps the field, and so does a missing one: spreadsheets
    /// leave out blank cells at the end of a row. Blank cells after the last column are
    /// ignored.
    ///
    /// The errors are those of its cells, or that of values after the last column.
    #[must_use]
    pub fn parse_row(&self, cells: &[&str]) -> ParsedUser {
        let columns = self.0.len();
        let last = cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
        if last > columns {
            let reason = Reason::new(
                format!("must have at most {columns} cells, as the header has, but has {last}"),
                format!("at most {columns} cells, as the header has"),
                "Quote a cell that contains a separator.",
            );
            return ParsedUser::rejected(FieldError::new("", "", reason));
        }
        let mut parser = UserPatchParser::default();
        let (mut names, mut roles) = (None, None);
        for (column, cell) in self.0.iter().zip(cells.iter().copied()) {
            match column {
                _ if is_blank(cell) => {}
                None => {}
                // A list of names, and of roles.
                Some(Column::Field(ProfileField::TeamName)) => names = Some(cell),
                Some(Column::Field(ProfileField::TeamRole)) => roles = Some(cell),
                Some(Column::Custom(name)) => {
                    let value = CustomAttributeValue::Cell(cell.to_owned());
                    parser.set_custom(name.as_str(), value);
                }
                Some(Column::Field(field)) => parser.set(*field, FieldPatch::Set(cell)),
            }
        }
        parser.require_whole_mobile();
        let teams = set_teams(&mut parser, names, roles);
        let (patch, mut errors) = parser.into_parts();
        errors.extend(teams.err());
        if patch.email.is_none() && errors.iter().all(|error| error.field != "email") {
            let reason = Reason::required("an e-mail address", "Add the address.");
            errors.insert(0, FieldError::new("email", "", reason));
        }
        ParsedUser { patch, errors }
    }
}

/// Whether a cell is blank.
#[must_use]
pub fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

/// The letters of a column in spreadsheets: A, B, …, Z, AA.
#[must_use]
pub fn column_letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn normalize_name(name: &str) -> String {
    let chars = name.chars().filter(|char| !char.is_whitespace() && !matches!(char, '_' | '-'));
    chars.flat_map(char::to_lowercase).collect()
}

/// An error of a heading that no column has.
fn unknown_column(index: usize, name: &str) -> FieldError {
    let known = || ProfileField::importable().map(ProfileField::as_str);
    let all = known().collect::<Vec<_>>().join(", ");
    let remedy = match find_nearest(name, known()) {
        Some(near) => format!("Did you mean {near}?"),
        None => format!("Use any of {all}."),
    };
    let expected = format!("one of {all}, or attributes. with the name of a custom attribute");
    let reason = Reason::new("is not a column", expected, remedy);
    FieldError::new(format!("header/{index}"), name, reason)
}

/// As at a login: one role for all teams, or one for each.
fn set_teams(
    parser: &mut UserPatchParser,
    names: Option<&str>,
    roles: Option<&str>,
) -> Result<(), FieldError> {
    let column = ProfileField::TeamRole.as_str();
    let Some(names) = names else {
        return match roles {
            None => Ok(()),
            Some(roles) => Err(FieldError::new(
                column,
                roles,
                Reason::new(
                    "must have a teamName in the same row",
                    "a teamName in the same row",
                    "Add one, or leave the role out.",
                ),
            )),
        };
    };
    let names: Vec<_> = names.split(SEPARATOR).collect();
    let role_values: Vec<_> =
        roles.map(|roles| roles.split(SEPARATOR).collect()).unwrap_or_default();
    if role_values.len() > 1 && role_values.len() != names.len() {
        let expected = format!("one role for all teams, or one for each of the {}", names.len());
        let reason = Reason::new(
            format!("must have {expected}, but has {}", role_values.len()),
            expected.clone(),
            format!("Use {expected}."),
        );
        return Err(FieldError::new(column, roles.unwrap_or_default(), reason));
    }
    let role = |index: usize| match role_values.as_slice() {
        [role] => Some(*role),
        several => several.get(index).copied().filter(|role| !is_blank(role)),
    };
    parser.set_teams(names.iter().enumerate().map(|(index, name)| TeamFields {
        id: None,
        name: Some(name),
        role: role(index),
    }));
    Ok(())
}
