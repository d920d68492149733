//! The tables of custom attributes.

table! {
    attribute_definitions (id) {
        id -> Uuid,
        account_id -> Uuid,
        name -> Text,
        name_key -> Text,
        rules -> Json,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}

table! {
    attribute_removals (account_id, name_key) {
        account_id -> Uuid,
        name_key -> Text,
        name -> Text,
        audit_id -> Uuid,
    }
}
