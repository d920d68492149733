//! The other SCIM servers.

use serde_json::json;
use ureq::http::Method;

use crate::{
    client::{Request, ScimServer},
    peer::{PeerFiles, RunningPeer},
    requests::user_body,
};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Peer {
    Scim2Server,
    Scimmy,
}

impl Peer {
    pub(crate) const ALL: [Self; 2] = [Self::Scim2Server, Self::Scimmy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scim2Server => "scim2-server",
            Self::Scimmy => "scimmy-routers",
        }
    }

    pub(crate) fn start(self, files: &PeerFiles) -> RunningPeer {
        RunningPeer::start(self.name(), |address| {
            let mut command = match self {
                Self::Scim2Server => files.python("python"),
                Self::Scimmy => files.node("scimmy.mjs"),
            };
            if matches!(self, Self::Scim2Server) {
                command.arg("scim2.py");
            }
            command.arg(address.port().to_string());
            command
        })
    }
}

/// Creates a number of users. Returns their IDs.
pub(crate) fn create_users(server: &ScimServer, users: u64) -> Vec<String> {
    (0..users)
        .map(|number| {
            let body = user_body(&format!("user{number:07}@example.com"));
            let made = server.send_and_parse(&Request::with(Method::POST, "/Users".into(), body));
            made["id"].as_str().expect("an id").to_owned()
        })
        .collect()
}

/// Makes a group of so many members; its id. Who is not there is made up: a
/// peer does not look.
pub(crate) fn create_group(server: &ScimServer, users: &[String], size: usize) -> String {
    let unknown_users =
        (users.len()..).map(|number| format!("00000000-0000-4000-8000-{number:012}"));
    let members: Vec<_> = users
        .iter()
        .cloned()
        .chain(unknown_users)
        .take(size)
        .map(|id| json!({"value": id}))
        .collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": format!("Group of {size}"),
        "members": members,
    });
    let made = server.send_and_parse(&Request::with(
        Method::POST,
        "/Groups?excludedAttributes=members".into(),
        body,
    ));
    made["id"].as_str().expect("an id").to_owned()
}
