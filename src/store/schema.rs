//! The tables of both databases. `migrations/` documents the columns and the indexes.

macro_rules! table {
    ($($body:tt)*) => {
        diesel::table! {
            use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable};
            use crate::store::sql::{Json, Moment, Text, Uuid};

            $($body)*
        }
    };
}

mod attributes;

pub(crate) use self::attributes::{attribute_definitions, attribute_removals};

table! {
    accounts (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        contact -> Nullable<Text>,
        created_at -> Moment,
        recreate_deleted -> Bool,
        updated_at -> Moment,
        version -> BigInt,
    }
}

table! {
    connections (id) {
        id -> Uuid,
        account_id -> Uuid,
        name -> Text,
        name_key -> Text,
        enabled -> Bool,
        idp_entity_id -> Text,
        idp_sso_url -> Text,
        certificates -> Json,
        ignored_certificates -> Json,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
        settings -> Json,
    }
}

table! {
    idp_metadata (connection_id) {
        connection_id -> Uuid,
        account_id -> Uuid,
        xml -> Text,
    }
}

table! {
    certificate_uses (connection_id, fingerprint) {
        connection_id -> Uuid,
        fingerprint -> Text,
        account_id -> Uuid,
        last_used_at -> Moment,
    }
}

table! {
    keys (id) {
        id -> Uuid,
        account_id -> Nullable<Uuid>,
        purpose -> Text,
        public -> Binary,
        sealed_private -> Binary,
        created_at -> Moment,
        retired_at -> Nullable<Moment>,
    }
}

table! {
    users (id) {
        id -> Uuid,
        account_id -> Uuid,
        email -> Text,
        email_key -> Text,
        role -> Text,
        first_name -> Text,
        last_name -> Text,
        position -> Nullable<Text>,
        department -> Nullable<Text>,
        mobile_region -> Nullable<Text>,
        mobile_number -> Nullable<Text>,
        mobile_e164 -> Nullable<Text>,
        profile_image -> Nullable<Text>,
        status -> Text,
        origin -> Text,
        created_at -> Moment,
        updated_at -> Moment,
        first_login_at -> Nullable<Moment>,
        last_login_at -> Nullable<Moment>,
        version -> BigInt,
        external_id -> Nullable<Text>,
        user_name -> Nullable<Text>,
        display_name -> Nullable<Text>,
        manager -> Nullable<Text>,
        user_name_key -> Text,
        first_name_key -> Text,
        last_name_key -> Text,
        position_key -> Text,
        department_key -> Text,
        display_name_key -> Text,
        profile -> Json,
    }
}

table! {
    user_values (user_id, field, place) {
        account_id -> Uuid,
        user_id -> Uuid,
        field -> Text,
        place -> Integer,
        value_key -> Nullable<Text>,
        display_key -> Nullable<Text>,
        formatted_key -> Nullable<Text>,
        street_address_key -> Nullable<Text>,
        locality_key -> Nullable<Text>,
        region_key -> Nullable<Text>,
        postal_code_key -> Nullable<Text>,
        country_key -> Nullable<Text>,
        type_key -> Nullable<Text>,
        is_primary -> Nullable<Bool>,
    }
}

table! {
    identities (id) {
        id -> Uuid,
        account_id -> Uuid,
        connection_id -> Uuid,
        subject -> Text,
        user_id -> Uuid,
        created_at -> Moment,
        comparison -> Text,
    }
}

table! {
    user_counts (account_id, part) {
        account_id -> Uuid,
        part -> BigInt,
        users -> BigInt,
    }
}

table! {
    user_external_ids (client_id, user_id) {
        account_id -> Uuid,
        client_id -> Uuid,
        user_id -> Uuid,
        external_id -> Text,
    }
}

table! {
    team_external_ids (client_id, team_id) {
        account_id -> Uuid,
        client_id -> Uuid,
        team_id -> Uuid,
        external_id -> Text,
    }
}

table! {
    teams (id) {
        id -> Uuid,
        account_id -> Uuid,
        name -> Text,
        name_key -> Text,
        origin -> Text,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}

table! {
    memberships (team_id, user_id) {
        account_id -> Uuid,
        team_id -> Uuid,
        user_id -> Uuid,
        requested_role -> Text,
        created_at -> Moment,
        provenance -> Nullable<Json>,
    }
}

table! {
    sessions (id) {
        id -> Uuid,
        account_id -> Uuid,
        user_id -> Uuid,
        connection_id -> Uuid,
        attempt_id -> Uuid,
        token_hash -> Binary,
        created_at -> Moment,
        expires_at -> Moment,
        response_hash -> Nullable<Binary>,
        go_to -> Nullable<Text>,
    }
}

table! {
    seen_assertions (hash, connection_id) {
        hash -> Binary,
        connection_id -> Uuid,
        account_id -> Uuid,
        expires_at -> Moment,
    }
}

table! {
    attempts (id) {
        id -> Uuid,
        account_id -> Uuid,
        connection_id -> Uuid,
        reference -> Text,
        at -> Moment,
        outcome -> Text,
        user_id -> Nullable<Uuid>,
        subject -> Nullable<Text>,
        email -> Nullable<Text>,
        checks -> Json,
        plan -> Nullable<Json>,
        received -> Nullable<Json>,
        email_key -> Nullable<Text>,
        template_id -> Nullable<Binary>,
    }
}

table! {
    attempt_templates (id) {
        id -> Binary,
        account_id -> Uuid,
        connection_id -> Uuid,
        content -> Json,
        ends_at -> Moment,
    }
}

table! {
    audit_events (id) {
        id -> Uuid,
        account_id -> Uuid,
        at -> Moment,
        actor -> Text,
        actor_id -> Nullable<Uuid>,
        request_id -> Nullable<Text>,
        action -> Text,
        target -> Uuid,
        changes -> Json,
        user_id -> Nullable<Uuid>,
    }
}

table! {
    deleted_users (id) {
        id -> Uuid,
        account_id -> Uuid,
        email -> Text,
        email_key -> Text,
        deleted_at -> Moment,
    }
}

table! {
    deleted_identities (connection_id, user_id) {
        account_id -> Uuid,
        connection_id -> Uuid,
        subject -> Text,
        user_id -> Uuid,
        comparison -> Text,
    }
}

table! {
    api_keys (id) {
        id -> Uuid,
        account_id -> Uuid,
        name -> Text,
        hash -> Binary,
        hint -> Text,
        scopes -> Json,
        scim_client_id -> Nullable<Uuid>,
        created_at -> Moment,
        expires_at -> Nullable<Moment>,
        lifetime_seconds -> Nullable<BigInt>,
        last_used_at -> Nullable<Moment>,
        name_key -> Text,
    }
}

table! {
    scim_clients (id) {
        id -> Uuid,
        account_id -> Uuid,
        name -> Text,
        name_key -> Text,
        dialect -> Text,
        created_at -> Moment,
        updated_at -> Moment,
        version -> BigInt,
    }
}

table! {
    scim_repairs (client_id, kind) {
        account_id -> Uuid,
        client_id -> Uuid,
        kind -> Text,
        times -> BigInt,
        last_at -> Moment,
    }
}

table! {
    #[sql_name = "idempotent_answers"]
    idempotent_responses (account_id, caller_id, key_hash) {
        account_id -> Uuid,
        caller_id -> Uuid,
        key_hash -> Binary,
        request -> Binary,
        #[sql_name = "answer"]
        response -> Nullable<Binary>,
        expires_at -> Moment,
    }
}

table! {
    import_jobs (id) {
        id -> Uuid,
        account_id -> Uuid,
        actor -> Text,
        actor_id -> Nullable<Uuid>,
        request_id -> Nullable<Text>,
        options -> Json,
        state -> Text,
        row_count -> BigInt,
        processed -> BigInt,
        counts -> Json,
        failure_code -> Nullable<Text>,
        failure_detail -> Nullable<Text>,
        created_at -> Moment,
        started_at -> Nullable<Moment>,
        finished_at -> Nullable<Moment>,
        lease_holder -> Nullable<Uuid>,
        lease_until -> Nullable<Moment>,
        expires_at -> Moment,
    }
}

table! {
    import_parts (job_id, number) {
        job_id -> Uuid,
        number -> BigInt,
        sealed -> Binary,
    }
}

table! {
    import_results (job_id, number) {
        job_id -> Uuid,
        number -> BigInt,
        sealed -> Binary,
    }
}

table! {
    attempt_messages (attempt_id) {
        attempt_id -> Uuid,
        account_id -> Uuid,
        sealed -> Binary,
        expires_at -> Moment,
        attributes -> Nullable<Binary>,
    }
}

diesel::joinable!(api_keys -> scim_clients (scim_client_id));
diesel::allow_tables_to_appear_in_same_query!(accounts, connections);
diesel::allow_tables_to_appear_in_same_query!(api_keys, scim_clients);
diesel::allow_tables_to_appear_in_same_query!(
    identities,
    memberships,
    team_external_ids,
    teams,
    user_external_ids,
    user_values,
    users
);
diesel::allow_tables_to_appear_in_same_query!(deleted_identities, deleted_users);
