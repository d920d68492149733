//! Every PATCH is applied or rejected, in every dialect, and never removes a
//! required attribute of a user.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use usher::{
    domain::api_key::Dialect,
    scim::{
        compatibility::CompatibilityFixes,
        group,
        patch::{self, PatchedUser},
        schema::{PATCH_OP, USERS},
    },
};

fuzz_target!(|text: &str| {
    let Ok(operations) = serde_json::from_str::<Value>(text) else { return };
    let body = json!({ "schemas": [PATCH_OP], "Operations": operations });
    for dialect in [Dialect::Strict, Dialect::Entra, Dialect::Okta] {
        let mut fixes = CompatibilityFixes::new(dialect);
        let Ok(operations) = patch::parse(&body, &mut fixes) else { continue };
        let user = json!({
            "userName": "ada", "name": { "givenName": "Ada" },
            "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }],
        });
        let object = user.as_object().cloned().unwrap_or_default();
        let mut user = PatchedUser { object, kind: &USERS };
        let done = operations.iter().try_for_each(|one| patch::apply(&mut user, one, &mut fixes));
        if done.is_ok() {
            let user = user.object;
            assert!(user.get("userName").is_some_and(Value::is_string), "{user:?}");
            assert!(user.get("emails").is_some_and(Value::is_array), "{user:?}");
        }
        let _ = group::read_patch(&body, &mut fixes);
    }
});
