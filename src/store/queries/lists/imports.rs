use diesel::prelude::*;

use super::{
    Column, Condition, Conn, ListSource, PositionRow, Result, Rows, ScanQuery, Sql, column,
    count_filter, count_rows, in_table, load_page, load_position, load_rows, nullable, position,
    position_columns,
};
use crate::{
    domain::{
        id::AccountId,
        import::{ImportJob, JobState},
        lists::{ImportAttribute, IndexScan, Listing, Page, PagePosition},
    },
    store::{
        rows::ImportJobRow,
        schema::import_jobs,
        sql::{Uuid, UuidValue},
    },
};

pub(crate) fn list_imports(
    conn: &mut Conn,
    account: AccountId,
    listing: &Listing<ImportAttribute>,
) -> Result<Page<ImportJob>> {
    let received = Condition::Not(Box::new(Condition::Name(
        ImportAttribute::State,
        JobState::Receiving.as_str(),
    )));
    let condition = match listing.condition.clone() {
        Some(condition) => Condition::All(vec![condition, received]),
        None => received,
    };
    load_page(conn, account, &Listing { condition: Some(condition), ..listing.clone() })
}

impl ListSource for ImportAttribute {
    in_table!(import_jobs, ImportJobRow => ImportJob);

    fn bytes(job: &ImportJob) -> usize {
        job.failure.as_ref().map_or(0, |failure| failure.detail.len())
    }

    fn column(self) -> Column<import_jobs::table> {
        match self {
            Self::Id => column!(Id, import_jobs::id),
            Self::State => column!(Text, import_jobs::state),
            Self::CreatedAt => column!(Moment, import_jobs::created_at),
            Self::FinishedAt => nullable!(Moment, import_jobs::finished_at),
        }
    }
}
