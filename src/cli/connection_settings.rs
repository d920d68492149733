//! The flags of the settings of a connection: one for each definition.

use std::collections::BTreeMap;

use clap::{
    Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches,
    builder::{PossibleValuesParser, StringValueParser, TypedValueParser as _},
};
use serde_json::{Map, Value as Json, json};

use super::{
    number::whole_number,
    output::{format_instant, plain_or_dash},
};
use crate::domain::{
    connection_patch::ConnectionPatch,
    connection_setting::{
        ConnectionSetting, MAX_ATTRIBUTE_NAME_CHARS, SettingDefinition, SettingKind, SettingValue,
    },
    field_error::{FieldError, Reason},
    mapping_target::MappingTarget,
    provisioning::MappingPreset,
    quote::QuotedText,
    role::{AccountRole, TeamRole},
    update_policy::UpdatePolicy,
    value_transform::ValueTransform,
};

/// How its responses are verified, and who is created.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(super) struct Policy {
    /// Whether users may log in through the connection
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    enabled: Option<bool>,
    /// Replace all mappings and the e-mail attribute with those of a preset: OKTA, ENTRA_ID, GOOGLE, AD_FS, or EDUPERSON for X.500 and eduPerson OIDs. --map and --email-attribute are applied after it
    #[arg(long, value_name = "PRESET")]
    mapping_preset: Option<MappingPreset>,
    #[command(flatten)]
    settings: SettingArgs,
}

/// The values of the flags.
#[derive(Debug)]
struct SettingArgs(BTreeMap<ConnectionSetting, Vec<Json>>);

impl Policy {
    /// Returns the change that the flags request, and every error.
    pub(super) fn into_patch(self, name: Option<String>) -> (ConnectionPatch, Vec<FieldError>) {
        let Self { enabled, mapping_preset, settings: SettingArgs(values) } = self;
        let mut patch = ConnectionPatch { name, enabled, ..ConnectionPatch::default() };
        let mut errors = Vec::new();
        for (setting, values) in values {
            let joined = join_values(setting, values);
            let is_after_preset = setting == ConnectionSetting::Mapping && mapping_preset.is_some();
            match joined.and_then(|value| setting.parse(&value)) {
                Ok(parsed) if is_after_preset => drop(patch.settings.insert(setting, parsed)),
                Ok(parsed) => {
                    drop(patch.settings.insert(setting, parsed.map(SettingValue::complete)));
                }
                Err(more) => errors.extend(more),
            }
        }
        if let Some(preset) = mapping_preset {
            patch.apply_preset(preset);
        }
        (patch, errors)
    }
}

impl Args for SettingArgs {
    fn augment_args(command: Command) -> Command {
        command.args(ConnectionSetting::ALL.into_iter().map(to_arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let values = |setting: ConnectionSetting| {
            let values = matches.get_many::<Json>(setting.as_str())?;
            Some((setting, values.cloned().collect()))
        };
        Ok(Self(ConnectionSetting::ALL.into_iter().filter_map(values).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(|args| self.0.extend(args.0))
    }
}

fn to_arg(setting: ConnectionSetting) -> Arg {
    let SettingDefinition { name, kind, flag, .. } = *setting.definition();
    let arg = Arg::new(name).long(flag);
    let text = StringValueParser::new();
    let list = |text: String| if text.is_empty() { json!([]) } else { json!([text]) };
    let repeat_note =
        ". Repeat for several values. Replaces all values; an empty value clears them";
    let (arg, value_name, note) = match kind {
        SettingKind::Switch => {
            let parser = PossibleValuesParser::new(["true", "false"]);
            let arg = arg.num_args(0..=1).default_missing_value("true");
            (arg.value_parser(parser.map(|on| json!(on == "true"))), "BOOL", String::new())
        }
        SettingKind::Count { max, unit } => {
            let parse = move |text: &str| whole_number(text, 0, max).map(|count| json!(count));
            let arg = arg.allow_negative_numbers(true).value_parser(parse);
            (arg, unit, format!(": 0 to {max}"))
        }
        // An empty string clears them.
        SettingKind::Attribute => (
            arg.value_parser(text.map(Json::from)),
            "ATTRIBUTE",
            ". An empty value clears it".into(),
        ),
        SettingKind::Uri => {
            (arg.value_parser(text.map(Json::from)), "URI", ". An empty value clears it".into())
        }
        SettingKind::Timestamp => {
            let note = ", e.g. 2027-01-31T00:00:00Z. An empty value clears it".into();
            (arg.value_parser(parse_moment), "TIME", note)
        }
        SettingKind::RelayStates => (arg.value_parser(text.map(list)), "PATH", repeat_note.into()),
        SettingKind::Uris => (arg.value_parser(text.map(list)), "URI", repeat_note.into()),
        SettingKind::Mapping => {
            let note = format!(", e.g. firstName=urn:oid:2.5.4.42{repeat_note}");
            (arg.value_parser(parse_pair), "FIELD=ATTRIBUTE", note)
        }
        SettingKind::Transforms => {
            let note = format!(", as JSON, e.g. '{TRANSFORM_EXAMPLE}'{repeat_note}");
            (arg.value_parser(parse_transform), "JSON", note)
        }
        SettingKind::Policies => {
            let policies = UpdatePolicy::NAMES.join(", ");
            let note = format!(", e.g. department=ALWAYS. One of {policies}{repeat_note}");
            (arg.value_parser(parse_policy), "ATTRIBUTE=POLICY", note)
        }
        SettingKind::AccountRole => {
            let note =
                format!(": one of {}. An empty value clears it", AccountRole::NAMES.join(", "));
            (arg.value_parser(text.map(text_or_null)), "ROLE", note)
        }
        SettingKind::TeamRole => {
            let note = format!(": one of {}. An empty value clears it", TeamRole::NAMES.join(", "));
            (arg.value_parser(text.map(text_or_null)), "ROLE", note)
        }
    };
    let is_list = matches!(
        kind,
        SettingKind::RelayStates
            | SettingKind::Uris
            | SettingKind::Mapping
            | SettingKind::Transforms
            | SettingKind::Policies
    );
    let action = if is_list { ArgAction::Append } else { ArgAction::Set };
    let about = setting.description().trim_end_matches('.').replace('`', "");
    arg.action(action).value_name(value_name).help(format!("{about}{note}"))
}

fn text_or_null(text: String) -> Json {
    if text.is_empty() { Json::Null } else { text.into() }
}

fn parse_moment(text: &str) -> Result<Json, String> {
    if text.is_empty() {
        return Ok(Json::Null);
    }
    let moment = SettingKind::Timestamp.parse("", &json!(text));
    moment
        .map(|moment| moment.to_json())
        .map_err(|_| "must be a time such as 2027-01-31T00:00:00Z".to_owned())
}

/// An example of a transform, for help and errors.
const TRANSFORM_EXAMPLE: &str =
    r#"{"field":"role","table":[{"received":"Domain Admins","value":"ADMIN"}]}"#;

fn parse_transform(text: &str) -> Result<Json, String> {
    if text.is_empty() {
        return Ok(json!([]));
    }
    let transform = serde_json::from_str::<Json>(text).ok().filter(Json::is_object);
    let expected = || format!("must be a JSON object such as {TRANSFORM_EXAMPLE}");
    transform.map(|transform| json!([transform])).ok_or_else(expected)
}

fn parse_policy(text: &str) -> Result<Json, String> {
    if text.is_empty() {
        return Ok(json!({}));
    }
    let expected = "must be ATTRIBUTE=POLICY, such as department=ALWAYS";
    let (attribute, policy) = text.split_once('=').ok_or(expected)?;
    Ok(json!({ attribute: policy }))
}

fn parse_pair(text: &str) -> Result<Json, String> {
    if text.is_empty() {
        return Ok(json!({}));
    }
    let expected = "must be FIELD=ATTRIBUTE, such as firstName=urn:oid:2.5.4.42";
    let (field, name) = text.split_once('=').ok_or(expected)?;
    if MappingTarget::find(field).is_none() {
        let names = MappingTarget::names().join(", ");
        return Err(format!("the field must be one of {names}, or attributes.NAME"));
    }
    Ok(json!({ field: name }))
}

/// Joins the values of a flag.
///
/// # Errors
/// Each field that is mapped twice, or to nothing.
fn join_values(setting: ConnectionSetting, values: Vec<Json>) -> Result<Json, Vec<FieldError>> {
    let (mut elements, mut names, mut errors) = (Vec::new(), Map::new(), Vec::new());
    for value in values {
        match value {
            Json::Array(more) => elements.extend(more),
            Json::Object(more) => {
                for (field, name) in more {
                    errors.extend(mapping_error(setting, &field, &name, &names));
                    names.insert(field, name);
                }
            }
            single => return Ok(single),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(match setting.definition().kind {
        SettingKind::Mapping | SettingKind::Policies => Json::Object(names),
        _ => Json::Array(elements),
    })
}

fn mapping_error(
    setting: ConnectionSetting,
    field: &str,
    name: &Json,
    names: &Map<String, Json>,
) -> Option<FieldError> {
    if names.contains_key(field) {
        let reason = Reason::new(
            format!("{field} is given more than once"),
            "each field once",
            "Leave one of them out.",
        );
        return Some(FieldError::new(setting.as_str(), "", reason));
    }
    let reason = match setting.definition().kind {
        SettingKind::Policies => format!("must be one of {}", UpdatePolicy::NAMES.join(", ")),
        _ => format!("must be an attribute name of 1 to {MAX_ATTRIBUTE_NAME_CHARS} characters"),
    };
    let place = format!("{}/{field}", setting.as_str());
    (*name == json!("")).then(|| FieldError::new(place, "", reason))
}

/// The value of a setting for people.
pub(super) fn describe_value(setting: ConnectionSetting, value: &SettingValue) -> String {
    match (value, setting.definition().kind) {
        (SettingValue::Switch(value), _) => if *value { "yes" } else { "no" }.into(),
        (SettingValue::Count(count), SettingKind::Count { unit, .. }) => {
            format!("{count} {}", unit.get(..1).unwrap_or(unit).to_lowercase())
        }
        (SettingValue::Transforms(transforms), _) if !transforms.is_empty() => {
            transforms.iter().map(describe_transform).collect::<Vec<_>>().join("\n")
        }
        (SettingValue::Timestamp(moment), _) => moment.map_or_else(|| "-".into(), format_instant),
        (value, _) => {
            plain_or_dash(value.to_audit_text().filter(|text| !text.is_empty()).as_deref())
        }
    }
}

/// A transform for people: `role: table of 2 entries, default USER`.
fn describe_transform(transform: &ValueTransform) -> String {
    let ValueTransform {
        target,
        separator,
        lower_case,
        table,
        keep_unlisted,
        first_only,
        default_value,
    } = transform;
    let unlisted = if *keep_unlisted { ", others are kept" } else { "" };
    let steps = [
        separator.as_ref().map(|text| format!("split at {}", QuotedText(text))),
        lower_case.then(|| "lower case".to_owned()),
        (!table.is_empty()).then(|| format!("table of {} entries{unlisted}", table.len())),
        first_only.then(|| "first value".to_owned()),
        default_value.as_ref().map(|text| format!("default {}", QuotedText(text))),
    ];
    let steps: Vec<_> = steps.into_iter().flatten().collect();
    format!("{target}: {}", steps.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field_patch::FieldPatch;

    fn patch(line: &[&str]) -> (ConnectionPatch, Vec<FieldError>) {
        let command = Policy::augment_args(Command::new("set").no_binary_name(true));
        let matches = command.try_get_matches_from(line).unwrap();
        Policy::from_arg_matches(&matches).unwrap().into_patch(None)
    }

    #[test]
    fn mapping_consists_of_a_field_and_an_attribute() {
        let claim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";
        assert_eq!(parse_pair(&format!("firstName={claim}")), Ok(json!({ "firstName": claim })));
        assert_eq!(parse_pair("role=a=b"), Ok(json!({ "role": "a=b" })));
        assert_eq!(parse_pair("attributes.a=b"), Ok(json!({ "attributes.a": "b" })));
        assert!(parse_pair("firstname=x").unwrap_err().contains("firstName"));
        assert!(parse_pair("firstName").unwrap_err().contains("must be FIELD=ATTRIBUTE"));
    }

    #[test]
    fn empty_option_clears_the_value() {
        let guard = ConnectionSetting::CheckProvisionAttribute;
        let text = |text: Option<&str>| SettingValue::Text(text.map(str::to_owned));
        for (line, expected) in [
            (&[][..], None),
            (&["--guard", " team "], Some(FieldPatch::Set(text(Some("team"))))),
            (&["--guard", ""], Some(FieldPatch::Set(text(None)))),
        ] {
            assert_eq!(patch(line).0.settings.get(&guard), expected.as_ref(), "{line:?}");
        }
    }

    #[test]
    fn list_of_too_many_values_is_rejected() {
        let flags = ["--authn-context", "urn:a"].repeat(21);
        assert_eq!(patch(&flags).1.len(), 1);
    }
}
