//! The subject that a login links to a user, as plans are stored.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        id::AttemptId,
        subject::{SubjectComparison, SubjectKey},
    },
    store::error::{RowRef, StoreError},
};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum SubjectJson {
    Key {
        subject: String,
        comparison: String,
    },
    /// Of a release that did not store the comparison.
    Subject(String),
}

impl From<&SubjectKey> for SubjectJson {
    fn from(key: &SubjectKey) -> Self {
        let SubjectKey { text, comparison } = key;
        Self::Key { subject: text.clone(), comparison: comparison.as_str().to_owned() }
    }
}

impl SubjectJson {
    pub(super) fn read(self, row: &RowRef<AttemptId>) -> Result<SubjectKey, StoreError> {
        Ok(match self {
            Self::Key { subject, comparison } => {
                SubjectKey { text: subject, comparison: row.parse("plan", &comparison)? }
            }
            Self::Subject(text) => SubjectKey { text, comparison: SubjectComparison::Unknown },
        })
    }
}
