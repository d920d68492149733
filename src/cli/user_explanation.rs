//! The output of the explanation of a user.

use super::{
    CliError,
    output::{self, Screen, Style, format_moment, plain},
};
use crate::{
    app::users::{NamedProvenance, UserExplanation, ValueExplanation},
    domain::{provenance::Setter, user::User},
    http::views,
};

/// Shows the value of each attribute and membership, who set it, and who can change it.
pub(super) fn show(user: &User, explanation: UserExplanation, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&views::UserExplanation::from(explanation));
    }
    let screen = Screen::for_stdout();
    let head = ["attribute", "value", "set by", "since", "changeable"];
    let mut table = output::table(&head).with_wrapping(&["value", "set by", "changeable"]);
    for value in &explanation.values {
        let ValueExplanation { name, team, value, set_by, is_locked: _, policies: _, access } =
            value;
        let name = match team {
            Some((_, team)) => format!("{name}: {}", plain(team.as_str())),
            None => name.to_string(),
        };
        let since = set_by.as_ref().map(|set_by| format_moment(set_by.provenance.at));
        table.add_row([
            name,
            plain(value),
            set_by.as_ref().map_or_else(|| "not recorded".to_owned(), format_setter),
            since.unwrap_or_else(|| "-".to_owned()),
            plain(access),
        ]);
    }
    let title = format!("{}  {}", plain(user.email.as_str()), user.id);
    let title = screen.paint(Style::Heading, &title);
    output::write(&format!("{title}\n{}", table.render(screen)))
}

/// The setter's kind as the contract spells it, the name or the ID, and the attempt or the
/// request.
fn format_setter(set_by: &NamedProvenance) -> String {
    let NamedProvenance { provenance, name } = set_by;
    let (kind, id) = match provenance.setter {
        Setter::Login { connection, attempt: _ } => ("LOGIN", connection.map(|id| id.to_string())),
        Setter::ScimClient(client) => ("SCIM_CLIENT", Some(client.to_string())),
        Setter::ApiKey(key) => ("API_KEY", Some(key.to_string())),
        Setter::User(user) => ("USER", Some(user.to_string())),
        Setter::CommandLine => ("COMMAND_LINE", None),
        Setter::Default => ("DEFAULT", None),
    };
    let name = name.as_deref().filter(|name| !name.is_empty()).map(plain).or(id);
    let import = provenance.is_import.then(|| "by an import".to_owned());
    let cause = match (provenance.setter, &provenance.request) {
        (Setter::Default, _) => None,
        (Setter::Login { attempt, .. }, _) => Some(format!("attempt {attempt}")),
        (_, request) => request.as_ref().map(|request| format!("request {}", plain(request))),
    };
    let parts = [Some(kind.to_owned()), name, import, cause];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
