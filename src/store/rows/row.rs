//! Rows whose columns are fields of a domain type.

use std::borrow::Cow;

use uuid::Uuid;

use super::key_pair::KeyPurpose;
use crate::{
    domain::{
        Timestamp,
        api_key::Dialect,
        custom_attribute::CustomAttributeName,
        email::Email,
        import::JobState,
        role::{AccountRole, TeamRole},
        subject::SubjectComparison,
        team::TeamName,
        user::{Origin, UserStatus},
        user_name::UserName,
    },
    store::{
        error::{RowRef, StoreError},
        sql::{SqlTimestamp, TextValue, UuidValue},
    },
};

/// Declares a row of a table, and its conversions from and to a domain type: first
/// the columns of which each stores a field, then the columns that are derived, then how
/// the fields without a column are read, and at last all fields. A new field does not
/// compile until something reads it.
macro_rules! row {
    (
        $(#[$meta:meta])*
        $row:ident in $table:ident by $key:ident { $($columns:tt)+ }
        $model:ident { $($fields:tt)+ }
    ) => {
        $crate::store::rows::row::row! {
            $(#[$meta])*
            $row in $table by $key { $($columns)+ }
            derived |_model| {}
            $model { $($fields)+ }
        }
    };
    (
        $(#[$meta:meta])*
        $row:ident in $table:ident by $key:ident { $($columns:tt)+ }
        derived |$whole:ident| { $($derived:tt)* }
        $model:ident { $($fields:tt)+ }
    ) => {
        $crate::store::rows::row::row! {
            $(#[$meta])*
            $row in $table by $key { $($columns)+ }
            derived |$whole| { $($derived)* }
            read |row, row_ref| {}
            $model { $($fields)+ }
        }
    };
    (
        $(#[$meta:meta])*
        $row:ident in $table:ident by $key:ident {
            $($column:ident: $type:ty = $field:ident,)+
        }
        derived |$whole:ident| { $($derived:ident: $derived_type:ty = $value:expr,)* }
        read |$stored:ident, $row_ref:ident| { $($read:tt)* }
        $model:ident { $($fields:tt)+ }
    ) => {
        #[derive(Queryable, Selectable, Insertable)]
        $(#[$meta])*
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        pub(crate) struct $row {
            $($column: $type,)+
            $($derived: $derived_type,)*
        }

        impl TryFrom<&$model> for $row {
            type Error = StoreError;

            #[allow(unused_variables, reason = "a derived column may be made of the whole")]
            fn try_from($whole: &$model) -> Result<Self, StoreError> {
                let $model { $($fields)+ } = $whole;
                Ok(Self {
                    $($column: $crate::store::rows::row::StoredAs::<$type>::to_column($field)?,)+
                    $($derived: $value,)*
                })
            }
        }

        impl TryFrom<$row> for $model {
            type Error = StoreError;

            fn try_from($stored: $row) -> Result<Self, StoreError> {
                let $row_ref = RowRef { table: stringify!($table), id: $stored.$key.0 };
                $(
                    let $field = $crate::store::rows::row::StoredAs::from_column(
                        $stored.$column,
                        &$row_ref,
                        stringify!($column),
                    )?;
                )+
                $($read)*
                Ok(Self { $($fields)+ })
            }
        }
    };
}
pub(super) use row;

/// A value of the domain that a column of type `C` stores.
pub(crate) trait StoredAs<C>: Sized {
    /// Writes the column.
    fn to_column(&self) -> Result<C, StoreError>;

    /// Reads the column.
    fn from_column(stored: C, row_ref: &RowRef<Uuid>, column: &str) -> Result<Self, StoreError>;
}

impl<T: StoredAs<C>, C> StoredAs<Option<C>> for Option<T> {
    fn to_column(&self) -> Result<Option<C>, StoreError> {
        self.as_ref().map(T::to_column).transpose()
    }

    fn from_column(
        stored: Option<C>,
        row_ref: &RowRef<Uuid>,
        column: &str,
    ) -> Result<Self, StoreError> {
        stored.map(|stored| T::from_column(stored, row_ref, column)).transpose()
    }
}

/// IDs.
impl<T: Copy + From<Uuid> + Into<Uuid>> StoredAs<UuidValue> for T {
    fn to_column(&self) -> Result<UuidValue, StoreError> {
        Ok(UuidValue((*self).into()))
    }

    fn from_column(id: UuidValue, _: &RowRef<Uuid>, _: &str) -> Result<Self, StoreError> {
        Ok(id.0.into())
    }
}

/// Implements [`StoredAs`] by two expressions: how a value is written, and how the row and
/// the name of the column read it.
macro_rules! stored_as {
    ($(
        $type:ty as $column:ty:
        |$value:pat_param| $write:expr,
        |$stored:pat_param, $row_ref:pat_param, $name:pat_param| $read:expr;
    )+) => {$(
        impl $crate::store::rows::row::StoredAs<$column> for $type {
            fn to_column(&self) -> Result<$column, StoreError> {
                let $value = self;
                Ok($write)
            }

            fn from_column(
                $stored: $column,
                $row_ref: &RowRef<uuid::Uuid>,
                $name: &str,
            ) -> Result<Self, StoreError> {
                Ok($read)
            }
        }
    )+};
}
pub(super) use stored_as;

/// Implements [`StoredAs`] for types that are stored as their text.
macro_rules! stored_as_text {
    ($($type:ty),+ $(,)?) => {
        stored_as! {$(
            $type as TextValue:
                |value| TextValue(value.to_string()),
                |stored, row_ref, column| row_ref.parse(column, &stored.0)?;
        )+}
    };
}

stored_as_text![
    AccountRole,
    TeamRole,
    UserStatus,
    Origin,
    Dialect,
    JobState,
    KeyPurpose,
    SubjectComparison,
    CustomAttributeName,
];

stored_as! {
    bool as bool: |value| *value, |stored, _, _| stored;
    i64 as i64: |value| *value, |stored, _, _| stored;
    u64 as i64:
        |value| i64::try_from(*value).unwrap_or(i64::MAX),
        |stored, _, _| u64::try_from(stored).unwrap_or_default();
    Vec<u8> as Vec<u8>: |bytes| bytes.clone(), |stored, _, _| stored;
    Timestamp as SqlTimestamp: |at| SqlTimestamp(*at), |stored, _, _| stored.0;
    String as TextValue: |text| TextValue::new(text), |stored, _, _| stored.0;
    Cow<'static, str> as TextValue: |text| TextValue::new(text), |stored, _, _| stored.0.into();
    TeamName as TextValue:
        |name| TextValue::new(name.as_str()),
        |stored, _, _| TeamName::from_stored(&stored.0);
    UserName as TextValue:
        |name| TextValue::new(name.as_str()),
        |stored, _, _| UserName::from_stored(&stored.0);
    Email as TextValue:
        |email| TextValue::new(email.as_str()),
        |stored, row_ref, column| Email::from_stored(&stored.0)
            .map_err(|why| row_ref.corrupt(format_args!("{column} {why}")))?;
}
