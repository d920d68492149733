//! Who can change an attribute of a user.

use super::{
    attribute_name::AttributeName, custom_attribute::Mutability, multi_valued::MultiValuedField,
    profile_field::ProfileField, update_policy::has_policy,
};

/// Who can change an attribute of a user, apart from its lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttributeAccess {
    /// Whether administrators can change it.
    pub by_administrators: bool,
    /// Whether SCIM clients can change it.
    pub by_scim: bool,
    /// Whether a login can set it.
    pub by_logins: bool,
}

impl AttributeAccess {
    /// The access to a custom attribute that has a value.
    #[must_use]
    pub const fn with_mutability(mutability: Mutability) -> Self {
        let everybody = matches!(mutability, Mutability::ReadWrite);
        let by_administrators = everybody || matches!(mutability, Mutability::ReadOnly);
        Self { by_administrators, by_scim: everybody, by_logins: everybody }
    }

    /// The access to a built-in attribute.
    #[must_use]
    pub fn new(attribute: AttributeName) -> Self {
        let is_list = MultiValuedField::ALL.into_iter().any(|list| attribute == list.into());
        let has = |property: fn(ProfileField) -> bool| {
            let mut fields = ProfileField::ALL.into_iter();
            fields.any(|field| attribute == field.into() && property(field))
        };
        // In SCIM, the membership is a member of a group, and `disabled` is `active`.
        let is_scim = |field: ProfileField| {
            let is_other = matches!(field, ProfileField::TeamName | ProfileField::Disabled);
            is_other || field.definition().scim.is_some()
        };
        Self {
            by_administrators: is_list || has(|field| field.definition().is_importable),
            by_scim: is_list || has(is_scim),
            by_logins: has_policy(attribute),
        }
    }
}

/// Says in a sentence who can change an attribute. `login_connections`: the names of the
/// connections whose later logins change it.
#[must_use]
pub fn describe_access(
    access: AttributeAccess,
    is_locked: bool,
    login_connections: &[&str],
) -> String {
    let AttributeAccess { by_administrators, by_scim, by_logins } = access;
    if is_locked {
        let unlock = "Logins and SCIM clients do not change it, because it is locked.";
        return match by_administrators {
            true => format!("An administrator can change or unlock it. {unlock}"),
            false => format!("An administrator can unlock it. {unlock}"),
        };
    }
    let who = match (by_administrators, by_scim) {
        (true, true) => "An administrator or a SCIM client can change it.",
        (true, false) => "An administrator can change it.",
        (false, true) => "A SCIM client can change it.",
        (false, false) => "No caller can change it.",
    };
    let logins = match login_connections {
        [] if by_logins => "A login sets it only for the user that it creates.".to_owned(),
        [] => "Logins do not change it.".to_owned(),
        names => format!("Logins through {} can change it.", names.join(", ")),
    };
    format!("{who} {logins}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_follows_from_the_definition() {
        for (name, by_administrators, by_scim, by_logins) in [
            ("email", true, true, true),
            ("userName", false, true, true),
            ("displayName", false, true, true),
            ("manager", false, true, true),
            ("externalId", true, false, true),
            ("firstName", true, true, true),
            ("department", true, true, true),
            ("role", true, true, true),
            ("disabled", true, true, false),
            ("mobile", true, true, true),
            ("userProfileImage", true, true, true),
            ("teams", true, true, true),
            ("phoneNumbers", true, true, true),
            ("photos", true, true, false),
        ] {
            let access = AttributeAccess::new(name.parse().unwrap());
            let expected = AttributeAccess { by_administrators, by_scim, by_logins };
            assert_eq!(access, expected, "{name}");
        }
    }

    #[test]
    fn access_to_a_custom_attribute_follows_from_its_mutability() {
        for (mutability, by_administrators, by_others) in [
            (Mutability::ReadWrite, true, true),
            (Mutability::ReadOnly, true, false),
            (Mutability::Immutable, false, false),
        ] {
            let (by_scim, by_logins) = (by_others, by_others);
            let expected = AttributeAccess { by_administrators, by_scim, by_logins };
            assert_eq!(AttributeAccess::with_mutability(mutability), expected, "{mutability}");
        }
        let access = AttributeAccess::with_mutability(Mutability::Immutable);
        let sentence = describe_access(access, false, &[]);
        assert_eq!(sentence, "No caller can change it. Logins do not change it.");
    }

    #[test]
    fn sentence_names_who_can_change_the_attribute() {
        for (name, is_locked, connections, expected) in [
            (
                "department",
                false,
                &[][..],
                "An administrator or a SCIM client can change it. A login sets it only for the user \
                 that it creates.",
            ),
            (
                "department",
                false,
                &["Okta", "Staff"],
                "An administrator or a SCIM client can change it. Logins through Okta, Staff can \
                 change it.",
            ),
            (
                "department",
                true,
                &["Okta"],
                "An administrator can change or unlock it. Logins and SCIM clients do not change \
                 it, because it is locked.",
            ),
            (
                "photos",
                false,
                &[],
                "An administrator or a SCIM client can change it. Logins do not change it.",
            ),
            (
                "userName",
                false,
                &[],
                "A SCIM client can change it. A login sets it only for the user that it creates.",
            ),
            (
                "userName",
                true,
                &[],
                "An administrator can unlock it. Logins and SCIM clients do not change it, because \
                 it is locked.",
            ),
        ] {
            let access = AttributeAccess::new(name.parse().unwrap());
            let sentence = describe_access(access, is_locked, connections);
            assert_eq!(sentence, expected, "{name}");
        }
    }
}
