//! Filters as Entra ID writes them: without an extension's URI, as in
//! `manager eq "7"`, and with truth as a text, as in `active eq "True"`.

use crate::{
    domain::filter::{Filter, Path, Value},
    scim::{
        error::Fault,
        path::Place,
        repair::{Repair, Repairs},
        schema::{Attribute, ENTERPRISE, Kind, ResourceType},
    },
};

/// The same filter, with the URI of the enterprise extension where a name is one
/// of its attributes and none of the resource's own, and with true and false where
/// nothing else is compared, for whom that is mended.
pub(super) fn mended(kind: &ResourceType, filter: Filter, repairs: &mut Repairs) -> Filter {
    let mut all =
        |filters: Vec<Filter>| filters.into_iter().map(|one| mended(kind, one, repairs)).collect();
    match filter {
        Filter::And(filters) => Filter::And(all(filters)),
        Filter::Or(filters) => Filter::Or(all(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(mended(kind, *filter, repairs))),
        Filter::Present(path) => Filter::Present(named(kind, path, repairs)),
        Filter::Compare { path, operator, value } => {
            let path = named(kind, path, repairs);
            Filter::Compare { value: truth(kind, &path, value, repairs), path, operator }
        }
        Filter::Within { path, filter } => {
            let path = named(kind, path, repairs);
            let filter = match Place::of(kind, &path, Fault::InvalidFilter) {
                Ok(place) => Box::new(within(place.attribute, &filter, repairs)),
                Err(_) => filter,
            };
            Filter::Within { path, filter }
        }
    }
}

/// A filter that stands in the brackets of an attribute, with true and false where
/// nothing else is compared.
pub(in crate::scim) fn within(
    attribute: &'static Attribute,
    filter: &Filter,
    repairs: &mut Repairs,
) -> Filter {
    let mut all = |filters: &[Filter]| {
        filters.iter().map(|one| within(attribute, one, repairs)).collect::<Vec<_>>()
    };
    match filter {
        Filter::And(filters) => Filter::And(all(filters)),
        Filter::Or(filters) => Filter::Or(all(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(within(attribute, filter, repairs))),
        Filter::Compare { path, operator, value } => {
            let part = attribute.part(&path.name).filter(|_| path.sub.is_none());
            let value = meant(part, &path.name, value.clone(), repairs);
            Filter::Compare { path: path.clone(), operator: *operator, value }
        }
        Filter::Present(_) | Filter::Within { .. } => filter.clone(),
    }
}

fn named(kind: &ResourceType, path: Path, repairs: &mut Repairs) -> Path {
    let is = |path: &Path| Place::of(kind, path, Fault::InvalidFilter).is_ok();
    if path.schema.is_some() || is(&path) {
        return path;
    }
    // An attribute of ours is never guessed: it may be the role.
    let meant = Path { schema: Some(ENTERPRISE.id.to_owned()), ..path.clone() };
    match is(&meant) && repairs.allow(Repair::MissingUri, &path.name) {
        true => meant,
        false => path,
    }
}

fn truth(kind: &ResourceType, path: &Path, value: Value, repairs: &mut Repairs) -> Value {
    let place = Place::of(kind, path, Fault::InvalidFilter).ok();
    let compared = place.map(|place| place.part.unwrap_or(place.attribute));
    meant(compared, &path.name, value, repairs)
}

/// True or false, where an attribute that is nothing else is compared with the text.
fn meant(attribute: Option<&Attribute>, name: &str, value: Value, repairs: &mut Repairs) -> Value {
    let is_boolean = attribute.is_some_and(|attribute| attribute.kind == Kind::Boolean);
    let meant = match &value {
        Value::Text(text) if text.eq_ignore_ascii_case("true") => true,
        Value::Text(text) if text.eq_ignore_ascii_case("false") => false,
        _ => return value,
    };
    match is_boolean && repairs.allow(Repair::BooleanAsText, name) {
        true => Value::Bool(meant),
        false => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::api_key::Dialect, scim::schema::USERS};

    #[test]
    fn a_name_of_the_enterprise_extension_is_completed_for_whom_that_is_mended() {
        let uri = ENTERPRISE.id;
        for (written, meant, repaired) in [
            (
                r#"id eq "7" and manager eq "8""#,
                format!(r#"id eq "7" and {uri}:manager eq "8""#),
                1,
            ),
            (
                r#"not (manager.value pr or department sw "E")"#,
                format!(r#"not ({uri}:manager.value pr or {uri}:department sw "E")"#),
                2,
            ),
            (r#"title eq "Countess""#, r#"title eq "Countess""#.to_owned(), 0),
            (r#"role eq "ADMIN""#, r#"role eq "ADMIN""#.to_owned(), 0),
            (r#"active eq "True""#, "active eq true".to_owned(), 1),
            (r#"title eq "True""#, r#"title eq "True""#.to_owned(), 0),
            (r#"emails[type eq "work"]"#, r#"emails[type eq "work"]"#.to_owned(), 0),
            (
                r#"emails[type eq "work" and primary eq "True"]"#,
                r#"emails[type eq "work" and primary eq true]"#.to_owned(),
                1,
            ),
            (r#"emails[type eq "True"]"#, r#"emails[type eq "True"]"#.to_owned(), 0),
        ] {
            let filter: Filter = written.parse().unwrap();
            let mut repairs = Repairs::of(Dialect::Entra);
            let for_entra = mended(&USERS, filter.clone(), &mut repairs);
            assert_eq!(for_entra, meant.parse().unwrap(), "{written}");
            assert_eq!(repairs.made().len(), repaired, "{written}");
            let mut none = Repairs::of(Dialect::Strict);
            assert_eq!(mended(&USERS, filter.clone(), &mut none), filter, "{written}");
        }
    }
}
