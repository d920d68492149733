//! The columns of a table of users.

use crate::domain::{
    fault::Fault,
    nearest::nearest,
    staging::{Draft, MobileDraft, TeamDraft},
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
    pub const ALL: [Self; 12] = [
        Self::Email,
        Self::ExternalId,
        Self::FirstName,
        Self::LastName,
        Self::Position,
        Self::Department,
        Self::Role,
        Self::MobileRegionCode,
        Self::MobileNumber,
        Self::UserProfileImage,
        Self::TeamName,
        Self::TeamRole,
    ];

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
            Self::MobileRegionCode => "mobileRegionCode",
            Self::MobileNumber => "mobileNumber",
            Self::UserProfileImage => "userProfileImage",
            Self::TeamName => "teamName",
            Self::TeamRole => "teamRole",
        }
    }
}

/// What stands in each column of one table, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header(Vec<Column>);

impl Header {
    /// Reads the first row.
    ///
    /// # Errors
    /// All faults: a column that is unknown, there twice, or without a name;
    /// no column `email`.
    pub fn read<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Vec<Fault>> {
        let (mut columns, mut faults) = (Vec::new(), Vec::new());
        for (index, given) in names.into_iter().enumerate() {
            if faults.len() > MAX_FAULTS {
                break;
            }
            let name = given.trim();
            let fault = |reason: String| Fault::new(format!("header/{index}"), name, reason);
            match Column::ALL.into_iter().find(|column| column.as_str() == name) {
                Some(column) if columns.contains(&column) => {
                    faults.push(fault("is given more than once".into()));
                }
                Some(column) => columns.push(column),
                None => faults.push(fault(unknown(name))),
            }
        }
        if !columns.contains(&Column::Email) {
            let reason = "must be the header of a table of users: the column email is required";
            faults.push(Fault::new("header", "", reason));
        }
        if faults.is_empty() { Ok(Self(columns)) } else { Err(faults) }
    }

    /// What a row says.
    ///
    /// # Errors
    /// If it has more or fewer cells than there are columns, or its team roles
    /// do not go with its teams.
    pub fn draft(&self, cells: &[&str]) -> Result<Draft, Fault> {
        let (found, wanted) = (cells.len(), self.0.len());
        if found != wanted {
            let reason = format!("the row has {found} cells, and the header has {wanted}");
            return Err(Fault::new("", "", reason));
        }
        let (mut draft, mut mobile) = (Draft::default(), MobileDraft::default());
        let (mut names, mut roles) = (None, None);
        for (column, cell) in self.0.iter().zip(cells.iter().copied()) {
            let text = || Some(cell.to_owned()).filter(|cell| !cell.trim().is_empty());
            match column {
                Column::Email => draft.email = cell.to_owned(),
                Column::ExternalId => draft.external_id = text(),
                Column::FirstName => draft.first_name = text(),
                Column::LastName => draft.last_name = text(),
                Column::Position => draft.position = text(),
                Column::Department => draft.department = text(),
                Column::Role => draft.role = text(),
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

fn unknown(name: &str) -> String {
    let known = || Column::ALL.into_iter().map(Column::as_str);
    match nearest(name, known()) {
        _ if name.is_empty() => "is a column without a name".into(),
        Some(near) => format!("is no column here: did you mean {near}?"),
        None => {
            let all: Vec<_> = known().collect();
            format!("is no column here: there are {}", all.join(", "))
        }
    }
}

/// As at a login: one role for all teams, or one for each.
fn teams(names: Option<&str>, roles: Option<&str>) -> Result<Option<Vec<TeamDraft>>, Fault> {
    let column = Column::TeamRole.as_str();
    let Some(names) = names else {
        return match roles {
            None => Ok(None),
            Some(roles) => Err(Fault::new(column, roles, "is given without a teamName")),
        };
    };
    let names: Vec<_> = names.split(SEPARATOR).collect();
    let given: Vec<_> = roles.map(|roles| roles.split(SEPARATOR).collect()).unwrap_or_default();
    let role = |index: usize| match given.as_slice() {
        [one] => Some((*one).to_owned()),
        several => several.get(index).map(|role| (*role).to_owned()),
    };
    if given.len() > 1 && given.len() != names.len() {
        let reason = format!(
            "has {} roles for {} teams: give one for all, or one for each",
            given.len(),
            names.len()
        );
        return Err(Fault::new(column, roles.unwrap_or_default(), reason));
    }
    let team = |(index, name): (usize, &&str)| TeamDraft {
        id: None,
        name: Some((*name).to_owned()),
        role: role(index),
    };
    Ok(Some(names.iter().enumerate().map(team).collect()))
}
