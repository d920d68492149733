//! Many rows, made by the database itself.

use usher::domain::{account::Account, id::ConnectionId};

use crate::{support::db::TestDb, world::now};

const IMPORT_OPTIONS: &str = r#"{"format":"csv","charset":"UTF-8","mode":"ATOMIC","dry_run":false,"create_missing_teams":false,"on_existing":"FAIL","results":"AUTO"}"#;

const IMPORT_COUNTS: &str = r#"{"rows":0,"created":0,"changed":0,"unchanged":0,"skipped":0,"failed":0,"not_written":0,"reported":0,"omitted":0}"#;

/// What tables hold in each row of a many, in the words of the database. `n`
/// is the row's number, from 1.
pub(crate) struct ManyRows<'a> {
    db: &'a TestDb,
    account: &'a Account,
    many: usize,
}

impl<'a> ManyRows<'a> {
    pub(crate) fn new(db: &'a TestDb, account: &'a Account, many: usize) -> Self {
        Self { db, account, many }
    }

    fn insert(&self, table: &str, columns: &[(&str, String)]) {
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
        self.db.run(&format!(
            "WITH RECURSIVE numbers(n) AS \
             (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {}) \
             INSERT INTO {table} ({}) SELECT {} FROM numbers",
            self.many,
            names.join(", "),
            values.join(", "),
        ));
    }

    /// The `n`th of a kind, which four digits tell from others.
    pub(crate) fn id(&self, kind: &str, n: &str) -> String {
        let start = format!("'0199a000-0000-7000-{kind}-'");
        match self.db.is_embedded() {
            true => format!("unhex(replace({start} || printf('%012x', {n}), '-', ''))"),
            false => format!("({start} || lpad(to_hex({n}), 12, '0'))::uuid"),
        }
    }

    fn time_at(&self, microseconds: &str) -> String {
        let base = now().timestamp_micros();
        match self.db.is_embedded() {
            true => format!("{base} + {microseconds}"),
            false => format!(
                "'epoch'::timestamptz + ({base} + {microseconds}) * interval '1 microsecond'"
            ),
        }
    }

    fn account(&self) -> String {
        self.db.id(self.account.id)
    }

    fn json(&self) -> String {
        let cast = if self.db.is_embedded() { "" } else { "::jsonb" };
        format!("'[]'{cast}")
    }

    fn yes(&self) -> String {
        if self.db.is_embedded() { "1" } else { "true" }.into()
    }

    fn hash(&self) -> String {
        match self.db.is_embedded() {
            true => "randomblob(32)",
            false => "sha256(int8send(n::bigint) || uuid_send(gen_random_uuid()))",
        }
        .into()
    }

    fn reference(&self) -> String {
        match self.db.is_embedded() {
            true => "printf('%012X', n)",
            false => "upper(lpad(to_hex(n), 12, '0'))",
        }
        .into()
    }

    /// One in a hundred is staged, all others are active; one has the external
    /// id `last`.
    pub(crate) fn users(&self) {
        let text = |text: &str| text.to_owned();
        let name = || text("'name' || (n % 500)");
        self.insert(
            "users",
            &[
                ("id", self.id("8001", "n")),
                ("account_id", self.account()),
                ("email", text("'user' || n || '@acme.example'")),
                ("email_key", text("'user' || n || '@acme.example'")),
                ("user_name_key", text("'name' || n")),
                ("role", text("CASE WHEN n % 100 = 0 THEN 'ADMIN' ELSE 'USER' END")),
                ("first_name", name()),
                ("first_name_key", name()),
                ("last_name", name()),
                ("last_name_key", name()),
                ("display_name_key", name()),
                ("department", name()),
                ("department_key", name()),
                ("status", text("CASE WHEN n % 100 = 0 THEN 'STAGED' ELSE 'ACTIVE' END")),
                ("origin", text("'ADMIN'")),
                ("created_at", self.time_at("n")),
                ("updated_at", self.time_at("n % 7")),
                ("version", text("1")),
                (
                    "external_id",
                    format!("CASE WHEN n = {} THEN 'last' ELSE 'x' || n END", self.many),
                ),
            ],
        );
    }

    /// Each user has values that 39 others have as well; all have the type `work`.
    pub(crate) fn user_values(&self) {
        for field in [
            "nickName",
            "emails",
            "phoneNumbers",
            "roles",
            "addresses",
            "attributes.badge",
            "attributes.office",
            "attributes.office.city",
        ] {
            self.insert(
                "user_values",
                &[
                    ("account_id", self.account()),
                    ("user_id", self.id("8001", "n")),
                    ("field", format!("'{field}'")),
                    ("place", "0".to_owned()),
                    ("value_key", "'value' || (n % 500)".to_owned()),
                    ("type_key", "'work'".to_owned()),
                    ("country_key", "'country' || (n % 500)".to_owned()),
                ],
            );
        }
    }

    pub(crate) fn teams(&self) {
        self.insert(
            "teams",
            &[
                ("id", self.id("8002", "n")),
                ("account_id", self.account()),
                ("name", "'team' || n".into()),
                ("name_key", "'team' || n".into()),
                ("origin", "'ADMIN'".into()),
                ("created_at", self.time_at("n")),
                ("updated_at", self.time_at("n % 7")),
                ("version", "1".into()),
            ],
        );
    }

    /// All users in the first team.
    pub(crate) fn memberships(&self) {
        self.insert(
            "memberships",
            &[
                ("account_id", self.account()),
                ("team_id", self.id("8002", "1")),
                ("user_id", self.id("8001", "n")),
                ("requested_role", "'ADMIN'".into()),
                ("created_at", self.time_at("n")),
            ],
        );
    }

    /// A hundred of each user.
    pub(crate) fn attempts(&self, connection: ConnectionId) {
        self.insert(
            "attempts",
            &[
                ("id", self.id("8003", "n")),
                ("account_id", self.account()),
                ("connection_id", self.db.id(connection)),
                ("reference", self.reference()),
                ("at", self.time_at("n")),
                ("outcome", "'denied'".into()),
                ("user_id", self.id("8001", "n % 200 + 1")),
                ("email", "'user' || (n % 200) || '@acme.example'".into()),
                ("email_key", "'user' || (n % 200) || '@acme.example'".into()),
                ("checks", self.json()),
            ],
        );
    }

    pub(crate) fn audit(&self) {
        self.insert(
            "audit_events",
            &[
                ("id", self.id("8004", "n")),
                ("account_id", self.account()),
                ("at", self.time_at("n")),
                ("actor", "'user'".into()),
                ("actor_id", self.id("8001", "n % 200 + 1")),
                ("action", "'user.create'".into()),
                ("target", self.id("8001", "n % 200 + 1")),
                ("user_id", self.id("8001", "n % 200 + 1")),
                ("changes", self.json()),
            ],
        );
    }

    pub(crate) fn connections(&self) {
        let text = |text: &str| text.to_owned();
        self.insert(
            "connections",
            &[
                ("id", self.id("8005", "n")),
                ("account_id", self.account()),
                ("name", text("'connection' || n")),
                ("enabled", self.yes()),
                ("idp_entity_id", text("'idp' || n")),
                ("idp_sso_url", text("''")),
                ("certificates", self.json()),
                ("created_at", self.time_at("n")),
                ("updated_at", self.time_at("n")),
                ("version", text("1")),
            ],
        );
    }

    pub(crate) fn scim_clients(&self) {
        self.insert(
            "scim_clients",
            &[
                ("id", self.id("8008", "n")),
                ("account_id", self.account()),
                ("name", "'client' || n".into()),
                ("name_key", "'client' || n".into()),
                ("dialect", "'OKTA'".into()),
                ("created_at", self.time_at("n")),
                ("updated_at", self.time_at("n")),
                ("version", "1".into()),
            ],
        );
    }

    pub(crate) fn imports(&self) {
        let json = |text: &str| self.json().replace("[]", text);
        let state = "CASE n % 3 WHEN 0 THEN 'SUCCEEDED' WHEN 1 THEN 'FAILED' ELSE 'RECEIVING' END";
        self.insert(
            "import_jobs",
            &[
                ("id", self.id("8009", "n")),
                ("account_id", self.account()),
                ("actor", "'command_line'".into()),
                ("options", json(IMPORT_OPTIONS)),
                ("state", state.into()),
                ("counts", json(IMPORT_COUNTS)),
                ("created_at", self.time_at("n")),
                ("finished_at", self.time_at("n")),
                ("expires_at", self.time_at("n")),
            ],
        );
    }

    /// One of each SCIM client.
    pub(crate) fn keys(&self) {
        self.insert(
            "api_keys",
            &[
                ("id", self.id("8006", "n")),
                ("account_id", self.account()),
                ("name", "'key' || n".into()),
                ("hash", self.hash()),
                ("hint", "'u'".into()),
                ("scopes", self.json().replace("[]", "[\"scim\"]")),
                ("scim_client_id", self.id("8008", "n")),
                ("created_at", self.time_at("n")),
            ],
        );
    }

    pub(crate) fn deleted_users(&self) {
        self.insert(
            "deleted_users",
            &[
                ("id", self.id("8007", "n")),
                ("account_id", self.account()),
                ("email", "'gone' || n || '@acme.example'".into()),
                ("email_key", "'gone' || n || '@acme.example'".into()),
                ("deleted_at", self.time_at("n")),
            ],
        );
    }
}
