//! The schemas of users: those of every account, and that of the custom attributes of an
//! account.

use serde_json::Value;

use crate::{
    app::{App, Error, callers::Caller},
    domain::{custom_attribute::AttributeDefinition, filter::Filter, id::AccountId},
    scim::{
        compatibility::CompatibilityFixes,
        error::ScimError,
        schema::{
            ResourceType, USERS, custom_schema_uri, names_custom_schema, with_custom_attributes,
        },
        search::{self, CustomDefinitions, SearchQuery, SearchableList},
    },
    store::{StoreError, Tx},
};

/// The schemas of the users of an account, as far as a request needs them.
#[derive(Debug, Default)]
pub struct UserSchemas(Option<CustomSchema>);

/// The schema of the custom attributes.
#[derive(Debug)]
struct CustomSchema {
    uri: String,
    definitions: Vec<AttributeDefinition>,
}

impl UserSchemas {
    /// All schemas of the caller's account.
    ///
    /// # Errors
    /// If the database can't be read.
    pub fn load(app: &App, caller: &Caller) -> Result<Self, Error> {
        app.db.read(|tx| Ok(Self::load_in(tx, caller.author.account)?))
    }

    /// The schemas that a body needs.
    pub(super) fn load_for(app: &App, caller: &Caller, body: &Value) -> Result<Self, Error> {
        match names_schema(body) {
            true => Self::load(app, caller),
            false => Ok(Self::default()),
        }
    }

    /// The schemas that parameters need.
    pub(super) fn load_for_texts<'a>(
        tx: &mut Tx<'_>,
        account: AccountId,
        mut texts: impl Iterator<Item = &'a String>,
    ) -> Result<Self, StoreError> {
        match texts.any(|text| names_custom_schema(text)) {
            true => Self::load_in(tx, account),
            false => Ok(Self::default()),
        }
    }

    fn load_in(tx: &mut Tx<'_>, account: AccountId) -> Result<Self, StoreError> {
        let definitions = tx.attribute_definitions(account)?;
        if definitions.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self(Some(CustomSchema { uri: load_uri(tx, account)?, definitions })))
    }

    /// Loads the definitions that a change needs, and locks them until the transaction ends.
    /// Definitions are locked before users, to prevent deadlocks.
    pub(super) fn lock_definitions(
        &self,
        tx: &mut Tx<'_>,
        account: AccountId,
    ) -> Result<Vec<AttributeDefinition>, StoreError> {
        match self.0 {
            Some(_) => tx.attribute_definitions_for_share(account),
            None => Ok(Vec::new()),
        }
    }

    /// Calls a function with the resource type `User` of the account.
    pub fn with_type<R>(&self, call: impl FnOnce(&ResourceType<'_>) -> R) -> R {
        match &self.0 {
            Some(CustomSchema { uri, definitions }) => {
                with_custom_attributes(uri, definitions, call)
            }
            None => call(&USERS),
        }
    }

    /// Parses the filter of a search of a list.
    pub(super) fn parse_filter<A: SearchableList>(
        &self,
        search: &SearchQuery,
        fixes: &mut CompatibilityFixes,
    ) -> Result<Option<Filter>, ScimError> {
        self.with_list_type::<A, _>(|kind| search::parse_filter(kind, search, fixes))
    }

    /// Whether the resources of a list have the attributes of a filter.
    pub(super) fn have_attributes_of<A: SearchableList>(&self, filter: &Filter) -> bool {
        self.with_list_type::<A, _>(|kind| search::has_attributes_of(kind, filter))
    }

    fn with_list_type<A: SearchableList, R>(&self, call: impl FnOnce(&ResourceType<'_>) -> R) -> R {
        match std::ptr::eq(A::TYPE, &raw const USERS) {
            true => self.with_type(call),
            false => call(A::TYPE),
        }
    }

    /// The URI of the schema of the custom attributes.
    pub(super) fn custom_uri(&self) -> Option<&str> {
        self.0.as_ref().map(|custom| custom.uri.as_str())
    }

    /// The custom attributes, for filters.
    pub(super) fn custom_definitions(&self) -> CustomDefinitions<'_> {
        let definitions = self.0.as_ref().map(|custom| custom.definitions.as_slice());
        CustomDefinitions { uri: self.custom_uri(), definitions: definitions.unwrap_or_default() }
    }
}

/// Loads the URI of the schema of the custom attributes of an account.
pub(super) fn load_uri(tx: &mut Tx<'_>, account: AccountId) -> Result<String, StoreError> {
    let account = tx.account(account)?;
    Ok(custom_schema_uri(&account.map(|account| account.slug).unwrap_or_default()))
}

/// Whether a body names the schema of the custom attributes.
fn names_schema(body: &Value) -> bool {
    match body {
        Value::Object(members) => {
            members.iter().any(|(key, value)| names_custom_schema(key) || names_schema(value))
        }
        Value::Array(values) => values.iter().any(names_schema),
        Value::String(text) => names_custom_schema(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
