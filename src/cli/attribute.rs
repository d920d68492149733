//! `usher attribute`

use clap::{Args, Subcommand};
use serde::Serialize;
use uuid::Uuid;

use super::{
    CliError,
    account_arg::{AccountArg, with_account_name},
    output::{self, Record, Screen, format_count, format_moment, plain},
    setup::Setup,
};
use crate::{
    app::{App, attribute_definitions, callers::Caller},
    domain::{
        custom_attribute::{
            AttributeDefinition, AttributeDefinitionChanges, CustomAttributeName, Mutability,
            NewAttributeDefinition, SubAttributeDefinition, ValueType, Visibility,
        },
        etag::IfMatch,
    },
    http::views,
};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the attributes that an account defines for its users
    List(AccountArg),
    /// Show an attribute
    Show(AttributeArg),
    /// Define an attribute; name, type and sub-attributes can't be changed later
    Create {
        #[command(flatten)]
        of: AccountArg,
        /// Its name, unique in the account regardless of case
        #[arg(long)]
        name: CustomAttributeName,
        /// The type: STRING, BOOLEAN, INTEGER, DECIMAL, DATE_TIME, REFERENCE or COMPLEX
        #[arg(long = "type", value_name = "TYPE", value_parser = value_type)]
        value_type: ValueType,
        /// It has several values
        #[arg(long)]
        multi_valued: bool,
        /// Its texts are compared with case
        #[arg(long)]
        case_exact: bool,
        /// A sub-attribute of the type COMPLEX; repeat the flag for several
        #[arg(long = "sub-attribute", value_name = "NAME=TYPE", value_parser = sub_attribute)]
        sub_attributes: Vec<SubAttributeDefinition>,
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// Change an attribute; flags that are left out change nothing
    Set {
        #[command(flatten)]
        named: AttributeArg,
        #[command(flatten)]
        rules: RuleArgs,
    },
    /// Delete an attribute with the values of all users
    Delete {
        #[command(flatten)]
        named: AttributeArg,
        /// Also delete an attribute that users have values of, or that connections use
        #[arg(long)]
        force: bool,
    },
}

/// One attribute.
#[derive(Debug, Args)]
pub(super) struct AttributeArg {
    #[command(flatten)]
    of: AccountArg,
    /// The attribute: an ID or a name
    attribute: String,
}

/// The rules of an attribute that can change.
#[derive(Debug, Args)]
pub(super) struct RuleArgs {
    /// Its purpose
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Whether an administrator can create a user only with a value
    #[arg(long, value_name = "BOOL")]
    required: Option<bool>,
    /// A value that is accepted, of the type STRING; repeat the flag for several. An empty
    /// value accepts all
    #[arg(long = "canonical-value", value_name = "TEXT")]
    canonical_values: Option<Vec<String>>,
    /// Who can change a value: READ_WRITE, IMMUTABLE or READ_ONLY
    #[arg(long, value_parser = mutability)]
    mutability: Option<Mutability>,
    /// Who gets the values: ADMIN, PRODUCT or BOTH
    #[arg(long, value_parser = visibility)]
    visibility: Option<Visibility>,
}

/// A deleted attribute, and the number of users who had a value.
#[derive(Serialize)]
struct DeletedBody<'a> {
    id: Uuid,
    name: &'a str,
    users: u64,
}

impl Command {
    pub(super) fn run(self, setup: &Setup) -> Result<(), CliError> {
        let app = setup.app()?;
        match self {
            Self::List(of) => {
                let account = of.load(&app)?;
                let all = attribute_definitions::list(&app, &Caller::command_line(account.id))?;
                list(all, &account.slug, of.json)
            }
            Self::Show(named) => {
                let (_, definition) = named.find(&app)?;
                show(definition, named.of.json)
            }
            Self::Create {
                of,
                name,
                value_type,
                multi_valued,
                case_exact,
                sub_attributes,
                rules,
            } => {
                let caller = Caller::command_line(of.load(&app)?.id);
                let new = NewAttributeDefinition {
                    name,
                    value_type,
                    is_multi_valued: multi_valued,
                    is_case_exact: case_exact,
                    sub_attributes,
                    changes: rules.into(),
                };
                show(attribute_definitions::create(&app, &caller, new)?, of.json)
            }
            Self::Set { named, rules } => {
                let (caller, AttributeDefinition { id, .. }) = named.find(&app)?;
                let unconditional = IfMatch::Unconditional;
                let changes = rules.into();
                let updated =
                    attribute_definitions::update(&app, &caller, id, &unconditional, &changes)?;
                show(updated, named.of.json)
            }
            Self::Delete { named, force } => {
                let (caller, definition) = named.find(&app)?;
                let unconditional = IfMatch::Unconditional;
                let id = definition.id;
                let users =
                    attribute_definitions::delete(&app, &caller, id, &unconditional, force)?;
                show_deleted(&definition, users, named.of.json)
            }
        }
    }
}

impl AttributeArg {
    fn find(&self, app: &App) -> Result<(Caller, AttributeDefinition), CliError> {
        let account = self.of.load(app)?;
        let caller = Caller::command_line(account.id);
        let found = attribute_definitions::find_by_id_or_name(app, &caller, &self.attribute);
        Ok((caller, found.map_err(|error| with_account_name(error, &account))?))
    }
}

impl From<RuleArgs> for AttributeDefinitionChanges {
    fn from(rules: RuleArgs) -> Self {
        let RuleArgs { description, required, canonical_values, mutability, visibility } = rules;
        let without_empty = |mut values: Vec<String>| {
            values.retain(|value| !value.is_empty());
            values
        };
        Self {
            description,
            is_required: required,
            canonical_values: canonical_values.map(without_empty),
            mutability,
            visibility,
        }
    }
}

/// Parses a name of a closed list in any case.
fn parse_name<T: Copy, const N: usize>(
    text: &str,
    all: [T; N],
    name: fn(T) -> &'static str,
) -> Result<T, String> {
    let found = all.into_iter().find(|one| name(*one).eq_ignore_ascii_case(text));
    found.ok_or_else(|| format!("must be one of {}", all.map(name).join(", ")))
}

fn value_type(text: &str) -> Result<ValueType, String> {
    parse_name(text, ValueType::ALL, ValueType::as_str)
}

fn mutability(text: &str) -> Result<Mutability, String> {
    parse_name(text, Mutability::ALL, Mutability::as_str)
}

fn visibility(text: &str) -> Result<Visibility, String> {
    parse_name(text, Visibility::ALL, Visibility::as_str)
}

fn sub_attribute(text: &str) -> Result<SubAttributeDefinition, String> {
    let (name, kind) =
        text.split_once('=').ok_or_else(|| "must be NAME=TYPE, such as city=STRING".to_owned())?;
    Ok(SubAttributeDefinition {
        name: name.parse().map_err(|error| format!("{name:?} {error}"))?,
        value_type: value_type(kind)?,
        is_case_exact: false,
        description: String::new(),
        is_required: false,
        canonical_values: Vec::new(),
    })
}

/// The type with the sub-attributes, as in `COMPLEX: city STRING, floor INTEGER`.
fn describe_type(definition: &AttributeDefinition) -> String {
    let sub_attributes = definition
        .sub_attributes
        .iter()
        .map(|sub_attribute| format!("{} {}", sub_attribute.name, sub_attribute.value_type));
    let sub_attributes = sub_attributes.collect::<Vec<_>>().join(", ");
    let several = if definition.is_multi_valued { ", several values" } else { "" };
    let sub_attributes =
        if sub_attributes.is_empty() { sub_attributes } else { format!(": {sub_attributes}") };
    format!("{}{sub_attributes}{several}", definition.value_type)
}

fn list(definitions: Vec<AttributeDefinition>, account: &str, json: bool) -> Result<(), CliError> {
    if json {
        let all = definitions.into_iter().map(views::AttributeDefinition::from);
        return output::json(&all.collect::<Vec<_>>());
    }
    let head = ["attribute", "type", "required", "mutability", "visibility", "id"];
    let mut table = output::table(&head).with_wrapping(&["type"]);
    for definition in &definitions {
        table.add_row([
            definition.name.to_string(),
            describe_type(definition),
            definition.is_required.to_string(),
            definition.mutability.to_string(),
            definition.visibility.to_string(),
            definition.id.to_string(),
        ]);
    }
    table.show(&format!(
        "The account {account} defines no attributes. Define one with `usher attribute create \
         --name NAME --type TYPE`."
    ))
}

fn show(definition: AttributeDefinition, json: bool) -> Result<(), CliError> {
    if json {
        return output::json(&views::AttributeDefinition::from(definition));
    }
    let mut record = Record::default();
    record.add_whole("attribute", definition.name.to_string());
    record.add_whole("id", definition.id.to_string());
    record.add_text("type", describe_type(&definition));
    record.add_text("description", plain(&definition.description));
    record.add_whole("case-exact", definition.is_case_exact.to_string());
    record.add_whole("required", definition.is_required.to_string());
    let values = definition.canonical_values.iter().map(|value| plain(value));
    record.add_text("accepted values", values.collect::<Vec<_>>().join(", "));
    record.add_whole("mutability", definition.mutability.to_string());
    record.add_whole("visibility", definition.visibility.to_string());
    record.add_whole("created", format_moment(definition.created_at));
    record.add_whole("updated", format_moment(definition.updated_at));
    output::write(&record.render(Screen::for_stdout()))
}

fn show_deleted(definition: &AttributeDefinition, users: u64, json: bool) -> Result<(), CliError> {
    let AttributeDefinition { id, name, .. } = definition;
    if json {
        return output::json(&DeletedBody { id: id.as_uuid(), name: name.as_str(), users });
    }
    output::write(&format!(
        "Deleted the attribute {name} ({id}), with the values of {}.",
        format_count(users, "user")
    ))
}
