//! What each filter means over the attributes of a resource.

use uuid::Uuid;

use super::*;

fn text(attribute: Sample, test: TextOperator, text: &str) -> Condition<Sample> {
    Condition::Text(attribute, test, text.to_owned())
}

#[test]
fn texts_are_case_folded_unless_the_attribute_is_case_exact() {
    use Sample::{Email, ExternalId, LastName};
    for (filter, condition) in [
        (r#"email eq " Ada@Example.COM ""#, text(Email, TextOperator::Eq, "ada@example.com")),
        (r#"EMAIL co "ÅNG ""#, text(Email, TextOperator::Co, "ång ")),
        (r#"Name.FamilyName sw "De ""#, text(LastName, TextOperator::Sw, "de ")),
        (r#"name.familyName ew " É""#, text(LastName, TextOperator::Ew, " é")),
        (r#"email gt "M""#, text(Email, TextOperator::Gt, "m")),
        (r#"email ge "M""#, text(Email, TextOperator::Ge, "m")),
        (r#"email ne "A""#, not(text(Email, TextOperator::Eq, "a"))),
        ("email eq \"mi\u{212a}e\"", Condition::Never),
        ("name.familyName eq \"mi\u{212a}e\"", text(LastName, TextOperator::Eq, "mike")),
        (r#"externalId eq " aB ""#, text(ExternalId, TextOperator::Eq, " aB ")),
        (r#"externalId sw "Ｘ""#, text(ExternalId, TextOperator::Sw, "Ｘ")),
    ] {
        assert_eq!(resolved(filter), condition, "{filter}");
    }
}

#[test]
fn empty_operand_matches_every_present_text() {
    for operator in ["co", "sw", "ew", "ge"] {
        let present = Condition::Present(Sample::Position);
        assert_eq!(resolved(&format!("position {operator} \"\"")), present, "{operator}");
    }
}

#[test]
fn absent_text_matches_no_comparison() {
    use Sample::LastName;
    assert_eq!(resolved(r#"name.familyName eq """#), Condition::Never);
    assert_eq!(resolved(r#"name.familyName ne """#), not(Condition::Never));
    for (filter, test) in [
        (r#"name.familyName lt "M""#, TextOperator::Lt),
        (r#"name.familyName le "M""#, TextOperator::Le),
    ] {
        let both = vec![Condition::Present(LastName), text(LastName, test, "m")];
        assert_eq!(resolved(filter), Condition::All(both), "{filter}");
    }
}

#[test]
fn null_is_the_absence_of_a_value() {
    for attribute in Sample::attributes() {
        let name = attribute.name();
        let present = Condition::Present(attribute);
        assert_eq!(resolved(&format!("{name} pr")), present);
        assert_eq!(resolved(&format!("{name} eq null")), not(present.clone()));
        assert_eq!(resolved(&format!("{name} ne null")), not(not(present)));
    }
}

#[test]
fn ids_texts_and_booleans_are_distinguished_by_type() {
    let id = Uuid::from_u128(0x019a_0000_0000_7000_8000_0000_0000_0001);
    for (filter, condition) in [
        (format!("id eq \"{id}\""), Condition::Id(Sample::Id, id)),
        (format!("ID EQ \"{}\"", id.to_string().to_uppercase()), Condition::Id(Sample::Id, id)),
        (format!("connection.id ne \"{id}\""), not(Condition::Id(Sample::Connection, id))),
        ("id eq \"not-a-uuid\"".to_owned(), Condition::Never),
        ("id ne \"not-a-uuid\"".to_owned(), not(Condition::Never)),
        ("status eq \"staged\"".to_owned(), Condition::Name(Sample::Status, "STAGED")),
        ("status ne \"ACTIVE\"".to_owned(), not(Condition::Name(Sample::Status, "ACTIVE"))),
        ("active eq true".to_owned(), Condition::Bool(Sample::Active, true)),
        ("active ne false".to_owned(), not(Condition::Bool(Sample::Active, false))),
    ] {
        assert_eq!(resolved(&filter), condition, "{filter}");
    }
}

#[test]
fn times_are_compared_in_microseconds() {
    let micro = "2026-11-23T07:00:00.000001Z";
    let second = "2026-11-23T07:00:00Z";
    for (operator, input, test, stored) in [
        ("eq", "2026-11-23T08:00:00+01:00", MomentOperator::Eq, second),
        ("gt", "2026-11-23T07:00:00Z", MomentOperator::Gt, second),
        ("ge", "2026-11-23t07:00:00.000z", MomentOperator::Ge, second),
        ("lt", "2026-11-23T07:00:00.000001Z", MomentOperator::Lt, micro),
        ("le", "2026-11-23T07:00:00.000001000Z", MomentOperator::Le, micro),
        // Between two of them.
        ("gt", "2026-11-23T07:00:00.0000019Z", MomentOperator::Gt, micro),
        ("ge", "2026-11-23T07:00:00.000001001Z", MomentOperator::Gt, micro),
        ("lt", "2026-11-23T07:00:00.0000015Z", MomentOperator::Le, micro),
        ("le", "2026-11-23T07:00:00.0000015Z", MomentOperator::Le, micro),
    ] {
        let filter = format!("createdAt {operator} \"{input}\"");
        let condition = Condition::Moment(Sample::CreatedAt, test, moment(stored));
        assert_eq!(resolved(&filter), condition, "{filter}");
    }
    let between = "\"2026-11-23T07:00:00.0000015Z\"";
    assert_eq!(resolved(&format!("createdAt eq {between}")), Condition::Never);
    assert_eq!(resolved(&format!("createdAt ne {between}")), not(Condition::Never));
}

#[test]
fn and_or_and_not_keep_their_shape() {
    let staged = || Condition::Name(Sample::Status, "STAGED");
    let present = || Condition::Present(Sample::Position);
    let filter = "status eq \"STAGED\" and (position pr or not (status eq \"STAGED\"))";
    let either = Condition::Any(vec![present(), not(staged())]);
    assert_eq!(resolved(filter), Condition::All(vec![staged(), either]));
}
