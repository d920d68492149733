//! Reads long lists, and lists that change, page by page.

use std::collections::BTreeMap;

use usher::{
    domain::{
        filter::{Condition, TextOperator},
        id::UserId,
        lists::{Listing, Page, SortOrder, UserAttribute},
        profile_field::ProfileField,
        user::User,
    },
    store::SCAN_LIMIT,
};
use uuid::Uuid;

use super::{
    dice::Dice,
    many_rows::ManyRows,
    model::matches_condition,
    people::{Person, people, some_user},
};
use crate::{support::db::TestDb, world::account};

fn list(
    condition: Option<Condition<UserAttribute>>,
    sort: Option<UserAttribute>,
) -> Listing<UserAttribute> {
    Listing {
        condition,
        sort,
        order: SortOrder::Ascending,
        after: None,
        count: 100,
        with_total: false,
    }
}

/// Every page of a list.
fn pages(
    db: &TestDb,
    account: &usher::domain::account::Account,
    mut listing: Listing<UserAttribute>,
) -> Vec<Page<User>> {
    let mut pages: Vec<Page<User>> = Vec::new();
    loop {
        let page = db.read(|tx| tx.list_users(account.id, &listing)).unwrap();
        listing.after.clone_from(&page.next);
        pages.push(page);
        if listing.after.is_none() {
            return pages;
        }
    }
}

fn nested(condition: Condition<UserAttribute>, depth: usize) -> Condition<UserAttribute> {
    (0..depth).fold(condition, |inner, level| match level % 3 {
        0 => Condition::Not(Box::new(inner)),
        1 => Condition::All(vec![
            inner,
            Condition::Present(UserAttribute::Profile(ProfileField::Email)),
        ]),
        _ => Condition::Any(vec![Condition::Never, inner]),
    })
}

on_both_databases! {
    fn page_reads_a_bounded_number_of_rows(db) {
        let ours = account("a");
        db.write(|tx| tx.insert_account(&ours)).unwrap();
        let many = 2 * usize::try_from(SCAN_LIMIT).unwrap() + 500;
        ManyRows::new(db, &ours, many).users();

        let ends = |text: &str| {
            Condition::Text(UserAttribute::Profile(ProfileField::ExternalId), TextOperator::Ew, text.to_owned())
        };
        for sort in [None, Some(UserAttribute::Profile(ProfileField::LastName)), Some(UserAttribute::Profile(ProfileField::Email))] {
            for order in SortOrder::ALL {
                let listing = Listing { order, ..list(Some(ends("last")), sort) };
                let pages = pages(db, &ours, listing);
                assert_eq!(pages.len(), 3, "{sort:?}, {order:?}");
                let found: Vec<&User> = pages.iter().flat_map(|page| &page.items).collect();
                assert_eq!(found.len(), 1, "{sort:?}, {order:?}");
            }
        }
        // What many meet is found where few rows have been looked at: of those
        // that end with 07, there is one in a hundred.
        let mut seen: Vec<UserId> = Vec::new();
        for page in pages(db, &ours, list(Some(ends("07")), None)) {
            assert!(page.items.len() == 100 || page.next.is_none());
            seen.extend(page.items.iter().map(|user| user.id));
        }
        assert!(seen.is_sorted());
        // (That of the seventh is x7.)
        assert_eq!(seen.len(), many / 100 - 1);
    }

    fn scan_along_a_team_returns_every_member(db) {
        let ours = account("a");
        db.write(|tx| tx.insert_account(&ours)).unwrap();
        let many = ManyRows::new(db, &ours, 3_000);
        many.users();
        many.teams();
        many.memberships();

        let team = Uuid::try_parse("0199a000-0000-7000-8002-000000000001").unwrap();
        let in_team = Condition::Id(UserAttribute::Team, team);
        let ends = Condition::Text(UserAttribute::Profile(ProfileField::Email), TextOperator::Co, "7@".to_owned());
        for order in SortOrder::ALL {
            let all = Listing { order, count: 700, ..list(Some(in_team.clone()), None) };
            let lengths: Vec<_> = pages(db, &ours, all).iter().map(|page| page.items.len()).collect();
            assert_eq!(lengths, [700, 700, 700, 700, 200]);
            let some = Condition::All(vec![in_team.clone(), ends.clone()]);
            let pages = pages(db, &ours, Listing { order, ..list(Some(some), None) });
            let mut ids: Vec<UserId> =
                pages.iter().flat_map(|page| &page.items).map(|user| user.id).collect();
            if order == SortOrder::Descending {
                ids.reverse();
            }
            assert!(ids.is_sorted());
            assert_eq!(ids.len(), 300);
        }
    }

    fn pages_contain_every_lasting_user_once_during_changes(db) {
        let ours = account("a");
        db.write(|tx| tx.insert_account(&ours)).unwrap();
        let mut dice = Dice(20);
        let mut coming = 1_000;
        let all = people(db, &ours, &mut dice, 200);
        // Every second one stays.
        let (stay, mut leave): (Vec<Person>, Vec<Person>) =
            all.into_iter().partition(|_| dice.roll(2) == 0);
        let sorts = [UserAttribute::Profile(ProfileField::Email), UserAttribute::Profile(ProfileField::LastName), UserAttribute::UpdatedAt];
        for sort in [None].into_iter().chain(sorts.map(Some)) {
            for order in SortOrder::ALL {
                let mut met: BTreeMap<UserId, usize> = BTreeMap::new();
                let mut listing = Listing { order, count: 7, ..list(None, sort) };
                loop {
                    let page = db.read(|tx| tx.list_users(ours.id, &listing)).unwrap();
                    page.items.iter().for_each(|user| *met.entry(user.id).or_default() += 1);
                    let Some(next) = page.next else { break };
                    // The one at whom the page ended goes as well, if they may.
                    let last = leave.iter().position(|who| who.user.id.as_uuid() == next.id);
                    let gone = last.or_else(|| (!leave.is_empty()).then(|| dice.roll(leave.len())));
                    if let Some(gone) = gone {
                        let gone = leave.swap_remove(gone).user.id;
                        db.run(&format!("DELETE FROM users WHERE id = {}", db.id(gone)));
                    }
                    for _ in 0..2 {
                        coming += 1;
                        let user = some_user(&ours, &mut dice, coming);
                        db.write(|tx| tx.insert_user(&user)).unwrap();
                        leave.push(Person { user, teams: vec![] });
                    }
                    listing.after = Some(next);
                }
                assert!(met.values().all(|times| *times == 1), "{sort:?}, {order:?}");
                for Person { user, .. } in &stay {
                    assert!(met.contains_key(&user.id), "{sort:?}, {order:?}: {user:?}");
                }
            }
        }
    }

    fn largest_allowed_condition_is_answered(db) {
        let ours = account("a");
        db.write(|tx| tx.insert_account(&ours)).unwrap();
        let mut dice = Dice(21);
        let people = people(db, &ours, &mut dice, 20);
        let term = |n: usize| {
            let text = format!("ada{n}");
            let of = [UserAttribute::Profile(ProfileField::Position), UserAttribute::Profile(ProfileField::ExternalId)][n % 2];
            Condition::Text(of, [TextOperator::Co, TextOperator::Sw, TextOperator::Ew][n % 3], text)
        };
        let long = |deep: usize| (0..64).map(|n| nested(term(n), deep)).collect::<Vec<_>>();
        for condition in [
            Condition::Any(long(0)),
            Condition::Not(Box::new(Condition::Any(long(0)))),
            Condition::All(long(48)),
            nested(Condition::Any(long(0)), 64),
            nested(Condition::Any(long(0)), 66),
        ] {
            let expected = people.iter().filter(|person| matches_condition(&condition, person)).count();
            let listing = Listing { with_total: true, ..list(Some(condition), None) };
            let page = db.read(|tx| tx.list_users(ours.id, &listing)).unwrap();
            assert_eq!((page.items.len(), page.total), (expected, Some(expected as u64)));
        }
    }
}
