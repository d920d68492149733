//! The value that is stored of an attribute with several values.

use serde_json::Value;

use crate::domain::email::Email;

/// Finds the value to store: the primary one, else the first of type `work`, else the
/// first. A value of `emails` that is no address is skipped if another one is.
pub(super) fn find_main<'a>(attribute: &str, values: &'a [Value]) -> Option<&'a str> {
    let is_usable = |value: &&Value| {
        attribute != "emails" || text(value).is_some_and(|text| text.parse::<Email>().is_ok())
    };
    let find = |is_preferred: &dyn Fn(&Value) -> bool| {
        values.iter().find(|value| is_preferred(value) && is_usable(value))
    };
    let main = find(&|value| value.get("primary") == Some(&Value::Bool(true)))
        .or_else(|| find(&|value| value.get("type") == Some(&"work".into())))
        .or_else(|| find(&|_| true))
        .or_else(|| values.first());
    main.and_then(text)
}

fn text(value: &Value) -> Option<&str> {
    value.get("value")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn main_value_of_several_is_selected() {
        let home = json!({"value": "home@example.com", "type": "home"});
        let work = json!({"value": "work@example.com", "type": "work"});
        let primary = json!({"value": "first@example.com", "primary": true});
        let bad = json!({"value": "bad", "type": "work", "primary": true});
        for (values, main) in [
            (vec![&home, &work, &primary], Some("first@example.com")),
            (vec![&home, &work], Some("work@example.com")),
            (vec![&home], Some("home@example.com")),
            (vec![&bad, &home], Some("home@example.com")),
            (vec![&bad], Some("bad")),
            (vec![], None),
        ] {
            let values: Vec<_> = values.into_iter().cloned().collect();
            assert_eq!(find_main("emails", &values), main, "{values:?}");
        }
        assert_eq!(find_main("photos", &[home, bad]), Some("bad"));
    }
}
