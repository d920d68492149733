//! `POST /scim/v2/Bulk`: many operations in one request (RFC 7644, section
//! 3.7). Each is a transaction of its own, done as if it had come by itself.

use std::collections::HashMap;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header::EntityTag},
};
use serde_json::Value;

use super::{
    groups,
    problem::ScimProblem,
    reply::{self, version},
    request::{self, Client},
    users::{self, WriteMethod},
};
use crate::{
    app::scim,
    domain::{
        etag::{IfMatch, Tag},
        quote::QuotedText,
    },
    http::{
        api::{body::Body, conditional, id},
        blocking,
    },
    scim::{
        bulk::{self, Bulk, MAX_OPERATIONS, Method, Operation, Order, Outcome, Refused, Target},
        compatibility::CompatibilityFixes,
        error::{ScimError, ScimErrorType},
    },
};

impl From<Refused> for ScimProblem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Scim(error) => error.into(),
            Refused::TooMany(count) => Self::Plain {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                detail: format!(
                    "{count} operations are more than {MAX_OPERATIONS}: send several requests"
                ),
            },
        }
    }
}

pub(in crate::http) async fn post(
    client: Client,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, ScimProblem> {
    conditional::none(&request)?;
    let body = request::read(body).await?;
    let work = move |client: &Client, fixes: &mut CompatibilityFixes| {
        let bulk = bulk::read(body, fixes)?;
        Ok(bulk::response(Run::of(client, fixes).all(bulk)))
    };
    let (response, fixes) =
        request::carry_out_within(blocking::DEADLINE_OF_MANY, client, work).await?;
    Ok(reply::json(StatusCode::OK, response).with_fixes(&request, &fixes).sent())
}

/// A request that is being carried out.
struct Run<'a> {
    client: &'a Client,
    fixes: &'a mut CompatibilityFixes,
    /// The ids of what was made, by the names of the operations that made it.
    made: HashMap<String, String>,
}

/// What an operation has done.
struct Done {
    status: StatusCode,
    id: Option<String>,
    tag: Option<Tag>,
}

impl Done {
    fn nothing_shown() -> Self {
        Self { status: StatusCode::NO_CONTENT, id: None, tag: None }
    }

    fn entity(tag: Option<Tag>) -> Self {
        Self { status: StatusCode::OK, id: None, tag }
    }

    fn made(id: impl ToString, tag: Option<Tag>) -> Self {
        Self { status: StatusCode::CREATED, id: Some(id.to_string()), tag }
    }
}

impl<'a> Run<'a> {
    fn of(client: &'a Client, fixes: &'a mut CompatibilityFixes) -> Self {
        Self { client, fixes, made: HashMap::new() }
    }

    /// Does one after the other, until too many have failed. What became of
    /// those that were tried, as they stand in the request.
    fn all(mut self, bulk: Bulk) -> Vec<Value> {
        let Bulk { operations, fail_on_errors } = bulk;
        let Order { places, circular } = Order::of(&operations);
        let mut message = Vec::with_capacity(operations.len());
        let mut failed = 0;
        for place in places {
            if fail_on_errors.is_some_and(|most| failed >= most) {
                break;
            }
            let Some(operation) = operations.get(place) else { continue };
            let is_circular = circular.get(place).copied().unwrap_or_default();
            let outcome = self.outcome(operation, is_circular);
            failed += u64::from(outcome.response.is_some());
            message.push((place, bulk::outcome_json(operation, outcome)));
        }
        message.sort_by_key(|(place, _)| *place);
        message.into_iter().map(|(_, message)| message).collect()
    }

    fn outcome(&mut self, operation: &Operation, circular: bool) -> Outcome {
        let resolved = match circular {
            true => Err(in_a_circle()),
            false => self.resolved(operation).map_err(ScimProblem::from),
        };
        let known = resolved.as_ref().ok().map(|(target, _)| target.clone());
        let known = known.or_else(|| operation.target.clone().ok());
        let done = resolved.and_then(|(target, data)| self.done(operation, &target, &data));
        if let (Ok(Done { id: Some(id), .. }), Some(name)) = (&done, &operation.bulk_id) {
            self.made.insert(name.clone(), id.clone());
        }
        let id = done.as_ref().ok().and_then(|done| done.id.as_deref());
        let location = known.and_then(|target| self.location(&target, id));
        match done {
            Ok(Done { status, tag, .. }) => Outcome {
                status: status.as_u16(),
                location,
                version: tag.as_ref().map(version),
                response: None,
            },
            Err(problem) => Outcome {
                status: problem.status_code().as_u16(),
                location,
                version: None,
                response: Some(problem.body()),
            },
        }
    }

    fn resolved(&self, operation: &Operation) -> Result<(Target, Value), ScimError> {
        let target = operation.target.clone()?;
        bulk::resolve(target, operation.data.clone(), &self.made)
    }

    /// Where the resource is, if it is there.
    fn location(&self, target: &Target, made: Option<&str>) -> Option<String> {
        let id = made.or(target.id())?;
        let kind = match target {
            Target::Users(_) => "Users",
            Target::Groups(_) => "Groups",
        };
        Some(format!("{}/{kind}/{id}", request::base(&self.client.app)))
    }

    fn done(
        &mut self,
        operation: &Operation,
        target: &Target,
        data: &Value,
    ) -> Result<Done, ScimProblem> {
        let if_match = if_match(operation.version.as_deref())?;
        if operation.method == Method::Post && if_match != IfMatch::Unconditional {
            let detail = "version guards nothing in a POST: leave it out";
            return Err(ScimErrorType::InvalidValue.because(detail).into());
        }
        match target {
            Target::Users(id) => self.user(operation.method, id.as_deref(), &if_match, data),
            Target::Groups(id) => self.group(operation.method, id.as_deref(), &if_match, data),
        }
    }

    fn user(
        &mut self,
        method: Method,
        input: Option<&str>,
        if_match: &IfMatch,
        data: &Value,
    ) -> Result<Done, ScimProblem> {
        let Self { client, fixes, .. } = self;
        let found = input.unwrap_or_default();
        let how = match method {
            Method::Post => {
                let user = users::make(client, data, fixes)?;
                return Ok(Done::made(user.record.user.id, Some(user.tag())));
            }
            Method::Delete => {
                let id = id("user", found)?;
                scim::users::delete(&client.app, &client.caller, id, if_match)?;
                return Ok(Done::nothing_shown());
            }
            Method::Put => WriteMethod::Put,
            Method::Patch => WriteMethod::Patch,
        };
        let user = users::change(client, id("user", found)?, if_match, (how, data), fixes)?;
        Ok(Done::entity(Some(user.tag())))
    }

    fn group(
        &mut self,
        method: Method,
        input: Option<&str>,
        if_match: &IfMatch,
        data: &Value,
    ) -> Result<Done, ScimProblem> {
        let Self { client, fixes, .. } = self;
        let found = input.unwrap_or_default();
        match method {
            Method::Post => {
                let group = groups::make(client, data, fixes)?;
                Ok(Done::made(group.team.id, group.tag()))
            }
            Method::Put => {
                groups::put(client, id("group", found)?, if_match, data, fixes)?;
                Ok(Done::entity(None))
            }
            Method::Patch => {
                groups::patch(client, id("group", found)?, if_match, data, fixes)?;
                Ok(Done::nothing_shown())
            }
            Method::Delete => {
                let id = id("group", found)?;
                scim::groups::delete(&client.app, &client.caller, id, if_match)?;
                Ok(Done::nothing_shown())
            }
        }
    }
}

/// Under which state an operation wants its change made.
fn if_match(version: Option<&str>) -> Result<IfMatch, ScimError> {
    let Some(text) = version else { return Ok(IfMatch::Unconditional) };
    if text.trim() == "*" {
        return Ok(IfMatch::Any);
    }
    let tag: EntityTag = text.trim().parse().map_err(|_| {
        let text = QuotedText(text);
        ScimErrorType::InvalidValue
            .because(format!("version {text} is not an entity tag, such as \"v3\""))
    })?;
    // A weak tag matches nothing (RFC 9110, section 13.1.1).
    let strong = (!tag.weak).then(|| Tag::from_text(tag.tag()));
    Ok(IfMatch::OneOf(strong.into_iter().collect()))
}

fn in_a_circle() -> ScimProblem {
    let detail = "refers by bulkId, itself or through others, to an operation that waits for it: \
                  make the resource without the reference, and add that with a PATCH";
    ScimProblem::Plain { status: StatusCode::CONFLICT, detail: detail.to_owned() }
}
