//! Many operations in one request (RFC 7644, section 3.7). Each is a transaction
//! of its own, as if it had been sent alone.

use std::{collections::HashMap, str::FromStr};

use serde_json::Value;

use super::{
    base_url, groups,
    users::{self, ChangeMethod},
};
use crate::{
    app::{App, Error, callers::Caller},
    domain::etag::ETag,
    scim::{
        bulk::{self, Bulk, ExecutionOrder, Method, Operation, Target},
        compatibility::CompatibilityFixes,
        group,
    },
};

/// The outcome of an operation.
#[derive(Debug)]
pub struct BulkOutcome {
    /// The operation.
    pub operation: Operation,
    /// The URL of the resource, if there is one.
    pub location: Option<String>,
    /// The version of the resource if it is known, or why the operation failed.
    pub result: Result<Option<ETag>, OperationError>,
}

/// Why an operation failed.
#[derive(Debug)]
pub enum OperationError {
    /// It is part of a circular reference.
    Circular,
    /// The use case failed.
    Failed(Error),
}

/// The result of an applied operation.
struct AppliedOperation {
    id: String,
    tag: Option<ETag>,
}

/// Runs one operation after the other, until too many have failed. Returns the
/// outcomes of those that were tried, in the order of the request.
pub fn run(
    app: &App,
    caller: &Caller,
    bulk: Bulk,
    fixes: &mut CompatibilityFixes,
) -> Vec<BulkOutcome> {
    let Bulk { operations, fail_on_errors } = bulk;
    let ExecutionOrder { indices, circular } = ExecutionOrder::from_operations(&operations);
    let mut run = BulkRun { app, caller, fixes, created: HashMap::new() };
    let mut operations: Vec<_> = operations.into_iter().map(Some).collect();
    let mut outcomes = Vec::with_capacity(operations.len());
    let mut failed = 0;
    for index in indices {
        if fail_on_errors.is_some_and(|most| failed >= most) {
            break;
        }
        let Some(operation) = operations.get_mut(index).and_then(Option::take) else { continue };
        let is_circular = circular.get(index).copied().unwrap_or_default();
        let outcome = run.outcome(operation, is_circular);
        failed += u64::from(outcome.result.is_err());
        outcomes.push((index, outcome));
    }
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// A request that is in progress.
struct BulkRun<'a> {
    app: &'a App,
    caller: &'a Caller,
    fixes: &'a mut CompatibilityFixes,
    /// The IDs of created resources, by the `bulkId` of their operations.
    created: HashMap<String, String>,
}

impl BulkRun<'_> {
    fn outcome(&mut self, operation: Operation, is_circular: bool) -> BulkOutcome {
        let resolved = match is_circular {
            true => Err(OperationError::Circular),
            false => self.resolve(&operation).map_err(OperationError::Failed),
        };
        let target = resolved.as_ref().ok().map(|(target, _)| target.clone());
        let target = target.or_else(|| operation.target.clone().ok());
        let done = resolved.and_then(|(target, data)| {
            self.apply_idp_changes(&operation, &target, &data).map_err(OperationError::Failed)
        });
        if let (Ok(AppliedOperation { id, .. }), Method::Post, Some(name)) =
            (&done, operation.method, &operation.bulk_id)
        {
            self.created.insert(name.clone(), id.clone());
        }
        let location = target.and_then(|target| {
            let id = target.id().or(done.as_ref().ok().map(|done| done.id.as_str()))?;
            Some(format!("{}{}/{id}", base_url(self.app), target.endpoint()))
        });
        BulkOutcome { operation, location, result: done.map(|done| done.tag) }
    }

    fn resolve(&self, operation: &Operation) -> Result<(Target, Value), Error> {
        let target = operation.target.clone()?;
        Ok(bulk::resolve(target, operation.data.clone(), &self.created)?)
    }

    fn apply_idp_changes(
        &mut self,
        operation: &Operation,
        target: &Target,
        data: &Value,
    ) -> Result<AppliedOperation, Error> {
        let if_match = operation.if_match()?;
        let Self { app, caller, fixes, .. } = self;
        let id = target.id().unwrap_or_default();
        let (user, team) = (|| parse_id("user", id), || parse_id("group", id));
        match (target, operation.method) {
            (Target::Users(_), Method::Post) => {
                let user = users::create(app, caller, data, fixes)?;
                return Ok(AppliedOperation {
                    id: user.record.user.id.to_string(),
                    tag: Some(user.etag()),
                });
            }
            (Target::Users(_), Method::Delete) => users::delete(app, caller, user()?, &if_match)?,
            (Target::Users(_), method) => {
                let method = match method {
                    Method::Put => ChangeMethod::Put,
                    _ => ChangeMethod::Patch,
                };
                let change = (method, data);
                let user = users::change(app, caller, user()?, &if_match, change, fixes)?;
                return Ok(AppliedOperation { id: id.to_owned(), tag: Some(user.etag()) });
            }
            (Target::Groups(_), Method::Post) => {
                let group = groups::create(app, caller, &group::parse(data, fixes)?)?;
                return Ok(AppliedOperation { id: group.team.id.to_string(), tag: group.etag() });
            }
            (Target::Groups(_), Method::Delete) => groups::delete(app, caller, team()?, &if_match)?,
            (Target::Groups(_), method) => {
                let read = if method == Method::Put { group::parse } else { group::read_patch };
                groups::change(app, caller, team()?, &if_match, &read(data, fixes)?)?;
            }
        }
        Ok(AppliedOperation { id: id.to_owned(), tag: None })
    }
}

/// Parses the ID in a path. A malformed ID is not found.
fn parse_id<T: FromStr>(thing: &'static str, text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::not_found(thing, text))
}
