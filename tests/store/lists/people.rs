//! Users and teams to be listed.

use chrono::TimeDelta;
use usher::{
    domain::{
        account::Account,
        custom_attribute::{AttributeDefinition, CustomAttributes},
        filter::{Attribute as _, ValueType},
        id::{TeamId, UserId},
        lists::{TeamAttribute, UserAttribute},
        multi_valued::{FieldValue, MultiValuedField},
        profile_field::ProfileField,
        role::{AccountRole, TeamRole},
        team::Team,
        text::fold,
        user::{Origin, Profile, User, UserStatus},
    },
    store::StoreError,
};
use uuid::Uuid;

use super::{
    custom::{definitions, some_custom},
    dice::Dice,
    model::{ModelAttribute, Value},
    values::{some_mobile, some_texts, some_values},
};
use crate::{
    support::db::TestDb,
    world::{membership, now, seconds_later, team, user},
};

/// Names that are easily compared wrongly.
const NAMES: [&str; 24] = [
    "",
    "Ada",
    "ADA",
    "ada",
    "Adam",
    "Åda",
    "a%b",
    "a_b",
    "A\\b",
    "a*b",
    "a?b",
    "[ab]",
    "'; --",
    "\"q\"",
    "ß",
    "SS",
    "straße",
    "STRASSE",
    "日本",
    "日\u{10ffff}",
    "😀 smile",
    "z",
    "~",
    "e\u{301}",
];

const EXTERNAL: [&str; 8] = ["ab", "Ab", "AB", "a%", "A_", "É", "é", "😀"];

/// A user with the teams that they are in.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) teams: Vec<Uuid>,
}

impl ModelAttribute for UserAttribute {
    type Item = Person;

    fn id(person: &Person) -> Uuid {
        person.user.id.as_uuid()
    }

    fn values(Person { user, .. }: &Person, field: MultiValuedField) -> Vec<FieldValue> {
        user.values(field).into_owned()
    }

    fn custom_attributes(person: &Person) -> (Vec<AttributeDefinition>, CustomAttributes) {
        (definitions(person.user.account), person.user.profile.custom.clone())
    }

    fn is_order_of_ids(self) -> bool {
        self.value_type() == ValueType::Id || self == Self::CreatedAt
    }

    fn value(self, Person { user, teams }: &Person) -> Value {
        let folded = |text: Option<&String>| Value::text(text.map(|text| fold(text)).as_deref());
        match self {
            Self::Id => Value::Id(user.id.as_uuid()),
            Self::Profile(field) => match field {
                ProfileField::Email => Value::text(Some(user.email.key().as_str())),
                ProfileField::UserName => Value::text(Some(user.user_name_key().as_str())),
                ProfileField::ExternalId => Value::text(user.external_id.as_deref()),
                ProfileField::Role => Value::text(Some(user.role.as_str())),
                ProfileField::FirstName => folded(Some(&user.profile.first_name)),
                ProfileField::LastName => folded(Some(&user.profile.last_name)),
                ProfileField::DisplayName => folded(Some(&user.display_name())),
                ProfileField::Manager => Value::text(user.manager.as_deref()),
                ProfileField::FormattedName => {
                    let full = user.profile.full_name();
                    folded(Some(user.profile.texts.get(&field).unwrap_or(&full)))
                }
                text => {
                    let value = user.profile.texts.get(&text);
                    Value::text(value.map(|value| text.key(value)).as_deref())
                }
            },
            Self::Status => Value::text(Some(user.status.as_str())),
            Self::MobileE164 => {
                Value::text(user.profile.mobile.as_ref().map(|mobile| mobile.e164.as_str()))
            }
            Self::Origin => Value::text(Some(user.origin.as_str())),
            Self::CreatedAt => Value::Moment(user.created_at),
            Self::UpdatedAt => Value::Moment(user.updated_at),
            Self::FirstLoginAt => Value::moment(user.first_login_at),
            Self::LastLoginAt => Value::moment(user.last_login_at),
            Self::Team => Value::Several(teams.clone()),
            Self::Value(..) | Self::Custom(..) => Value::Absent,
        }
    }
}

impl ModelAttribute for TeamAttribute {
    type Item = Team;

    fn id(team: &Team) -> Uuid {
        team.id.as_uuid()
    }

    fn is_order_of_ids(self) -> bool {
        self.value_type() == ValueType::Id || self == Self::CreatedAt
    }

    fn value(self, team: &Team) -> Value {
        match self {
            Self::Id => Value::Id(team.id.as_uuid()),
            Self::Name => Value::text(Some(team.name.key().as_str())),
            // These teams have no members.
            Self::Member => Value::Several(Vec::new()),
            Self::Origin => Value::text(Some(team.origin.as_str())),
            Self::CreatedAt => Value::Moment(team.created_at),
            Self::UpdatedAt => Value::Moment(team.updated_at),
        }
    }
}

pub(crate) fn some_user(account: &Account, dice: &mut Dice, number: usize) -> User {
    let local = ["ada", "Ada_", "a%b", "Grace+x", "g"][dice.roll(5)];
    let domain = ["acme.example", "ACME.example", "b.example"][dice.roll(3)];
    // Several are made in one millisecond.
    let created_at = now() + TimeDelta::microseconds(i64::try_from(dice.roll(60) * 250).unwrap());
    let external = format!("{}{number}", dice.pick(&EXTERNAL));
    let name_of_scim = format!("{}{number}", dice.pick(&EXTERNAL)).parse().unwrap();
    let manager = (*dice.pick(&EXTERNAL)).to_owned();
    let mut name = || (*dice.pick(&NAMES)).to_owned();
    let (first_name, last_name, position, department) = (name(), name(), name(), name());
    User {
        id: UserId::new(created_at, dice.bytes()),
        user_name: dice.maybe(name_of_scim),
        manager: dice.maybe(manager),
        display_name: None,
        external_id: dice.maybe(external),
        role: *dice.pick(&AccountRole::ALL),
        profile: Profile {
            first_name,
            last_name,
            texts: [(ProfileField::Position, position), (ProfileField::Department, department)]
                .into_iter()
                .filter(|(_, text)| !text.is_empty())
                .chain(some_texts(dice))
                .collect(),
            mobile: (dice.roll(2) == 0).then(|| some_mobile(dice)),
            profile_image: dice.maybe("https://example.com/Ada.png".to_owned()),
            values: some_values(dice),
            custom: some_custom(account.id, dice),
        },
        status: *dice.pick(&UserStatus::ALL),
        origin: *dice.pick(&Origin::ALL),
        created_at,
        updated_at: seconds_later(i64::try_from(dice.roll(5)).unwrap()),
        first_login_at: dice.maybe(seconds_later(1)),
        last_login_at: dice.maybe(seconds_later(2)),
        ..user(account, &format!("{local}{number}@{domain}"))
    }
}

pub(crate) fn some_team(account: &Account, dice: &mut Dice, number: usize) -> Team {
    let created_at = now() + TimeDelta::microseconds(i64::try_from(dice.roll(60) * 250).unwrap());
    Team {
        id: TeamId::new(created_at, dice.bytes()),
        origin: *dice.pick(&Origin::ALL),
        created_at,
        updated_at: seconds_later(i64::try_from(dice.roll(5)).unwrap()),
        ..team(account, &format!("{}{number}", dice.pick(&NAMES)))
    }
}

/// So many users, some of them in some of the teams.
pub(crate) fn people(db: &TestDb, account: &Account, dice: &mut Dice, many: usize) -> Vec<Person> {
    let teams: Vec<Team> = (0..4).map(|number| some_team(account, dice, number)).collect();
    let person = |number| {
        let user = some_user(account, dice, number);
        let ours = teams.iter().filter(|_| dice.roll(4) == 0).map(|team| team.id.as_uuid());
        Person { user, teams: ours.collect() }
    };
    let people: Vec<Person> = (0..many).map(person).collect();
    db.write(|tx| {
        teams.iter().try_for_each(|team| tx.insert_team(team))?;
        for Person { user, teams: ours } in &people {
            tx.insert_user(user)?;
            for team in teams.iter().filter(|team| ours.contains(&team.id.as_uuid())) {
                tx.insert_membership(&membership(team, user, TeamRole::Admin))?;
            }
        }
        Ok::<_, StoreError>(())
    })
    .unwrap();
    people
}
