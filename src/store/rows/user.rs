use super::{
    into_string, into_timestamp,
    profile::{self, COLUMNS, StoredProfile},
    text_value,
};
use crate::{
    domain::{
        email::Email,
        id::{IdentityId, UserId},
        mobile::Mobile,
        profile_field::ProfileTexts,
        provisioning::ExistingUser,
        subject::SubjectKey,
        text::fold,
        user::{DeletedUser, Identity, Profile, User},
        user_name::UserName,
    },
    store::{
        error::{RowRef, StoreError},
        schema::{deleted_users, identities, users},
        sql::{JsonText, SqlTimestamp, TextValue, UuidValue},
    },
};
use diesel::prelude::*;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct UserRow {
    id: UuidValue,
    account_id: UuidValue,
    email: TextValue,
    email_key: TextValue,
    role: TextValue,
    first_name: TextValue,
    last_name: TextValue,
    position: Option<TextValue>,
    department: Option<TextValue>,
    mobile_region: Option<TextValue>,
    mobile_number: Option<TextValue>,
    mobile_e164: Option<TextValue>,
    profile_image: Option<TextValue>,
    status: TextValue,
    origin: TextValue,
    created_at: SqlTimestamp,
    updated_at: SqlTimestamp,
    first_login_at: Option<SqlTimestamp>,
    last_login_at: Option<SqlTimestamp>,
    version: i64,
    external_id: Option<TextValue>,
    user_name: Option<TextValue>,
    display_name: Option<TextValue>,
    manager: Option<TextValue>,
    user_name_key: TextValue,
    first_name_key: TextValue,
    last_name_key: TextValue,
    position_key: TextValue,
    department_key: TextValue,
    display_name_key: TextValue,
    profile: JsonText,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        let User {
            id,
            account,
            email,
            user_name,
            display_name,
            manager,
            external_id,
            role,
            profile:
                profile @ Profile {
                    first_name,
                    last_name,
                    texts: _,
                    mobile,
                    profile_image,
                    values: _,
                    custom: _,
                },
            provenance: _,
            locks: _,
            status,
            origin,
            created_at,
            updated_at,
            first_login_at,
            last_login_at,
            version,
        } = user;
        let [position, department] = COLUMNS.map(|field| profile.text(field));
        let (mobile_region, mobile_number, mobile_e164) = match mobile {
            Some(Mobile { region, number, e164 }) => (
                Some(TextValue::new(region)),
                Some(TextValue::new(number)),
                Some(TextValue::new(e164)),
            ),
            None => (None, None, None),
        };
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            email: TextValue::new(email.as_str()),
            email_key: TextValue::new(email.key().as_str()),
            role: TextValue::new(role.as_str()),
            first_name: TextValue::new(first_name),
            last_name: TextValue::new(last_name),
            position: position.map(TextValue::new),
            department: department.map(TextValue::new),
            mobile_region,
            mobile_number,
            mobile_e164,
            profile_image: text_value(profile_image.as_ref()),
            status: TextValue::new(status.as_str()),
            origin: TextValue::new(origin.as_str()),
            created_at: SqlTimestamp(*created_at),
            updated_at: SqlTimestamp(*updated_at),
            first_login_at: first_login_at.map(SqlTimestamp),
            last_login_at: last_login_at.map(SqlTimestamp),
            version: *version,
            external_id: text_value(external_id.as_ref()),
            display_name: text_value(display_name.as_ref()),
            manager: text_value(manager.as_ref()),
            user_name: user_name.as_ref().map(|name| TextValue::new(name.as_str())),
            user_name_key: TextValue::new(user.user_name_key().as_str()),
            first_name_key: TextValue(fold(first_name)),
            last_name_key: TextValue(fold(last_name)),
            position_key: TextValue(fold(position.unwrap_or_default())),
            department_key: TextValue(fold(department.unwrap_or_default())),
            display_name_key: TextValue(fold(&user.display_name())),
            profile: profile::write(user),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        let UserRow {
            id,
            account_id,
            email,
            // Follows from the address.
            email_key: _,
            role,
            first_name,
            last_name,
            position,
            department,
            mobile_region,
            mobile_number,
            mobile_e164,
            profile_image,
            status,
            origin,
            created_at,
            updated_at,
            first_login_at,
            last_login_at,
            version,
            external_id,
            user_name,
            display_name,
            manager,
            // These follow from the names.
            user_name_key: _,
            first_name_key: _,
            last_name_key: _,
            position_key: _,
            department_key: _,
            display_name_key: _,
            profile: others,
        } = row;
        let row_ref = RowRef { table: "users", id: UserId::from(id.0) };
        let mobile = match (mobile_region, mobile_number, mobile_e164) {
            (Some(region), Some(number), Some(e164)) => {
                Some(Mobile { region: region.0, number: number.0, e164: e164.0 })
            }
            (None, None, None) => None,
            _ => return Err(row_ref.corrupt("half a mobile number")),
        };
        let texts = COLUMNS.into_iter().zip([into_string(position), into_string(department)]);
        let mut texts: ProfileTexts =
            texts.filter_map(|(field, text)| Some((field, text?))).collect();
        let StoredProfile { texts: others, values, custom, provenance, locks } =
            StoredProfile::read(&row_ref, &others)?;
        texts.extend(others);
        let profile = Profile {
            first_name: first_name.0,
            last_name: last_name.0,
            texts,
            mobile,
            profile_image: into_string(profile_image),
            values,
            custom,
        };
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            email: stored_email(&row_ref, &email)?,
            display_name: into_string(display_name),
            manager: into_string(manager),
            user_name: user_name.map(|name| UserName::from_stored(&name.0)),
            external_id: into_string(external_id),
            role: row_ref.parse("role", &role.0)?,
            profile,
            provenance,
            locks,
            status: row_ref.parse("status", &status.0)?,
            origin: row_ref.parse("origin", &origin.0)?,
            created_at: created_at.0,
            updated_at: updated_at.0,
            first_login_at: into_timestamp(first_login_at),
            last_login_at: into_timestamp(last_login_at),
            version,
        })
    }
}

pub(super) fn stored_email(
    row_ref: &RowRef<UserId>,
    email: &TextValue,
) -> Result<Email, StoreError> {
    Email::from_stored(&email.0).map_err(|why| row_ref.corrupt(format_args!("email {why}")))
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = deleted_users, treat_none_as_default_value = false)]
pub(crate) struct DeletedUserRow {
    id: UuidValue,
    account_id: UuidValue,
    email: TextValue,
    email_key: TextValue,
    deleted_at: SqlTimestamp,
}

impl From<&DeletedUser> for DeletedUserRow {
    fn from(user: &DeletedUser) -> Self {
        let DeletedUser { id, account, email, deleted_at } = user;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            email: TextValue::new(email.as_str()),
            email_key: TextValue::new(email.key().as_str()),
            deleted_at: SqlTimestamp(*deleted_at),
        }
    }
}

impl TryFrom<DeletedUserRow> for DeletedUser {
    type Error = StoreError;

    fn try_from(row: DeletedUserRow) -> Result<Self, StoreError> {
        // The key follows from the address.
        let DeletedUserRow { id, account_id, email, email_key: _, deleted_at } = row;
        let row_ref = RowRef { table: "deleted_users", id: UserId::from(id.0) };
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            email: stored_email(&row_ref, &email)?,
            deleted_at: deleted_at.0,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
pub(crate) struct IdentityRow {
    id: UuidValue,
    account_id: UuidValue,
    connection_id: UuidValue,
    subject: TextValue,
    user_id: UuidValue,
    created_at: SqlTimestamp,
    comparison: TextValue,
}

impl From<&Identity> for IdentityRow {
    fn from(identity: &Identity) -> Self {
        let Identity { id, account, connection, subject, user, created_at } = identity;
        let SubjectKey { text, comparison } = subject;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            connection_id: connection.as_uuid().into(),
            subject: TextValue::new(text),
            user_id: user.as_uuid().into(),
            created_at: SqlTimestamp(*created_at),
            comparison: TextValue::new(comparison.as_str()),
        }
    }
}

impl TryFrom<IdentityRow> for Identity {
    type Error = StoreError;

    fn try_from(row: IdentityRow) -> Result<Self, StoreError> {
        let IdentityRow { id, account_id, connection_id, subject, user_id, created_at, comparison } =
            row;
        let row_ref = RowRef { table: "identities", id: IdentityId::from(id.0) };
        let comparison = row_ref.parse("comparison", &comparison.0)?;
        Ok(Self {
            id: row_ref.id,
            account: account_id.0.into(),
            connection: connection_id.0.into(),
            subject: SubjectKey { text: subject.0, comparison },
            user: user_id.0.into(),
            created_at: created_at.0,
        })
    }
}

/// The columns of a user that a login needs.
#[derive(Queryable)]
pub(crate) struct ExistingUserRow {
    id: UuidValue,
    status: TextValue,
    subject: Option<TextValue>,
    comparison: Option<TextValue>,
}

impl TryFrom<ExistingUserRow> for ExistingUser {
    type Error = StoreError;

    fn try_from(row: ExistingUserRow) -> Result<Self, StoreError> {
        let ExistingUserRow { id, status, subject, comparison } = row;
        let row_ref = RowRef { table: "users", id: UserId::from(id.0) };
        let subject = match (subject, comparison) {
            (Some(text), Some(comparison)) => {
                let comparison = row_ref.parse("comparison", &comparison.0)?;
                Some(SubjectKey { text: text.0, comparison })
            }
            _ => None,
        };
        Ok(Self { id: row_ref.id, status: row_ref.parse("status", &status.0)?, subject })
    }
}
