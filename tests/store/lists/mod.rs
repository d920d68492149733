//! Lists: for every query, both databases return the same rows as a model in memory.

pub(crate) mod custom;
pub(crate) mod dice;
mod explained;
pub(crate) mod many_rows;
mod model;
mod other_resources;
mod paging;
mod people;
mod plans;
mod records;
mod totals;
pub(crate) mod values;

use usher::{
    domain::{
        filter::Condition,
        lists::{Listing, Page, TeamAttribute, UserAttribute},
        user::User,
    },
    store::StoreError,
};

use self::{
    dice::Dice,
    model::assert_lists_like_the_model,
    people::{Person, people, some_team},
};
use crate::world::account;

/// How many lists of each resource are read.
const LISTS: usize = 400;

/// The people of a page of users.
fn to_people_page(page: Page<User>, people: &[Person]) -> Page<Person> {
    let known = |user: User| {
        let person = people.iter().find(|person| person.user.id == user.id).expect("was made");
        assert_eq!(user, person.user);
        person.clone()
    };
    let Page { items, next, total } = page;
    Page { items: items.into_iter().map(known).collect(), next, total }
}

on_both_databases! {
    fn list_of_users_equals_the_model(db) {
        let mut dice = Dice(1);
        let (ours, other) = (account("a"), account("b"));
        db.write(|tx| tx.insert_account(&ours).and_then(|()| tx.insert_account(&other))).unwrap();
        custom::define(db, &ours);
        let people_of_ours = people(db, &ours, &mut dice, 250);
        people(db, &other, &mut dice, 20);
        let list = |db: &crate::support::db::TestDb, listing: &_| {
            let page = db.read(|tx| tx.list_users(ours.id, listing))?;
            Ok::<_, StoreError>(to_people_page(page, &people_of_ours))
        };
        let mut met = 0;
        for _ in 0..LISTS {
            let listing = dice.listing::<UserAttribute>(&people_of_ours);
            met += usize::from(assert_lists_like_the_model(db, &people_of_ours, listing, list) > 0);
        }
        assert!(met > LISTS / 3, "most lists were empty: {met}");
    }

    fn list_of_users_by_custom_attributes_equals_the_model(db) {
        let mut dice = Dice(6);
        let ours = account("a");
        db.write(|tx| tx.insert_account(&ours)).unwrap();
        custom::define(db, &ours);
        let people = people(db, &ours, &mut dice, 250);
        let definitions = custom::definitions(ours.id);
        let list = |db: &crate::support::db::TestDb, listing: &_| {
            let page = db.read(|tx| tx.list_users(ours.id, listing))?;
            Ok::<_, StoreError>(to_people_page(page, &people))
        };
        let mut met = 0;
        for _ in 0..LISTS {
            let condition = custom::some_custom_condition(&definitions, &mut dice);
            let condition = match dice.roll(3) {
                0 => Condition::Not(Box::new(condition)),
                _ => condition,
            };
            let listing = dice.listing::<UserAttribute>(&people);
            let listing = Listing { condition: Some(condition), ..listing };
            met += usize::from(assert_lists_like_the_model(db, &people, listing, list) > 0);
        }
        assert!(met > LISTS / 2, "most lists were empty: {met}");
    }

    fn list_of_users_by_alternatives_equals_the_model(db) {
        let mut dice = Dice(4);
        let ours = account("a");
        db.write(|tx| tx.insert_account(&ours)).unwrap();
        custom::define(db, &ours);
        let people = people(db, &ours, &mut dice, 250);
        let list = |db: &crate::support::db::TestDb, listing: &_| {
            let page = db.read(|tx| tx.list_users(ours.id, listing))?;
            Ok::<_, StoreError>(to_people_page(page, &people))
        };
        let mut met = 0;
        for _ in 0..LISTS {
            let listing = dice.list_of_alternatives::<UserAttribute>(&people);
            met += usize::from(assert_lists_like_the_model(db, &people, listing, list) > 0);
        }
        assert!(met > LISTS / 3, "most lists were empty: {met}");
    }

    fn list_of_teams_equals_the_model(db) {
        let mut dice = Dice(2);
        let (ours, other) = (account("a"), account("b"));
        let teams: Vec<_> = (0..150).map(|number| some_team(&ours, &mut dice, number)).collect();
        db.write(|tx| {
            tx.insert_account(&ours)?;
            tx.insert_account(&other)?;
            tx.insert_team(&some_team(&other, &mut Dice(3), 1))?;
            teams.iter().try_for_each(|team| tx.insert_team(team))
        })
        .unwrap();
        for _ in 0..LISTS {
            let listing = dice.listing::<TeamAttribute>(&teams);
            assert_lists_like_the_model(db, &teams, listing, |db, listing| db.read(|tx| tx.list_teams(ours.id, listing)));
        }
    }
}
