//! Lists of what else there is.

use chrono::TimeDelta;
use usher::{
    domain::{
        Timestamp,
        account::Account,
        api_key::{ApiKey, Dialect, Scope, Scopes},
        attempt::{Attempt, AttemptOutcome},
        audit::{Actor, AuditEntry, AuditTarget, Author},
        connection::Connection,
        id::{ApiKeyId, AttemptId, AuditId, ConnectionId, ImportId, ScimClientId, UserId},
        import::{Format, ImportCounts, ImportJob, ImportOptions, JobFailure, JobState},
        lists::{
            AttemptAttribute, AuditAttribute, ConnectionAttribute, DeletedUserAttribute,
            ImportAttribute, KeyAttribute, Member, MemberAttribute, ScimClientAttribute,
        },
        membership::MemberRole,
        role::TeamRole,
        scim_client::ScimClient,
        user::DeletedUser,
    },
    store::StoreError,
};

use super::{LISTS, dice::Dice, model::assert_lists_like_the_model, people::people};
use crate::{
    support::db::TestDb,
    world::{
        account, attempt, connection, id, insert_account_with_user, membership, now, scim_client,
        seconds_later, team,
    },
};

const WORDS: [&str; 8] = ["Okta", "okta", "OKTA", "o_ta", "o%", "Ökta", "", "😀"];

/// A moment, one of few.
fn moment(dice: &mut Dice) -> Timestamp {
    now() + TimeDelta::microseconds(i64::try_from(dice.roll(40) * 300).unwrap())
}

fn some_attempt(connection: &Connection, users: &[UserId], dice: &mut Dice) -> Attempt {
    let at = moment(dice);
    let (user, word, email) = (*dice.pick(users), *dice.pick(&WORDS), *dice.pick(&WORDS));
    Attempt {
        id: AttemptId::new(at, dice.bytes()),
        outcome: *dice.pick(&AttemptOutcome::ALL),
        user: dice.maybe(user),
        subject: dice.maybe(word.to_owned()),
        email: dice.maybe(format!("{email}@acme.example")),
        ..attempt(connection, at)
    }
}

fn some_entry(account: &Account, actors: &[UserId], dice: &mut Dice) -> AuditEntry {
    let at = moment(dice);
    let actor = dice.pick(actors).as_uuid();
    let actors = [
        Actor::Login(actor.into()),
        Actor::CommandLine,
        Actor::ApiKey(actor.into()),
        Actor::User(actor.into()),
        Actor::ScimClient(actor.into()),
    ];
    let request = dice.pick(&WORDS).to_string();
    AuditEntry {
        id: AuditId::new(at, dice.bytes()),
        account: account.id,
        at,
        actor: *dice.pick(&actors),
        request: dice.maybe(request),
        action: ["user.create", "user.update", "team.create"][dice.roll(3)].into(),
        target: AuditTarget { id: actor, user: dice.maybe(UserId::from(actor)) },
        changes: vec![],
    }
}

fn some_import(account: &Account, dice: &mut Dice) -> ImportJob {
    let (created_at, finished_at) = (moment(dice), moment(dice));
    let failure = JobFailure { code: "import_failed".into(), detail: "1 of 1 rows".into() };
    ImportJob {
        id: ImportId::new(created_at, dice.bytes()),
        author: Author::command_line(account.id),
        options: ImportOptions::new(Format::Csv),
        state: *dice.pick(&JobState::ALL),
        rows: 1,
        processed: 1,
        counts: ImportCounts::default(),
        failure: dice.maybe(failure),
        created_at,
        started_at: None,
        finished_at: dice.maybe(finished_at),
        expires_at: seconds_later(1),
    }
}

fn some_key(clients: &[ScimClient], dice: &mut Dice) -> ApiKey {
    let client = dice.pick(clients).clone();
    let has_client = dice.roll(2) == 0;
    let created_at = moment(dice);
    let (expires_at, used_at) = (moment(dice), moment(dice));
    ApiKey {
        id: ApiKeyId::new(created_at, dice.bytes()),
        account: client.account,
        name: (*dice.pick(&WORDS)).into(),
        hint: "ush_1234".into(),
        scopes: match has_client {
            true => Scopes::full(),
            false => [Scope::UsersRead].into_iter().collect(),
        },
        scim_client: Some(client.id).filter(|_| has_client),
        created_at,
        expires_at: dice.maybe(expires_at),
        lifetime: None,
        last_used_at: dice.maybe(used_at),
    }
}

fn some_connection(account: &Account, dice: &mut Dice) -> Connection {
    let mut some = connection(account);
    some.id = ConnectionId::new(moment(dice), dice.bytes());
    // The names of an account's connections are unique.
    let number = dice.roll(1_000_000);
    some.name = format!("{}{number}", dice.pick(&WORDS));
    some.enabled = dice.roll(2) == 0;
    some.idp.entity_id = (*dice.pick(&WORDS)).into();
    some
}

/// Records a deleted user, without deleting one.
fn insert_deleted(db: &TestDb, user: &DeletedUser) {
    let DeletedUser { id, account, email, deleted_at } = user;
    let micros = deleted_at.timestamp_micros();
    let at = match db.is_embedded() {
        true => micros.to_string(),
        false => format!("'epoch'::timestamptz + {micros} * interval '1 microsecond'"),
    };
    let key = email.key().as_str();
    let (id, account) = (db.id(id), db.id(account));
    db.run(&format!(
        "INSERT INTO deleted_users (id, account_id, email, email_key, deleted_at) \
         VALUES ({id}, {account}, '{email}', '{key}', {at})"
    ));
}

on_both_databases! {
    fn list_of_members_equals_the_model(db) {
        let mut dice = Dice(4);
        let ours = account("a");
        let (ops, dev) = (team(&ours, "Ops"), team(&ours, "Dev"));
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_team(&ops)?;
            tx.insert_team(&dev)
        })
        .unwrap();
        let mut members = Vec::new();
        for person in people(db, &ours, &mut dice, 120) {
            let user = person.user;
            let role = *dice.pick(&TeamRole::ALL);
            let (in_ops, in_dev) = (dice.roll(2) == 0, dice.roll(2) == 0);
            db.write(|tx| {
                if in_dev {
                    tx.insert_membership(&membership(&dev, &user, role))?;
                }
                if in_ops { tx.insert_membership(&membership(&ops, &user, role)) } else { Ok(()) }
            })
            .unwrap();
            if in_ops {
                members.push(Member {
                    user: user.id,
                    email: user.email,
                    first_name: user.profile.first_name,
                    last_name: user.profile.last_name,
                    account_role: user.role,
                    status: user.status,
                    role: MemberRole::new(role, user.role),
                    since: now(),
                });
            }
        }
        for _ in 0..LISTS / 2 {
            let listing = dice.listing::<MemberAttribute>(&members);
            assert_lists_like_the_model(db, &members, listing, |db, listing| {
                let page = db.read(|tx| tx.list_members(ours.id, ops.id, listing))?;
                assert!(page.items.iter().all(|member| members.contains(member)));
                Ok(page)
            });
        }
        let all = dice.listing::<MemberAttribute>(&members);
        let of_another = db.read(|tx| tx.list_members(id(), ops.id, &all)).unwrap();
        assert_eq!((of_another.items, of_another.next, of_another.total), (vec![], None, Some(0)));
    }

    fn list_of_attempts_equals_the_model(db) {
        let mut dice = Dice(5);
        let (ours, okta, _) = insert_account_with_user(db, "a");
        let (_, theirs, _) = insert_account_with_user(db, "b");
        let entra = connection(&ours);
        let users: [UserId; 4] = std::array::from_fn(|_| id());
        let attempts: Vec<_> = (0..200)
            .map(|number| some_attempt([&okta, &entra][number % 2], &users, &mut dice))
            .collect();
        db.write(|tx| {
            tx.insert_connection(&entra)?;
            tx.insert_attempt(&some_attempt(&theirs, &users, &mut Dice(6)))?;
            attempts.iter().try_for_each(|attempt| tx.insert_attempt(attempt))
        })
        .unwrap();
        for _ in 0..LISTS {
            let listing = dice.listing::<AttemptAttribute>(&attempts);
            assert_lists_like_the_model(db, &attempts, listing, |db, listing| {
                let page = db.read(|tx| tx.list_attempts(ours.id, listing))?;
                assert!(page.items.iter().all(|attempt| attempts.contains(attempt)));
                Ok(page)
            });
        }
    }

    fn list_of_audit_entries_equals_the_model(db) {
        let mut dice = Dice(7);
        let (ours, other) = (account("a"), account("b"));
        let actors: [UserId; 4] = std::array::from_fn(|_| id());
        let entries: Vec<_> = (0..200).map(|_| some_entry(&ours, &actors, &mut dice)).collect();
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_account(&other)?;
            tx.insert_audit(&some_entry(&other, &actors, &mut Dice(8)))?;
            entries.iter().try_for_each(|entry| tx.insert_audit(entry))
        })
        .unwrap();
        for _ in 0..LISTS {
            let listing = dice.listing::<AuditAttribute>(&entries);
            assert_lists_like_the_model(db, &entries, listing, |db, listing| {
                let page = db.read(|tx| tx.list_audit(ours.id, listing))?;
                assert!(page.items.iter().all(|entry| entries.contains(entry)));
                Ok(page)
            });
        }
    }

    fn list_of_connections_equals_the_model(db) {
        let mut dice = Dice(9);
        let ours = account("a");
        insert_account_with_user(db, "b");
        let some: Vec<_> = (0..40).map(|_| some_connection(&ours, &mut dice)).collect();
        db.write(|tx| {
            tx.insert_account(&ours)?;
            some.iter().try_for_each(|connection| tx.insert_connection(connection))
        })
        .unwrap();
        for _ in 0..LISTS / 2 {
            let listing = dice.listing::<ConnectionAttribute>(&some);
            assert_lists_like_the_model(db, &some, listing, |db, listing| {
                db.read(|tx| tx.list_connections(ours.id, listing))
            });
        }
    }

    fn list_of_keys_equals_the_model(db) {
        let mut dice = Dice(10);
        let (ours, other) = (account("a"), account("b"));
        let clients = ["Okta", "Entra", "Ping"].map(|name| scim_client(&ours, name));
        let theirs = [scim_client(&other, "Okta")];
        let keys: Vec<_> = (0..40).map(|_| some_key(&clients, &mut dice)).collect();
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_account(&other)?;
            clients.iter().chain(&theirs).try_for_each(|client| tx.insert_scim_client(client))?;
            tx.insert_api_key(&some_key(&theirs, &mut Dice(11)), [255; 32])?;
            let mut hashes = 0..;
            keys.iter().try_for_each(|key| tx.insert_api_key(key, [hashes.next().unwrap(); 32]))
        })
        .unwrap();
        for _ in 0..LISTS / 2 {
            let listing = dice.listing::<KeyAttribute>(&keys);
            assert_lists_like_the_model(db, &keys, listing, |db, listing| {
                db.read(|tx| tx.list_api_keys(ours.id, listing))
            });
        }
    }

    fn list_of_imports_equals_the_model(db) {
        let mut dice = Dice(14);
        let (ours, other) = (account("a"), account("b"));
        let mut jobs: Vec<_> = (0..100).map(|_| some_import(&ours, &mut dice)).collect();
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_account(&other)?;
            tx.insert_import(&some_import(&other, &mut Dice(15)))?;
            jobs.iter().try_for_each(|job| tx.insert_import(job))
        })
        .unwrap();
        jobs.retain(|job| job.state != JobState::Receiving);
        for _ in 0..LISTS / 2 {
            let listing = dice.listing::<ImportAttribute>(&jobs);
            assert_lists_like_the_model(db, &jobs, listing, |db, listing| {
                let page = db.read(|tx| tx.list_imports(ours.id, listing))?;
                assert!(page.items.iter().all(|job| jobs.contains(job)));
                Ok(page)
            });
        }
    }

    fn list_of_scim_clients_equals_the_model(db) {
        let mut dice = Dice(13);
        let (ours, other) = (account("a"), account("b"));
        let clients: Vec<_> = (0..40)
            .map(|number| {
                let created_at = moment(&mut dice);
                ScimClient {
                    id: ScimClientId::new(created_at, dice.bytes()),
                    // The names of an account's clients are unique.
                    name: format!("{}{number}", dice.pick(&WORDS)),
                    dialect: *dice.pick(&Dialect::ALL),
                    created_at,
                    ..scim_client(&ours, "")
                }
            })
            .collect();
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_account(&other)?;
            tx.insert_scim_client(&scim_client(&other, "Okta1"))?;
            clients.iter().try_for_each(|client| tx.insert_scim_client(client))
        })
        .unwrap();
        for _ in 0..LISTS / 2 {
            let listing = dice.listing::<ScimClientAttribute>(&clients);
            assert_lists_like_the_model(db, &clients, listing, |db, listing| {
                let page = db.read(|tx| tx.list_scim_clients(ours.id, listing))?;
                assert!(page.items.iter().all(|client| clients.contains(client)));
                Ok(page)
            });
        }
    }

    fn list_of_deleted_users_equals_the_model(db) {
        let mut dice = Dice(12);
        let (ours, other) = (account("a"), account("b"));
        db.write(|tx| tx.insert_account(&ours).and_then(|()| tx.insert_account(&other))).unwrap();
        let deleted = |number: usize, account: &Account, dice: &mut Dice| {
            let word = ["ada", "ADA", "a_a", "a%", "ÅDA"][dice.roll(5)];
            let deleted_at = seconds_later(i64::try_from(dice.roll(9)).unwrap());
            let email = format!("{word}{number}@b.example").parse().unwrap();
            DeletedUser { id: UserId::new(now(), dice.bytes()), account: account.id, email, deleted_at }
        };
        let gone: Vec<_> = (0..60).map(|number| deleted(number, &ours, &mut dice)).collect();
        gone.iter().for_each(|user| insert_deleted(db, user));
        insert_deleted(db, &deleted(0, &other, &mut dice));
        for _ in 0..LISTS / 2 {
            let listing = dice.listing::<DeletedUserAttribute>(&gone);
            assert_lists_like_the_model(db, &gone, listing, |db, listing| {
                let page = db.read(|tx| tx.list_deleted_users(ours.id, listing))?;
                assert!(page.items.iter().all(|user| gone.contains(user)));
                Ok::<_, StoreError>(page)
            });
        }
    }
}
