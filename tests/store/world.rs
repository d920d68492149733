//! Things to put into a database.

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta};
use usher::{
    domain::{
        Timestamp,
        account::Account,
        api_key::{ApiKey, Dialect, Scope},
        attempt::{Attempt, AttemptOutcome, AttemptReference},
        attribute_name::AttributeName,
        check::{Check, CheckId},
        connection::{Connection, IdentityProvider, ProvisioningPolicy, SamlPolicy},
        id::ConnectionId,
        ignored_certificate::{IgnoredCertificate, IgnoredReason},
        lists::{Listing, SortOrder, UserAttribute},
        profile_field::ProfileField,
        role::{AccountRole, TeamRole},
        scim_client::ScimClient,
        session::{OpeningResponse, Session},
        subject::SubjectKey,
        team::{Membership, Team, TeamName},
        update_policy::UpdatePolicy,
        user::{Identity, Origin, User, UserStatus},
        value_transform::{TableEntry, ValueTransform},
    },
    store::{Db, StoreError, Tx},
};
use uuid::Uuid;

/// A moment with all its microseconds.
pub(crate) fn now() -> Timestamp {
    DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap()
}

/// Some seconds after [`now`].
pub(crate) fn seconds_later(seconds: i64) -> Timestamp {
    now() + TimeDelta::seconds(seconds)
}

fn count() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// An identifier that no other has.
pub(crate) fn id<T: From<Uuid>>() -> T {
    id_at(now())
}

/// An identifier that no other has, made at a moment.
fn id_at<T: From<Uuid>>(moment: Timestamp) -> T {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&count().to_be_bytes());
    let millis = u64::try_from(moment.timestamp_millis()).unwrap();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into()
}

pub(crate) fn reference() -> AttemptReference {
    let mut random = [0; 12];
    for (place, byte) in count().to_be_bytes().into_iter().enumerate() {
        random[place + 2] = byte % 32;
    }
    random[0] = u8::try_from(count() / 32 % 32).unwrap();
    AttemptReference::new(random)
}

pub(crate) fn account(slug: &str) -> Account {
    Account {
        id: id(),
        slug: slug.into(),
        name: "Åcme".into(),
        contact: Some("ops@acme.example".into()),
        recreate_deleted: false,
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

/// A SCIM client of this name.
pub(crate) fn scim_client(account: &Account, name: &str) -> ScimClient {
    ScimClient {
        id: id(),
        account: account.id,
        name: name.into(),
        dialect: Dialect::Okta,
        created_at: now(),
        updated_at: now(),
        version: 1,
    }
}

/// A key of a SCIM client.
pub(crate) fn scim_key(client: &ScimClient) -> ApiKey {
    ApiKey {
        id: id(),
        account: client.account,
        name: client.name.clone(),
        hint: "usher_abcd".into(),
        scopes: [Scope::Scim].into_iter().collect(),
        scim_client: Some(client.id),
        created_at: now(),
        expires_at: Some(seconds_later(90 * 86_400)),
        lifetime: Some(TimeDelta::days(90)),
        last_used_at: None,
    }
}

/// A connection with something in each field.
pub(crate) fn connection(account: &Account) -> Connection {
    let id: ConnectionId = id();
    Connection {
        id,
        account: account.id,
        name: format!("Okta {id}"),
        enabled: true,
        idp: IdentityProvider {
            entity_id: "https://idp.example/entity".into(),
            sso_url: "https://idp.example/sso".into(),
            certificates: vec![vec![0, 255, 1], vec![2]],
            ignored: vec![
                IgnoredCertificate {
                    certificate: Some(vec![3, 0]),
                    subject: Some("CN=\"Åcme\"".into()),
                    reason: IgnoredReason::Expired,
                    detail: "expired at 2026-01-01T00:00:00Z".into(),
                },
                IgnoredCertificate {
                    certificate: None,
                    subject: None,
                    reason: IgnoredReason::Unreadable,
                    detail: String::new(),
                },
            ],
        },
        saml: SamlPolicy {
            skew_seconds: 300,
            idp_initiated: true,
            relay_states: vec!["/start".into(), "a \"quoted\" \\u0000 one".into()],
            sha1_until: Some(seconds_later(1)),
            allow_cbc: true,
            allow_rsa_pss: true,
            name_id_format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent".into()),
            force_authn: true,
            authn_contexts: vec!["urn:x".into()],
            keep_messages_hours: 24,
        },
        provisioning: ProvisioningPolicy {
            check_provision_attribute: Some("role".into()),
            mapping: [
                (ProfileField::FirstName.into(), "givenName".into()),
                (ProfileField::TeamRole.into(), "tr".into()),
            ]
            .into(),
            email_attribute: Some("mail".into()),
            subject_attribute: Some("uid".into()),
            match_friendly_names: true,
            transforms: vec![ValueTransform {
                separator: Some(" ".into()),
                table: vec![TableEntry {
                    received: "a \"quoted\" \\u0000 one".into(),
                    value: "ADMIN".into(),
                }],
                default_value: Some("USER".into()),
                ..ValueTransform::new(ProfileField::Role)
            }],
            update_policies: [(AttributeName::TEAMS, UpdatePolicy::Always)].into(),
            highest_role: Some(AccountRole::User),
            highest_team_role: Some(TeamRole::Responder),
        },
        created_at: now(),
        updated_at: seconds_later(1),
        version: 1,
    }
}

/// A user with nothing that can be left out.
pub(crate) fn user(account: &Account, email: &str) -> User {
    User {
        role: AccountRole::User,
        status: UserStatus::Active,
        ..User::new(id(), account.id, email.parse().unwrap(), Origin::Login, now())
    }
}

/// How many users an account has, as a list of all tells.
pub(crate) fn count_users(db: &Db, account: &Account) -> u64 {
    let listing = Listing {
        condition: None,
        sort: None::<UserAttribute>,
        order: SortOrder::Ascending,
        after: None,
        count: 0,
        with_total: true,
    };
    db.read(|tx| tx.list_users(account.id, &listing)).unwrap().total.unwrap()
}

pub(crate) fn identity(connection: &Connection, user: &User, subject: &str) -> Identity {
    Identity {
        id: id(),
        account: connection.account,
        connection: connection.id,
        subject: SubjectKey::exact(subject),
        user: user.id,
        created_at: now(),
    }
}

pub(crate) fn team(account: &Account, name: &str) -> Team {
    Team {
        id: id(),
        account: account.id,
        name: TeamName::from_stored(name.trim()),
        origin: Origin::Admin,
        created_at: now(),
        updated_at: seconds_later(1),
        version: 3,
    }
}

pub(crate) fn membership(team: &Team, user: &User, requested_role: TeamRole) -> Membership {
    let (account, created_at) = (team.account, now());
    let (team, user) = (team.id, user.id);
    Membership { account, team, user, requested_role, created_at, provenance: None }
}

pub(crate) fn session(connection: &Connection, user: &User) -> Session {
    Session {
        id: id(),
        account: user.account,
        user: user.id,
        connection: connection.id,
        attempt: id(),
        created_at: now(),
        expires_at: seconds_later(3600),
    }
}

/// What a session remembers of a response.
pub(crate) fn opening_response() -> OpeningResponse {
    OpeningResponse { response_hash: [0; 32], redirect_to: "/".into() }
}

/// Adds a session whose token has a hash of ones.
pub(crate) fn insert_session(tx: &mut Tx<'_>, session: &Session) -> Result<(), StoreError> {
    tx.insert_session(session, [1; 32], &opening_response())
}

/// An attempt that was rejected.
pub(crate) fn attempt(connection: &Connection, at: Timestamp) -> Attempt {
    Attempt {
        id: id_at(at),
        account: connection.account,
        connection: connection.id,
        reference: reference(),
        at,
        outcome: AttemptOutcome::Rejected,
        user: None,
        subject: None,
        email: None,
        checks: [
            Check::passed(CheckId::FormEncoding, "base64", "base64"),
            Check::failed(CheckId::XmlSafe, "no DTD", "<!DOCTYPE \"x\">\0 é \\u0000"),
        ]
        .into_iter()
        .collect(),
        plan: None,
        received: None,
    }
}

/// An account with a connection and a user, stored.
pub(crate) fn insert_account_with_user(db: &Db, slug: &str) -> (Account, Connection, User) {
    let account = account(slug);
    let connection = connection(&account);
    let user = user(&account, "ada@acme.example");
    db.write(|tx| {
        tx.insert_account(&account)?;
        tx.insert_connection(&connection)?;
        tx.insert_user(&user)
    })
    .unwrap();
    (account, connection, user)
}
