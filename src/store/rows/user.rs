use diesel::prelude::*;

use super::{moment, plain, text};
use crate::{
    domain::{
        email::Email,
        id::UserId,
        mobile::Mobile,
        profile_field::ProfileField,
        provisioning::ExistingUser,
        text::fold,
        user::{DeletedUser, Identity, Origin, Profile, User, UserStatus},
        user_name::UserName,
    },
    store::{
        error::{Row, StoreError},
        schema::{deleted_users, identities, users},
        sql::{At, Id, Str},
    },
};

const STATUSES: [UserStatus; 3] = [UserStatus::Staged, UserStatus::Active, UserStatus::Disabled];
/// The texts that have columns.
const COLUMNS: [ProfileField; 2] = [ProfileField::Position, ProfileField::Department];
pub(super) const ORIGINS: [Origin; 3] = Origin::ALL;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct UserRow {
    id: Id,
    account_id: Id,
    email: Str,
    email_key: Str,
    role: Str,
    first_name: Str,
    last_name: Str,
    position: Option<Str>,
    department: Option<Str>,
    mobile_region: Option<Str>,
    mobile_number: Option<Str>,
    mobile_e164: Option<Str>,
    profile_image: Option<Str>,
    status: Str,
    origin: Str,
    created_at: At,
    updated_at: At,
    first_login_at: Option<At>,
    last_login_at: Option<At>,
    version: i64,
    external_id: Option<Str>,
    user_name: Option<Str>,
    display_name: Option<Str>,
    manager: Option<Str>,
    user_name_key: Str,
    first_name_key: Str,
    last_name_key: Str,
    position_key: Str,
    department_key: Str,
    display_name_key: Str,
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
            profile: profile @ Profile { first_name, last_name, texts: _, mobile, profile_image },
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
            Some(Mobile { region, number, e164 }) => {
                (Some(Str::new(region)), Some(Str::new(number)), Some(Str::new(e164)))
            }
            None => (None, None, None),
        };
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            email: Str::new(email.as_str()),
            email_key: Str::new(email.key().as_str()),
            role: Str::new(role.as_str()),
            first_name: Str::new(first_name),
            last_name: Str::new(last_name),
            position: position.map(Str::new),
            department: department.map(Str::new),
            mobile_region,
            mobile_number,
            mobile_e164,
            profile_image: text(profile_image.as_ref()),
            status: Str::new(status.as_str()),
            origin: Str::new(origin.as_str()),
            created_at: At(*created_at),
            updated_at: At(*updated_at),
            first_login_at: first_login_at.map(At),
            last_login_at: last_login_at.map(At),
            version: *version,
            external_id: text(external_id.as_ref()),
            display_name: text(display_name.as_ref()),
            manager: text(manager.as_ref()),
            user_name: user_name.as_ref().map(|name| Str::new(name.as_str())),
            user_name_key: Str::new(user.user_name_key().as_str()),
            first_name_key: Str(fold(first_name)),
            last_name_key: Str(fold(last_name)),
            position_key: Str(fold(position.unwrap_or_default())),
            department_key: Str(fold(department.unwrap_or_default())),
            display_name_key: Str(fold(&user.display_name())),
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
        } = row;
        let place = Row { table: "users", id: UserId::from(id.0) };
        let mobile = match (mobile_region, mobile_number, mobile_e164) {
            (Some(region), Some(number), Some(e164)) => {
                Some(Mobile { region: region.0, number: number.0, e164: e164.0 })
            }
            (None, None, None) => None,
            _ => return Err(place.corrupt("half a mobile number")),
        };
        let texts = COLUMNS.into_iter().zip([plain(position), plain(department)]);
        let texts = texts.filter_map(|(field, text)| Some((field, text?)));
        let profile = Profile {
            first_name: first_name.0,
            last_name: last_name.0,
            texts: texts.collect(),
            mobile,
            profile_image: plain(profile_image),
        };
        Ok(Self {
            id: place.id,
            account: account_id.0.into(),
            email: stored_email(&place, &email)?,
            display_name: plain(display_name),
            manager: plain(manager),
            user_name: user_name.map(|name| UserName::from_stored(&name.0)),
            external_id: plain(external_id),
            role: place.parse("role", &role.0)?,
            profile,
            status: place.name("status", &status.0, &STATUSES, UserStatus::as_str)?,
            origin: place.name("origin", &origin.0, &ORIGINS, Origin::as_str)?,
            created_at: created_at.0,
            updated_at: updated_at.0,
            first_login_at: moment(first_login_at),
            last_login_at: moment(last_login_at),
            version,
        })
    }
}

pub(super) fn stored_email(place: &Row<UserId>, email: &Str) -> Result<Email, StoreError> {
    Email::from_stored(&email.0).map_err(|why| place.corrupt(format_args!("email {why}")))
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = deleted_users, treat_none_as_default_value = false)]
pub(crate) struct DeletedUserRow {
    id: Id,
    account_id: Id,
    email: Str,
    email_key: Str,
    deleted_at: At,
}

impl From<&DeletedUser> for DeletedUserRow {
    fn from(user: &DeletedUser) -> Self {
        let DeletedUser { id, account, email, deleted_at } = user;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            email: Str::new(email.as_str()),
            email_key: Str::new(email.key().as_str()),
            deleted_at: At(*deleted_at),
        }
    }
}

impl TryFrom<DeletedUserRow> for DeletedUser {
    type Error = StoreError;

    fn try_from(row: DeletedUserRow) -> Result<Self, StoreError> {
        // The key follows from the address.
        let DeletedUserRow { id, account_id, email, email_key: _, deleted_at } = row;
        let place = Row { table: "deleted_users", id: UserId::from(id.0) };
        Ok(Self {
            id: place.id,
            account: account_id.0.into(),
            email: stored_email(&place, &email)?,
            deleted_at: deleted_at.0,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
pub(crate) struct IdentityRow {
    id: Id,
    account_id: Id,
    connection_id: Id,
    subject: Str,
    user_id: Id,
    created_at: At,
}

impl From<&Identity> for IdentityRow {
    fn from(identity: &Identity) -> Self {
        let Identity { id, account, connection, subject, user, created_at } = identity;
        Self {
            id: id.as_uuid().into(),
            account_id: account.as_uuid().into(),
            connection_id: connection.as_uuid().into(),
            subject: Str::new(subject),
            user_id: user.as_uuid().into(),
            created_at: At(*created_at),
        }
    }
}

impl TryFrom<IdentityRow> for Identity {
    type Error = StoreError;

    fn try_from(row: IdentityRow) -> Result<Self, StoreError> {
        let IdentityRow { id, account_id, connection_id, subject, user_id, created_at } = row;
        Ok(Self {
            id: id.0.into(),
            account: account_id.0.into(),
            connection: connection_id.0.into(),
            subject: subject.0,
            user: user_id.0.into(),
            created_at: created_at.0,
        })
    }
}

/// The columns of a user that a login needs.
#[derive(Queryable)]
pub(crate) struct KnownUserRow {
    id: Id,
    status: Str,
    subject: Option<Str>,
    ignores_case: Option<bool>,
}

impl TryFrom<KnownUserRow> for ExistingUser {
    type Error = StoreError;

    fn try_from(row: KnownUserRow) -> Result<Self, StoreError> {
        let KnownUserRow { id, status, subject, ignores_case } = row;
        let place = Row { table: "users", id: UserId::from(id.0) };
        Ok(Self {
            id: place.id,
            status: place.name("status", &status.0, &STATUSES, UserStatus::as_str)?,
            subject: plain(subject),
            ignores_case: ignores_case.unwrap_or(false),
        })
    }
}
