//! The table of attacks: each on a server of its own, on SQLite; and all of a
//! kind one after the other on one server, on PostgreSQL, which must let in an
//! valid person before and after.

use super::{
    AttackScene, Browser, ForgedMessage, SamlPolicy, Signed, TestDb, assert_attack_fails, server,
    valid_login,
};

type Attack = (&'static str, fn(&AttackScene) -> ForgedMessage, &'static [&'static str]);

async fn alone((_, forge, checks): Attack) {
    let server = server(TestDb::sqlite(), SamlPolicy::default());
    assert_attack_fails(&server, forge, checks).await;
}

async fn in_a_row(attacks: &[Attack]) {
    let server = server(TestDb::postgres(), SamlPolicy::default());
    for (name, forge, checks) in attacks {
        // Shown if it fails.
        println!("{name}");
        assert_attack_fails(&server, *forge, checks).await;
    }
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        valid_login(&server, &Browser::new(), signed).await;
    }
    assert_eq!(server.attempts().len(), attacks.len() + 3);
}

macro_rules! http_tests {
    ($($kind:ident { $($attack:ident => [$($check:literal),*],)* })*) => {
        mod sqlite {$(
            mod $kind {
                $(
                    #[tokio::test]
                    async fn $attack() {
                        let attack = (stringify!($attack), crate::$kind::$attack as _, &[$($check),*] as _);
                        super::super::alone(attack).await;
                    }
                )*
            }
        )*}

        mod postgres {$(
            #[tokio::test]
            async fn $kind() {
                super::in_a_row(&[$(
                    (stringify!($attack), crate::$kind::$attack, &[$($check),*]),
                )*]).await;
            }
        )*}
    };
}

crate::table::each_attack!(http_tests);

#[tokio::test]
async fn valid_login_succeeds() {
    let server = server(TestDb::sqlite(), SamlPolicy::default());
    for signed in [Signed::Assertion, Signed::Response, Signed::Both] {
        valid_login(&server, &Browser::new(), signed).await;
    }
}
