use super::{
    profile::{self, COLUMNS, StoredProfile},
    row::row,
};
use crate::{
    domain::{
        id::UserId,
        mobile::Mobile,
        profile_field::ProfileField,
        provisioning::ExistingUser,
        subject::SubjectKey,
        text::fold,
        user::{DeletedUser, Identity, Profile, User},
    },
    store::{
        error::{RowRef, StoreError},
        schema::{deleted_users, identities, users},
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};
use diesel::prelude::*;

row! {
    #[derive(AsChangeset)]
    #[diesel(treat_none_as_null = true)]
    UserRow in users by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        email: TextValue = email,
        role: TextValue = role,
        first_name: TextValue = first_name,
        last_name: TextValue = last_name,
        profile_image: Option<TextValue> = profile_image,
        status: TextValue = status,
        origin: TextValue = origin,
        created_at: SqlTimestamp = created_at,
        updated_at: SqlTimestamp = updated_at,
        first_login_at: Option<SqlTimestamp> = first_login_at,
        last_login_at: Option<SqlTimestamp> = last_login_at,
        version: i64 = version,
        external_id: Option<TextValue> = external_id,
        user_name: Option<TextValue> = user_name,
        display_name: Option<TextValue> = display_name,
        manager: Option<TextValue> = manager,
    }
    derived |user| {
        position: Option<TextValue> = column_text(user, ProfileField::Position),
        department: Option<TextValue> = column_text(user, ProfileField::Department),
        mobile_region: Option<TextValue> = mobile.as_ref().map(|it| TextValue::new(&it.region)),
        mobile_number: Option<TextValue> = mobile.as_ref().map(|it| TextValue::new(&it.number)),
        mobile_e164: Option<TextValue> = mobile.as_ref().map(|it| TextValue::new(&it.e164)),
        email_key: TextValue = TextValue::new(email.key().as_str()),
        user_name_key: TextValue = TextValue::new(user.user_name_key().as_str()),
        first_name_key: TextValue = TextValue(fold(first_name)),
        last_name_key: TextValue = TextValue(fold(last_name)),
        position_key: TextValue = text_key(user, ProfileField::Position),
        department_key: TextValue = text_key(user, ProfileField::Department),
        display_name_key: TextValue = TextValue(fold(&user.display_name())),
        profile: JsonText = profile::write(user),
    }
    read |row, row_ref| {
        let mobile = match (row.mobile_region, row.mobile_number, row.mobile_e164) {
            (Some(region), Some(number), Some(e164)) => {
                Some(Mobile { region: region.0, number: number.0, e164: e164.0 })
            }
            (None, None, None) => None,
            _ => return Err(row_ref.corrupt("half a mobile number")),
        };
        let StoredProfile { mut texts, values, custom, provenance, locks } =
            StoredProfile::read(&row_ref, &row.profile)?;
        let columns = COLUMNS.into_iter().zip([row.position, row.department]);
        texts.extend(columns.filter_map(|(field, text)| Some((field, text?.0))));
    }
    User {
        id, account, email, user_name, display_name, manager, external_id, role,
        profile: Profile { first_name, last_name, texts, mobile, profile_image, values, custom },
        provenance, locks, status, origin, created_at, updated_at, first_login_at, last_login_at,
        version,
    }
}

fn column_text(user: &User, field: ProfileField) -> Option<TextValue> {
    user.profile.text(field).map(TextValue::new)
}

fn text_key(user: &User, field: ProfileField) -> TextValue {
    TextValue(fold(user.profile.text(field).unwrap_or_default()))
}

row! {
    DeletedUserRow in deleted_users by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        email: TextValue = email,
        deleted_at: SqlTimestamp = deleted_at,
    }
    derived |user| { email_key: TextValue = TextValue::new(user.email.key().as_str()), }
    DeletedUser { id, account, email, deleted_at }
}

row! {
    IdentityRow in identities by id {
        id: UuidValue = id,
        account_id: UuidValue = account,
        connection_id: UuidValue = connection,
        subject: TextValue = text,
        user_id: UuidValue = user,
        created_at: SqlTimestamp = created_at,
        comparison: TextValue = comparison,
    }
    Identity { id, account, connection, subject: SubjectKey { text, comparison }, user, created_at }
}

/// The columns of a user that a login needs.
#[derive(Queryable)]
pub(crate) struct ExistingUserRow {
    id: UuidValue,
    status: TextValue,
    subject: Option<TextValue>,
    comparison: Option<TextValue>,
    last_login_at: Option<SqlTimestamp>,
}

impl TryFrom<ExistingUserRow> for ExistingUser {
    type Error = StoreError;

    fn try_from(row: ExistingUserRow) -> Result<Self, StoreError> {
        let ExistingUserRow { id, status, subject, comparison, last_login_at } = row;
        let row_ref = RowRef { table: "users", id: UserId::from(id.0) };
        let subject = match (subject, comparison) {
            (Some(text), Some(comparison)) => {
                let comparison = row_ref.parse("comparison", &comparison.0)?;
                Some(SubjectKey { text: text.0, comparison })
            }
            _ => None,
        };
        Ok(Self {
            id: row_ref.id,
            status: row_ref.parse("status", &status.0)?,
            subject,
            last_login_at: last_login_at.map(|at| at.0),
        })
    }
}
