//! Definitions of lists: filter and sort attributes, and indexes.
//!
//! Each table says of an attribute its name on the wire, what its values are,
//! and how it is found:
//! - `| "name"`: a name that it had before, and that is still understood,
//! - `unique`: no two in an account have the same value,
//! - `indexed`: a list may walk the rows that have a value, or those between
//!   two, without looking at the others,
//! - `keyed`: the same for the rows that have a value, but not for a range,
//! - `sortable`: a list may be sorted by it.
//!
//! `by` names the order, if it is not that of the ids; `created` the moment with
//! which an id begins. `with` names what a filter can have as well
//! (`Attribute::RESOLVED_NAMES`). `fields` adds the attributes of a user whose
//! definitions have such rules ([`ProfileField`]), and `values` the parts of the values of
//! their multi-valued attributes.
//!
//! Things are made at the moment that their identifier begins with. So a list
//! by `createdAt` is a list by `id`: those of one millisecond are in no
//! order that means anything, and it takes no index of its own.

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
mod value_parts;

pub(crate) use self::{
    access_path::Key,
    index_scan::{IndexScan, ScanBound, equal, span_of_prefix},
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
    multi_valued::{MultiValuedField, ValuePart},
    profile_field::ProfileField,
};

/// Makes the attributes of a resource out of its table.
macro_rules! attributes {
    (
        $(#[$doc:meta])*
        $name:ident of $resource:literal
        $(by $base:ident, $order:ident)?
        $(created $created:ident)?
        $(with [$($replaced:literal),*])?
        $(fields $variant:ident values $values:ident)?
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
                /// A part of the values of a multi-valued attribute of a user. There may
                /// be several: one of them meets a condition.
                $values(
                    $crate::domain::multi_valued::MultiValuedField,
                    $crate::domain::multi_valued::ValuePart,
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
                        Self::$values(field, part) => {
                            $crate::domain::lists::value_parts::name(field, part)
                        }
                    )?
                }
            }

            $(
                fn value_part(
                    self,
                ) -> Option<(
                    $crate::domain::multi_valued::MultiValuedField,
                    $crate::domain::multi_valued::ValuePart,
                )> {
                    match self {
                        Self::$values(field, part) => Some((field, part)),
                        _ => None,
                    }
                }
            )?

            fn alias(self) -> Option<&'static str> {
                match self {
                    $(Self::$attribute => None$(.or(Some($alias)))?,)*
                    $(Self::$variant(_) | Self::$values(..) => None,)?
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
                fn of_values(
                    field: $crate::domain::multi_valued::MultiValuedField,
                ) -> Option<Self> {
                    Some(Self::$values(field, $crate::domain::multi_valued::ValuePart::Value))
                }
            )?

            fn rules(self) -> $crate::domain::list_rules::ListRules {
                match self {
                    $(Self::$attribute => {
                        $crate::domain::list_rules::ListRules::new($kind)$(.$flag())*
                    })*
                    $(
                        Self::$variant(field) => field.list_rules(),
                        Self::$values(field, part) => {
                            $crate::domain::lists::value_parts::rules(field, part)
                        }
                    )?
                }
            }
        }
    };
}
use attributes;

/// The attributes of users whose definitions have rules for lists, behind the `id`, and
/// the parts of their values at the end.
fn with_fields<A>(
    mut own: Vec<A>,
    variant: fn(ProfileField) -> A,
    values: fn(MultiValuedField, ValuePart) -> A,
) -> Vec<A> {
    own.splice(1..1, ProfileField::listable().map(variant));
    for field in MultiValuedField::ALL {
        own.extend(field.parts().iter().map(|part| values(field, *part)));
    }
    own
}
