//! Filters that leave an extension's URI out, as in `manager eq "7"`, which
//! Entra ID sends.

use crate::{
    domain::filter::{Filter, Path},
    scim::{
        error::Fault,
        path::Place,
        repair::{Repair, Repairs},
        schema::{ENTERPRISE, ResourceType},
    },
};

/// The same filter, with the URI of the enterprise extension where a name is one
/// of its attributes and none of the resource's own, for whom that is mended.
pub(super) fn completed(kind: &ResourceType, filter: Filter, repairs: &mut Repairs) -> Filter {
    let mut all = |filters: Vec<Filter>| {
        filters.into_iter().map(|one| completed(kind, one, repairs)).collect()
    };
    match filter {
        Filter::And(filters) => Filter::And(all(filters)),
        Filter::Or(filters) => Filter::Or(all(filters)),
        Filter::Not(filter) => Filter::Not(Box::new(completed(kind, *filter, repairs))),
        Filter::Present(path) => Filter::Present(named(kind, path, repairs)),
        Filter::Compare { path, operator, value } => {
            Filter::Compare { path: named(kind, path, repairs), operator, value }
        }
        Filter::Within { path, filter } => {
            Filter::Within { path: named(kind, path, repairs), filter }
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::api_key::Dialect, scim::schema::USERS};

    #[test]
    fn a_name_of_the_enterprise_extension_is_completed_for_whom_that_is_mended() {
        let uri = ENTERPRISE.id;
        for (written, meant, mended) in [
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
            (r#"emails[type eq "work"]"#, r#"emails[type eq "work"]"#.to_owned(), 0),
        ] {
            let filter: Filter = written.parse().unwrap();
            let mut repairs = Repairs::of(Dialect::Entra);
            let completed_for_entra = completed(&USERS, filter.clone(), &mut repairs);
            assert_eq!(completed_for_entra, meant.parse().unwrap(), "{written}");
            assert_eq!(repairs.made().len(), mended, "{written}");
            let mut none = Repairs::of(Dialect::Strict);
            assert_eq!(completed(&USERS, filter.clone(), &mut none), filter, "{written}");
        }
    }
}
