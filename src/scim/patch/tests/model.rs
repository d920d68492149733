//! Changes against a model: a user is a map from paths to texts, an operation
//! sets or takes away what begins with its path.

use std::collections::BTreeMap;

use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::{PatchedUser, ada, apply, parse};
use crate::{
    domain::api_key::Dialect,
    scim::{
        compatibility::CompatibilityFixes,
        schema::{ENTERPRISE, PATCH_OP, USERS},
    },
};

/// What has one value and may be without it: as a path, and where it stands.
fn model_places() -> Vec<(String, Vec<&'static str>)> {
    let department = format!("{}:department", ENTERPRISE.id);
    vec![
        ("title".to_owned(), vec!["title"]),
        ("displayName".to_owned(), vec!["displayName"]),
        ("name.givenName".to_owned(), vec!["name", "givenName"]),
        ("name.familyName".to_owned(), vec!["name", "familyName"]),
        (department, vec![ENTERPRISE.id, "department"]),
    ]
}

type Model = BTreeMap<Vec<&'static str>, String>;

#[derive(Debug, Clone)]
struct Change {
    op: &'static str,
    /// `None`: the whole name.
    place: Option<usize>,
    text: String,
    /// Whether the attribute is in the value, and the operation has no path.
    pathless: bool,
}

fn change() -> impl Strategy<Value = Change> {
    let ops = select(vec!["add", "replace", "remove"]);
    let place = prop_oneof![9 => (0..model_places().len()).prop_map(Some), 1 => Just(None)];
    (ops, place, "[a-zß]{1,8}", any::<bool>()).prop_map(|(op, place, text, pathless)| Change {
        op,
        place,
        text,
        pathless: pathless && op != "remove",
    })
}

impl Change {
    fn to_operation(&self) -> Value {
        let (path, value) = match self.place {
            None => ("name".to_owned(), json!({ "givenName": self.text })),
            Some(place) => (model_places()[place].0.clone(), json!(self.text)),
        };
        match (self.op, self.pathless) {
            ("remove", _) => json!({ "op": "remove", "path": path }),
            (op, true) => json!({ "op": op, "value": { path: value } }),
            (op, false) => json!({ "op": op, "path": path, "value": value }),
        }
    }

    fn model(&self, model: &mut Model) {
        let place = match self.place {
            Some(place) => model_places()[place].1.clone(),
            None => vec!["name"],
        };
        if self.op == "remove" {
            model.retain(|stored, _| !stored.starts_with(&place));
        } else {
            // Parts that are not given stay as they are (RFC 7644, 3.5.2.3).
            let place = if self.place.is_none() { vec!["name", "givenName"] } else { place };
            model.insert(place, self.text.clone());
        }
    }
}

/// The texts of a user at the places of the model.
fn read_model(user: &Value) -> Model {
    let texts = model_places().into_iter().filter_map(|(_, place)| {
        let stored = place.iter().try_fold(user, |stored, name| stored.get(*name))?;
        Some((place, stored.as_str()?.to_owned()))
    });
    texts.collect()
}

proptest! {
    #[test]
    fn patched_user_equals_the_model(changes in prop::collection::vec(change(), 1..20)) {
        let object = ada().as_object().cloned().unwrap_or_default();
        let mut user = PatchedUser { object, kind: &USERS };
        let mut model = read_model(&ada());
        for change in changes {
            let body = json!({ "schemas": [PATCH_OP], "Operations": [change.to_operation()] });
            let mut fixes = CompatibilityFixes::new(Dialect::Strict);
            for operation in parse(&body, &mut fixes).unwrap() {
                apply(&mut user, &operation, &mut fixes).unwrap();
            }
            change.model(&mut model);
            let view = Value::Object(user.object.clone());
            prop_assert_eq!(read_model(&view), model.clone(), "{:?}", change);
            // Nothing else is touched, and nothing empty is left.
            prop_assert_eq!(&view["userName"], "ada");
            prop_assert_eq!(&view["emails"], &ada()["emails"]);
            prop_assert_ne!(view.get("name"), Some(&json!({})));
        }
    }

    #[test]
    fn repeated_patch_changes_nothing_more(change in change()) {
        let operation = change.to_operation();
        let once = super::apply_operations(Dialect::Strict, json!([operation]));
        let twice = super::apply_operations(Dialect::Strict, json!([operation, operation]));
        prop_assert_eq!(once, twice);
    }
}
