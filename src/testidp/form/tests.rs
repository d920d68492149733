use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
}

#[test]
fn unticked_attribute_is_not_sent() {
    let sent = [("nameId", "a@b.example"), ("value.role", "USER"), ("value.teamName", "x")];
    let filled =
        FilledForm::parse(pairs(&[&sent[..], &[("send.teamName", "1")]].concat())).unwrap();
    assert_eq!(filled.attributes(), [("teamName".to_owned(), vec!["x".to_owned()])]);
}

#[test]
fn ticked_empty_attribute_is_sent_empty() {
    let filled =
        FilledForm::parse(pairs(&[("nameId", "a"), ("send.role", "1"), ("send.teamName", "1")]));
    let empty = |name: &str| (name.to_owned(), vec![String::new()]);
    assert_eq!(filled.unwrap().attributes(), [empty("role"), empty("teamName")]);
}

#[test]
fn each_line_is_a_value() {
    let filled = FilledForm::parse(pairs(&[
        ("nameId", "a"),
        ("value.teamName", "A \r\n\r\nB\r\n"),
        ("send.teamName", "1"),
    ]));
    let lines = ["A ", "", "B"].map(str::to_owned).to_vec();
    assert_eq!(filled.unwrap().attributes(), [("teamName".to_owned(), lines)]);
}

#[test]
fn values_of_lists_can_be_sent() {
    let lines = [("value.phoneNumbers.work", "1\n2"), ("send.phoneNumbers.work", "1")];
    let filled = FilledForm::parse(pairs(&[&[("nameId", "a")][..], &lines].concat())).unwrap();
    let values = ["1", "2"].map(str::to_owned).to_vec();
    assert_eq!(filled.attributes(), [("phoneNumbers.work".to_owned(), values)]);
    assert_eq!(mapped_fields().count(), MAPPED.len());
}

#[test]
fn an_unknown_field_or_choice_is_an_error() {
    for pair in [
        ("value.shoeSize", "1"),
        ("send.shoeSize", "1"),
        ("other", "1"),
        ("sign", "nothing"),
        ("nameIdFormat", "urn:mine"),
    ] {
        let result = FilledForm::parse(pairs(&[("nameId", "a"), pair]));
        assert!(matches!(result, Err(UnknownField(_))), "{pair:?}");
    }
}

#[test]
fn form_without_a_name_id_is_rejected() {
    let problem =
        |name_id| FilledForm::parse(pairs(&[("nameId", name_id)])).unwrap().find_problem();
    assert_eq!(problem(" "), Some("Fill in the NameID."));
    assert_eq!(problem("a"), None);
}

#[test]
fn only_the_guard_example_has_no_account_role() {
    for example in EXAMPLES {
        assert_eq!(
            example.to_filled_form().sent.contains(&ProfileField::Role.into()),
            example.key != "guard"
        );
        assert_eq!(Example::find(Some(example.key)).key, example.key);
        assert_eq!(example.to_filled_form().sent.len(), example.attributes.len(), "{example:?}");
    }
    assert_eq!(Example::find(Some("other")).key, "first");
}
