//! Formats values for pages.

use chrono::TimeDelta;

use crate::domain::{
    Timestamp,
    profile_field::ProfileField,
    role::{AccountRole, TeamRole},
    user::User,
};

/// The display name of a user: first and last name, or the e-mail address.
pub(super) fn display_name(user: &User) -> String {
    let name = format!("{} {}", user.profile.first_name, user.profile.last_name);
    match name.trim() {
        "" => user.email.as_str().to_owned(),
        name => name.to_owned(),
    }
}

/// One or two letters that stand for a user's picture. The picture itself is
/// never loaded: its server would learn who signs in when.
pub(super) fn build_initials(user: &User) -> String {
    let initial = |text: &str| text.chars().find(|char| char.is_alphanumeric());
    let names = [&user.profile.first_name, &user.profile.last_name].map(|name| initial(name));
    let mut letters: String = names.into_iter().flatten().flat_map(char::to_uppercase).collect();
    if letters.is_empty() {
        letters.extend(initial(user.email.as_str()).into_iter().flat_map(char::to_uppercase));
    }
    letters
}

/// The texts of a user's profile, each after its label.
pub(super) fn texts(user: &User) -> Vec<(String, &str)> {
    let capitalized = |label: String| {
        let mut chars = label.chars();
        chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect::<String>()
    };
    let texts = ProfileField::text_fields();
    texts
        .filter_map(|field| Some((capitalized(field.label()), user.profile.text(field)?)))
        .collect()
}

/// The label of an account role.
pub(super) fn account_role_label(role: AccountRole) -> &'static str {
    match role {
        AccountRole::Stakeholder => "Stakeholder",
        AccountRole::Guest => "Guest",
        AccountRole::Responder => "Responder",
        AccountRole::User => "User",
        AccountRole::Admin => "Admin",
    }
}

/// The label of a team role.
pub(super) fn team_role_label(role: TeamRole) -> &'static str {
    match role {
        TeamRole::Stakeholder => "Stakeholder",
        TeamRole::Responder => "Responder",
        TeamRole::User => "User",
        TeamRole::Admin => "Admin",
    }
}

/// Formats a moment for people: `23 November 2026, 18:35 UTC`.
pub(super) fn format_moment(timestamp: Timestamp) -> String {
    timestamp.format("%-d %B %Y, %H:%M UTC").to_string()
}

/// Formats a moment for machines (RFC 3339, to the second).
pub(super) fn format_machine_moment(timestamp: Timestamp) -> String {
    timestamp.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Formats the remaining time, rounded to the nearest unit: `about 7 hours`.
pub(super) fn format_time_left(left: TimeDelta) -> String {
    // Rounded to the nearest minute: eight hours less a second are eight hours.
    let minutes = (left + TimeDelta::seconds(30)).num_minutes();
    let (count, unit) = match minutes {
        ..=0 => return "less than a minute".to_owned(),
        1..60 => (minutes, "minute"),
        60..2_850 => ((minutes + 30) / 60, "hour"),
        _ => ((minutes + 720) / 1_440, "day"),
    };
    format!("about {count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_time_is_formatted_in_one_unit() {
        let table = [
            (-5, "less than a minute"),
            (29, "less than a minute"),
            (59, "about 1 minute"),
            (60, "about 1 minute"),
            (59 * 60, "about 59 minutes"),
            (3_599, "about 1 hour"),
            (3_600, "about 1 hour"),
            (8 * 3_600 - 1, "about 8 hours"),
            (47 * 3_600, "about 47 hours"),
            (48 * 3_600 - 1, "about 2 days"),
            (61 * 3_600, "about 3 days"),
        ];
        for (seconds, stated) in table {
            assert_eq!(format_time_left(TimeDelta::seconds(seconds)), stated, "{seconds} s");
        }
    }

    #[test]
    fn moment_is_formatted_in_utc_to_the_minute() {
        let at = Timestamp::from_timestamp(1_795_458_900, 999_999_000).unwrap();
        assert_eq!(format_moment(at), "23 November 2026, 18:35 UTC");
        assert_eq!(format_machine_moment(at), "2026-11-23T18:35:00Z");
    }
}
