//! The index of the values of users agrees with their documents.

use serde_json::{Map, Value};
use usher::{
    domain::{
        account::Account,
        filter::{Condition, TextOperator, ValueCondition},
        lists::{Listing, UserAttribute},
        multi_valued::{FieldValue, MultiValuedField, SubAttribute},
        profile_field::ProfileField,
        user::User,
    },
    store::StoreError,
};

use crate::{
    lists::{
        custom::{define, some_custom},
        dice::Dice,
        values::{some_texts, some_values},
    },
    older_version,
    support::db::TestDb,
    world::{account, user},
};

fn rows(db: &TestDb) -> Vec<Map<String, Value>> {
    let mut rows = db.rows_of("user_values");
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

fn with_values(account: &Account, user: User, dice: &mut Dice) -> User {
    let mut user = user;
    (user.profile.texts, user.profile.values) = (some_texts(dice), some_values(dice));
    user.profile.custom = some_custom(account.id, dice);
    user
}

/// Changes some users, all or none of them.
fn change_some(db: &TestDb, account: &Account, users: &mut Vec<User>, dice: &mut Dice) {
    let added: Vec<_> = (0..dice.roll(4))
        .map(|n| {
            let email = format!("u{}.{n}@acme.example", dice.roll(1 << 30));
            with_values(account, user(account, &email), dice)
        })
        .collect();
    let place = dice.roll(users.len());
    let before = users[place].clone();
    let after = User { version: before.version + 1, ..with_values(account, before.clone(), dice) };
    let deleted = dice.roll(users.len());
    let is_committed = dice.roll(3) > 0;
    let changed = db.write(|tx| {
        tx.insert_users(&added)?;
        tx.update_user(&before, &after)?;
        tx.delete_user(account.id, users[deleted].id)?;
        if is_committed { Ok(()) } else { Err(StoreError::Aborted) }
    });
    assert_eq!(changed.is_ok(), is_committed);
    if is_committed {
        users[place] = after;
        users.remove(deleted);
        users.extend(added);
    }
}

fn find(db: &TestDb, account: &Account, condition: Condition<UserAttribute>) -> Vec<User> {
    let listing = Listing { condition: Some(condition), with_total: true, ..Listing::first(100) };
    let page = db.read(|tx| tx.list_users(account.id, &listing)).unwrap();
    assert_eq!(page.total, Some(page.items.len() as u64));
    page.items
}

fn with_value(field: MultiValuedField, text: &str) -> Condition<UserAttribute> {
    let key = field.kind().key(SubAttribute::Value, text);
    let is_equal = ValueCondition::Text(SubAttribute::Value, TextOperator::Eq, key);
    Condition::AnyValue(field, is_equal)
}

on_both_databases! {
    fn index_agrees_with_the_documents_after_any_changes(db) {
        let (account, mut dice) = (account("a"), Dice(4));
        let mut users = vec![
            user(&account, "ada@acme.example"),
            with_values(&account, user(&account, "alan@acme.example"), &mut dice),
        ];
        db.write(|tx| tx.insert_account(&account)).unwrap();
        define(db, &account);
        db.write(|tx| {
            tx.insert_user(&users[0])?;
            tx.insert_user(&users[1])
        })
        .unwrap();
        let mut most = 0;
        for _ in 0..60 {
            change_some(db, &account, &mut users, &mut dice);
            most = most.max(db.assert_values_agree());
            if users.is_empty() {
                users.push(user(&account, "grace@acme.example"));
                db.write(|tx| tx.insert_user(&users[0])).unwrap();
            }
        }
        assert!(most > 50, "there were few values: {most}");
        crate::corruption::run(db, "DELETE FROM accounts");
        assert_eq!(rows(db).len(), 0);
    }

    fn many_users_with_values_are_added_at_once_and_indexed_by_a_migration(db) {
        let (account, mut dice) = (account("a"), Dice(5));
        let users = (0..1_200).map(|n| user(&account, &format!("u{n}@acme.example")));
        let users: Vec<_> = users.map(|user| with_values(&account, user, &mut dice)).collect();
        db.write(|tx| tx.insert_account(&account)).unwrap();
        define(db, &account);
        db.write(|tx| tx.insert_users(&users)).unwrap();
        assert!(db.assert_values_agree() > 2_000);
        let written = rows(db);
        older_version::run(
            db,
            "DROP TABLE user_values; DELETE FROM __diesel_schema_migrations WHERE version = '0019'",
        );
        assert_eq!(older_version::migrate(db).applied, ["0019_user_values"]);
        assert_eq!(written, rows(db));
    }

    fn longest_values_are_found_by_all_of_their_characters(db) {
        let (account, mut dice) = (account("a"), Dice(6));
        let mut random = |chars: &[char], count| -> String {
            (0..count).map(|_| chars[dice.roll(chars.len())]).collect()
        };
        let ascii: Vec<char> = ('!'..='~').collect();
        let wide: Vec<char> = ('\u{20000}'..='\u{2a6df}').collect();
        let certificate = random(&ascii, 16_384);
        let url = format!("https://example.com/{}", random(&ascii, 2_028));
        let role = random(&wide, 255);
        // Only the last character differs.
        let variant = |text: &str| format!("{}~~", &text[..text.len() - 4]);
        let some_user = |name: &str, [certificate, url, role]: [&str; 3]| {
            let mut user = user(&account, &format!("{name}@acme.example"));
            let value = |text| vec![FieldValue::new(text, "work", None)];
            user.profile.texts.insert(ProfileField::ProfileUrl, url.to_owned());
            user.profile.values = [
                (MultiValuedField::X509Certificates, value(certificate)),
                (MultiValuedField::Photos, value(url)),
                (MultiValuedField::Roles, value(role)),
            ]
            .into();
            user
        };
        let ada = some_user("ada", [&certificate, &url, &role]);
        let others = [variant(&certificate), variant(&url), variant(&role)];
        let alan = some_user("alan", others.each_ref().map(String::as_str));
        db.write(|tx| {
            tx.insert_account(&account)?;
            tx.insert_users(&[ada.clone(), alan.clone()])
        })
        .unwrap();
        for condition in [
            with_value(MultiValuedField::X509Certificates, &certificate),
            with_value(MultiValuedField::Photos, &url),
            with_value(MultiValuedField::Roles, &role),
            Condition::Text(
                UserAttribute::Profile(ProfileField::ProfileUrl),
                TextOperator::Eq,
                url.clone(),
            ),
        ] {
            assert_eq!(find(db, &account, condition), std::slice::from_ref(&ada));
        }
        db.assert_values_agree();
    }
}
