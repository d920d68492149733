//! Definitions of lists: filter and sort attributes, and indexes.
//!
//! Each table has a row for each attribute: its name on the wire, the type of its values,
//! and how lists find rows by it:
//! - `| "name"`: an earlier name, which is still accepted,
//! - `unique`: no two resources of an account have the same value,
//! - `indexed`: an index can be searched for a value or a range of values,
//! - `value_indexed`: an index can be searched for a value, but not for a range,
//! - `sortable`: a list can be sorted by it.
//!
//! The head of a table may have:
//! - `by`: the default order, if it is not by ID,
//! - `created`: the attribute of the time at the start of an ID,
//! - `with`: further names in filters (`Attribute::RESOLVED_NAMES`),
//! - `fields`: the attributes of users whose definitions have list rules
//!   ([`ProfileField`]),
//! - `values`: the sub-attributes of the values of their multi-valued attributes,
//! - `custom`: the custom attributes, which are compared by their keys.
//!
//! An ID begins with the time of its creation. So a list by `createdAt` is a list by `id`,
//! and needs no index of its own. The order within a millisecond has no meaning.

mod access_path;
mod attempts_audit;
mod attribute;
mod connections_keys;
mod imports;
mod index_scan;
mod listing;
mod members;
mod teams;
#[cfg(test)]
mod tests;
mod users;
mod value_sub_attributes;

pub(crate) use self::{
    access_path::Key,
    index_scan::{IndexScan, ScanBound, equal, prefix_range},
};
pub use self::{
    attempts_audit::{AttemptAttribute, AuditAttribute},
    attribute::ListAttribute,
    connections_keys::{ConnectionAttribute, KeyAttribute, ScimClientAttribute},
    imports::ImportAttribute,
    listing::{
        COUNT_RANGE, DEFAULT_COUNT, Listing, MAX_COUNT, Page, PagePosition, SortKey, SortOrder,
    },
    members::{Member, MemberAttribute},
    teams::TeamAttribute,
    users::{DeletedUserAttribute, UserAttribute},
};

use crate::domain::{
    multi_valued::{MultiValuedField, SubAttribute},
    profile_field::ProfileField,
};

/// Defines the attributes of a resource from its table.
macro_rules! attributes {
    (
        $(#[$doc:meta])*
        $name:ident of $resource:literal
        $(by $base:ident, $order:ident)?
        $(created $created:ident)?
        $(with [$($replaced:literal),*])?
        $(fields $variant:ident values $values:ident custom $custom:ident)?
        {
            $($(#[$about:meta])* $attribute:ident($wire:literal $(| $alias:literal)?, $kind:expr $(, $flag:ident)*),)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about])* $attribute,)*
            $(
                /// An attribute of a user whose definition has rules for lists.
                $variant($crate::domain::profile_field::ProfileField),
                /// A sub-attribute of the values of a multi-valued attribute. A condition is true if
                /// it is true of one of the values.
                $values(
                    $crate::domain::multi_valued::MultiValuedField,
                    $crate::domain::multi_valued::SubAttribute,
                ),
                /// A custom attribute, or a sub-attribute of it. It is not one of the attributes that
                /// are listed: `filter::resolve_with_custom` finds it.
                $custom(
                    $crate::domain::custom_attribute::CustomAttributeName,
                    $crate::domain::filter::CustomSubAttribute,
                ),
            )?
        }

        impl $crate::domain::filter::Attribute for $name {
            const RESOURCE: &'static str = $resource;
            $(const RESOLVED_NAMES: &'static [&'static str] = &[$($replaced),*];)?

            fn attributes() -> Vec<Self> {
                let all = vec![$(Self::$attribute),*];
                $(let all = $crate::domain::lists::with_fields(
                    all, Self::$variant, Self::$values,
                );)?
                all
            }

            fn name(self) -> &'static str {
                match self {
                    $(Self::$attribute => $wire,)*
                    $(
                        Self::$variant(field) => field.as_str(),
                        Self::$values(field, sub_attribute) => {
                            $crate::domain::lists::value_sub_attributes::name(field, sub_attribute)
                        }
                        Self::$custom(..) => $crate::domain::custom_attribute::CUSTOM_FIELD,
                    )?
                }
            }

            $(
                fn value_sub_attribute(
                    self,
                ) -> Option<(
                    $crate::domain::multi_valued::MultiValuedField,
                    $crate::domain::multi_valued::SubAttribute,
                )> {
                    match self {
                        Self::$values(field, sub_attribute) => Some((field, sub_attribute)),
                        _ => None,
                    }
                }
            )?

            fn alias(self) -> Option<&'static str> {
                match self {
                    $(Self::$attribute => None$(.or(Some($alias)))?,)*
                    $(Self::$variant(_) | Self::$values(..) | Self::$custom(..) => None,)?
                }
            }

            fn value_type(self) -> $crate::domain::filter::ValueType {
                $crate::domain::lists::ListAttribute::rules(self).value_type
            }
        }

        impl $crate::domain::lists::ListAttribute for $name {
            $(
                const DEFAULT_SORT: Option<Self> = Some(Self::$base);
                const DEFAULT_ORDER: $crate::domain::lists::SortOrder =
                    $crate::domain::lists::SortOrder::$order;
            )?
            $(const CREATED: Option<Self> = Some(Self::$created);)?

            $(
                const SUPPORTS_UNIONS: bool = true;

                fn value_attribute(
                    field: $crate::domain::multi_valued::MultiValuedField,
                ) -> Option<Self> {
                    Some(Self::$values(field, $crate::domain::multi_valued::SubAttribute::Value))
                }

                fn custom_attribute(
                    name: $crate::domain::custom_attribute::CustomAttributeName,
                    sub_attribute: $crate::domain::filter::CustomSubAttribute,
                ) -> Option<Self> {
                    Some(Self::$custom(name, sub_attribute))
                }

                fn custom(
                    self,
                ) -> Option<(
                    $crate::domain::custom_attribute::CustomAttributeName,
                    $crate::domain::filter::CustomSubAttribute,
                )> {
                    match self {
                        Self::$custom(name, sub_attribute) => Some((name, sub_attribute)),
                        _ => None,
                    }
                }
            )?

            fn rules(self) -> $crate::domain::list_rules::ListRules {
                match self {
                    $(Self::$attribute => {
                        $crate::domain::list_rules::ListRules::new($kind)$(.$flag())*
                    })*
                    $(
                        Self::$variant(field) => field.list_rules(),
                        Self::$values(field, sub_attribute) => {
                            $crate::domain::lists::value_sub_attributes::rules(field, sub_attribute)
                        }
                        Self::$custom(..) => $crate::domain::list_rules::ListRules::new(
                            $crate::domain::filter::ValueType::Exact,
                        )
                        .value_indexed(),
                    )?
                }
            }
        }
    };
}
use attributes;

/// Inserts the attributes of users whose definitions have list rules after the `id`, and
/// appends the sub-attributes of the values of multi-valued attributes.
fn with_fields<A>(
    mut own: Vec<A>,
    variant: fn(ProfileField) -> A,
    values: fn(MultiValuedField, SubAttribute) -> A,
) -> Vec<A> {
    own.splice(1..1, ProfileField::listable().map(variant));
    for field in MultiValuedField::ALL {
        own.extend(
            field.sub_attributes().iter().map(|sub_attribute| values(field, *sub_attribute)),
        );
    }
    own
}
