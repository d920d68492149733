//! Parsing of the names that enums have in the database and on the wire.

/// The error of a text that is not a name of the enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a valid {kind}")]
pub struct UnknownName {
    /// The kind of the expected name.
    pub kind: &'static str,
}

/// Declares an enum whose cases have names, in every interface and in the database. Names never
/// change. With `as` and a noun for error messages, implements `FromStr` as the inverse of
/// `as_str`.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident $(as $kind:literal)? {
        $($(#[$case_meta:meta])* $case:ident = $text:literal,)+
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$case_meta])* $case,)+ }

        impl $name {
            /// All values, in order.
            pub const ALL: [Self; [$($text),+].len()] = [$(Self::$case),+];

            /// All names, in order.
            pub const NAMES: [&'static str; Self::ALL.len()] = [$($text),+];

            /// The name in every interface and in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$case => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        $($crate::domain::named_enum::read_by_name!($name, $kind);)?
    };
}
pub(crate) use named;

/// Implements `FromStr` as the inverse of `as_str`, for a type with `ALL` and `as_str`.
macro_rules! read_by_name {
    ($name:ty, $kind:literal) => {
        impl std::str::FromStr for $name {
            type Err = $crate::domain::named_enum::UnknownName;

            /// Parses the exact name.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
                found.ok_or($crate::domain::named_enum::UnknownName { kind: $kind })
            }
        }
    };
}
pub(crate) use read_by_name;

/// Declares enums whose cases may hold data. Each case has a stable code, which leaves its
/// data out.
macro_rules! coded {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$case_meta:meta])* $case:ident $(($data:ty))? $({ $($fields:tt)+ })? = $code:literal,)+
    })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[$case_meta])* $case $(($data))? $({ $($fields)+ })?,)+
        }

        impl $name {
            /// All codes, in order.
            pub const CODES: [&'static str; [$($code),+].len()] = [$($code),+];

            /// The stable code in the contract, in the log and in commands.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$case { .. } => $code,)+ }
            }
        }
    )+};
}
pub(crate) use coded;

#[cfg(test)]
mod tests {
    use super::super::{
        api_key::Scope,
        attempt::AttemptOutcome,
        check::CheckResult,
        profile_field::ProfileField,
        provisioning::FoundBy,
        user::{Origin, UserStatus},
    };

    macro_rules! each_is_read_back {
        ($($test:ident: $name:ty, $names:expr;)*) => {$(
            #[test]
            fn $test() {
                let names: Vec<_> = <$name>::ALL.into_iter().map(<$name>::as_str).collect();
                assert_eq!(names, $names, "stored names never change");
                for one in <$name>::ALL {
                    assert_eq!(one.as_str().parse(), Ok(one));
                    for other in [format!(" {}", one.as_str()), swapped(one.as_str()), String::new()] {
                        assert!(other.parse::<$name>().is_err(), "{other:?} is no exact name");
                    }
                }
            }
        )*};
    }

    fn swapped(text: &str) -> String {
        let lower = text.to_lowercase();
        if lower == text { text.to_uppercase() } else { lower }
    }

    each_is_read_back! {
        a_scope: Scope, [
            "users:read", "users:write", "teams:read", "teams:write", "connections:read",
            "connections:write", "attempts:read", "audit:read", "keys:read", "keys:write",
            "account:read", "account:write", "scim",
        ];
        an_outcome: AttemptOutcome, ["created", "claimed", "signed_in", "denied", "rejected"];
        a_result_of_a_check: CheckResult, ["passed", "failed", "not_run"];
        a_way_to_find_a_user: FoundBy, ["identity", "email"];
        an_origin: Origin, ["LOGIN", "ADMIN", "SCIM"];
        a_user_status: UserStatus, ["STAGED", "ACTIVE", "DISABLED"];
        a_field: ProfileField, [
            "email", "userName", "externalId", "firstName", "lastName", "displayName",
            "formattedName", "middleName", "honorificPrefix", "honorificSuffix", "nickName",
            "profileUrl", "position", "department", "userType", "preferredLanguage",
            "locale", "timezone", "employeeNumber", "costCenter", "organization",
            "division", "role", "disabled", "mobileRegionCode", "mobileNumber",
            "userProfileImage", "teamName", "teamRole", "manager",
        ];
    }
}
