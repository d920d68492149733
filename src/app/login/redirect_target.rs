//! Where a browser goes after its login.

use crate::{
    app::App,
    domain::{
        check::{Check, CheckId},
        connection::Connection,
        return_to,
        session::PendingRequest,
    },
};

/// Checks the `RelayState` that came with a response.
///
/// In a response to our request, it must equal the value sent with the request, or be
/// missing. Without a request any value passes, because only listed values are followed.
pub(super) fn check(
    app: &App,
    connection: &Connection,
    request: Option<&PendingRequest>,
    relay_state: Option<&str>,
) -> Check {
    const ID: CheckId = CheckId::RelayState;
    let relay_state = relay_state.filter(|value| !value.is_empty());
    let Some(value) = relay_state else {
        return Check::passed(ID, "the value sent with the request, or none", "none");
    };
    match request {
        Some(request) => {
            let same = value == request.relay_state;
            let actual = if same { "the value sent with the request" } else { value };
            Check::from_condition(ID, same, "the value sent with the request, or none", actual)
        }
        None => {
            let expected = "a value on the connection's list; any other is not followed";
            let actual = match find_listed(app, connection, value) {
                Some(_) => value.to_owned(),
                None => format!("{value} (not on the list: not followed)"),
            };
            Check::passed(ID, expected, actual)
        }
    }
}

/// Returns the redirect target: the `return_to` of the request, a listed
/// `RelayState`, or the landing page.
pub(super) fn resolve(
    app: &App,
    connection: &Connection,
    request: Option<&PendingRequest>,
    relay_state: Option<&str>,
) -> String {
    let desired = match request {
        Some(request) => request.return_to.clone(),
        None => relay_state.and_then(|value| find_listed(app, connection, value)),
    };
    desired.unwrap_or_else(|| app.settings.landing.clone())
}

fn find_listed(app: &App, connection: &Connection, value: &str) -> Option<String> {
    let is_listed = connection.saml.relay_states.iter().any(|listed| listed == value);
    let settings = &app.settings;
    is_listed
        .then(|| return_to::parse_allowed(value, &settings.base_url, &settings.return_origins))
        .flatten()
}
