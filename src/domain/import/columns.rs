//! The columns of a table of users.

use crate::domain::{
    field_error::{FieldError, Reason},
    staging::{Draft, ENABLED, MobileDraft, TeamDraft},
    suggest::nearest,
    user::UserStatus,
};

/// What stands between the teams, and between the roles, of one cell. It is
/// neither of the characters that separate cells, so such a cell needs no
/// quotes.
pub const SEPARATOR: char = '|';

/// The most faults of a header that are told.
const MAX_FAULTS: usize = 100;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The address: the one column that is needed.
    Email,
    /// What the account itself calls them.
    ExternalId,
    /// Blank: parsed from the address.
    FirstName,
    /// Blank: parsed from the address.
    LastName,
    /// E.g. their job's title.
    Position,
    /// Where in the organisation they are.
    Department,
    /// Blank: STAKEHOLDER.
    Role,
    /// Whether they may not log in. Blank: it is not asked for.
    Disabled,
    /// ISO 3166-1 alpha-2.
    MobileRegionCode,
    /// National or E.164.
    MobileNumber,
    /// Absolute http or https URL of a picture.
    UserProfileImage,
    /// The teams by name, with a [`SEPARATOR`] between two.
    TeamName,
    /// One role for all of the teams, or one for each in the same order.
    TeamRole,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Email,
        Self::ExternalId,
        Self::FirstName,
        Self::LastName,
        Self::Position,
        Self::Department,
        Self::Role,
        Self::Disabled,
        Self::MobileRegionCode,
        Self::MobileNumber,
        Self::UserProfileImage,
        Self::TeamName,
        Self::TeamRole,
    ];

    /// The column of a name, regardless of case, blanks, `_` and `-`.
    fn named(name: &str) -> Option<Self> {
        let name = comparable(name);
        Self::ALL.into_iter().find(|column| comparable(column.as_str()) == name)
    }

    /// The column's name in the first row.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::ExternalId => "externalId",
            Self::FirstName => "firstName",
            Self::LastName => "lastName",
            Self::Position => "position",
            Self::Department => "department",
            Self::Role => "role",
            Self::Disabled => "disabled",
            Self::MobileRegionCode => "mobileRegionCode",
            Self::MobileNumber => "mobileNumber",
            Self::UserProfileImage => "userProfileImage",
            Self::TeamName => "teamName",
            Self::TeamRole => "teamRole",
        }
    }
}

/// The columns of one table, from left to right. `None`: a column without a
/// name, whose cells must be blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(Vec<Option<Column>>);

impl Header {
    /// Reads the first row. Names match without regard to case, blanks, `_` and
    /// `-`: `First Name` is `firstName`.
    ///
    /// # Errors
    /// All faults: a column that is unknown or is given more than once; no
    /// column `email`.
    pub fn read<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<FieldError>> {
        let (mut columns, mut faults) = (Vec::new(), Vec::new());
        for (index, name) in names.into_iter().enumerate() {
            if faults.len() > MAX_FAULTS {
                break;
            }
            let name = name.trim();
            match Column::named(name) {
                None if comparable(name).is_empty() => columns.push(None),
                Some(column) if columns.contains(&Some(column)) => {
                    let column = column.as_str();
                    let statement =
                        format!("is the column {column}, which is given more than once");
                    let reason =
                        Reason::new(statement, "each column once", "Leave one of them out.");
                    faults.push(FieldError::new(format!("header/{index}"), name, reason));
                }
                Some(column) => columns.push(Some(column)),
                None => faults.push(unknown(index, name)),
            }
        }
        if !columns.contains(&Some(Column::Email)) {
            let fault = FieldError::new("header", "", "must have the column email");
            faults.push(fault.remedied("Name the columns in the first row."));
        }
        // What stands behind the last name is no column.
        while columns.last() == Some(&None) {
            columns.pop();
        }
        if faults.is_empty() { Ok(Self(columns)) } else { Err(faults) }
    }

    /// The index and the value of the first cell that is not blank, in a column
    /// without a name.
    #[must_use]
    pub fn nameless<'a>(&self, cells: &[&'a str]) -> Option<(usize, &'a str)> {
        let named = |index: &usize| self.0.get(*index).copied().flatten().is_some();
        // A row that is too long has a fault of its own, unless the header has
        // the column.
        let cells = cells.iter().copied().enumerate().take(self.0.len());
        let mut values = cells.filter(|(_, cell)| !is_blank(cell));
        values.find(|(index, _)| !named(index))
    }

    /// Returns what a row says. Blank cells behind the last column are ignored.
    ///
    /// # Errors
    /// If the row has fewer cells than there are columns, or values behind
    /// them, or team roles that do not match its teams.
    pub fn draft(&self, cells: &[&str]) -> Result<Draft, FieldError> {
        let columns = self.0.len();
        let last = cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
        if cells.len() < columns || last > columns {
            let found = last.max(cells.len().min(columns));
            let reason = Reason::new(
                format!("must have {columns} cells as the header has, but has {found}"),
                format!("{columns} cells, as the header has"),
                "Quote a cell that contains a separator.",
            );
            return Err(FieldError::new("", "", reason));
        }
        let (mut draft, mut mobile) = (Draft::default(), MobileDraft::default());
        let (mut names, mut roles) = (None, None);
        for (column, cell) in self.0.iter().zip(cells.iter().copied()) {
            let Some(column) = column else { continue };
            let text = || Some(cell.to_owned()).filter(|cell| !is_blank(cell));
            match column {
                Column::Email => draft.email = cell.to_owned(),
                Column::ExternalId => draft.external_id = text(),
                Column::FirstName => draft.first_name = text(),
                Column::LastName => draft.last_name = text(),
                Column::Position => draft.position = text(),
                Column::Department => draft.department = text(),
                Column::Role => draft.role = text(),
                Column::Disabled => draft.status = status(cell)?,
                Column::MobileRegionCode => mobile.region_code = text().unwrap_or_default(),
                Column::MobileNumber => mobile.number = text().unwrap_or_default(),
                Column::UserProfileImage => draft.profile_image = text(),
                Column::TeamName => names = text(),
                Column::TeamRole => roles = text(),
            }
        }
        draft.mobile = Some(mobile).filter(|mobile| *mobile != MobileDraft::default());
        draft.teams = teams(names.as_deref(), roles.as_deref())?;
        Ok(draft)
    }
}

/// Whether a cell says nothing.
#[must_use]
pub fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}

/// The letters by which spreadsheets call a column: A, B, …, Z, AA.
#[must_use]
pub fn letters(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

fn comparable(name: &str) -> String {
    let retained = name.chars().filter(|char| !char.is_whitespace() && !matches!(char, '_' | '-'));
    retained.flat_map(char::to_lowercase).collect()
}

/// A fault of a heading that no column has.
fn unknown(index: usize, name: &str) -> FieldError {
    let known = || Column::ALL.into_iter().map(Column::as_str);
    let all = known().collect::<Vec<_>>().join(", ");
    let remedy = match nearest(name, known()) {
        Some(near) => format!("Did you mean {near}?"),
        None => format!("Use any of {all}."),
    };
    let reason = Reason::new("is not a column", format!("one of {all}"), remedy);
    FieldError::new(format!("header/{index}"), name, reason)
}

/// The status that the switch asks for.
fn status(cell: &str) -> Result<Option<String>, FieldError> {
    let status = match cell.trim().to_ascii_lowercase().as_str() {
        "" => return Ok(None),
        "true" | "1" => UserStatus::Disabled.as_str(),
        "false" | "0" => ENABLED,
        _ => return Err(FieldError::new("disabled", cell, "must be true or false")),
    };
    Ok(Some(status.to_owned()))
}

/// As at a login: one role for all teams, or one for each.
fn teams(names: Option<&str>, roles: Option<&str>) -> Result<Option<Vec<TeamDraft>>, FieldError> {
    let column = Column::TeamRole.as_str();
    let Some(names) = names else {
        return match roles {
            None => Ok(None),
            Some(roles) => Err(FieldError::new(
                column,
                roles,
                Reason::new(
                    "must stand beside a teamName",
                    "a teamName in the same row",
                    "Add one, or leave the role out.",
                ),
            )),
        };
    };
    let names: Vec<_> = names.split(SEPARATOR).collect();
    let input: Vec<_> = roles.map(|roles| roles.split(SEPARATOR).collect()).unwrap_or_default();
    let role = |index: usize| match input.as_slice() {
        [one] => Some((*one).to_owned()),
        several => several.get(index).map(|role| (*role).to_owned()),
    };
    if input.len() > 1 && input.len() != names.len() {
        let expected = format!("one role for all teams, or one for each of the {}", names.len());
        let reason = Reason::new(
            format!("must have {expected}, but has {}", input.len()),
            expected.clone(),
            format!("Use {expected}."),
        );
        return Err(FieldError::new(column, roles.unwrap_or_default(), reason));
    }
    let team = |(index, name): (usize, &&str)| TeamDraft {
        id: None,
        name: Some((*name).to_owned()),
        role: role(index),
    };
    Ok(Some(names.iter().enumerate().map(team).collect()))
}
