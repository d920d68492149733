//! The resources that a path names. If a request has errors, and a resource in its path
//! does not exist or is not as the precondition says, the response reports that as well:
//! one mechanism for all routes.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web,
};

use super::conditional;
use crate::{
    app::{
        self, App, accounts, api_keys, attempts, attribute_definitions, audit,
        callers::Caller,
        connections::{self, ConnectionView},
        deleted_users,
        import::jobs::{self, JobReport},
        members, scim_clients, teams,
        users::{self, UserRecord},
    },
    domain::{
        custom_attribute::AttributeDefinition,
        etag::{ETag, IfMatch},
        id::{IdentityId, TeamId, UserId},
        scim_client::ScimClient,
    },
    http::{AppState, blocking, problem::Problem},
};

/// The middleware that adds the errors of the path and of the precondition to those of the
/// other parts of a request.
pub(in crate::http) async fn report_targets(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let Some(target) =
        problem.filter(|it| it.precedes_path()).and_then(|_| PathTarget::new(response.request()))
    else {
        return Ok(response);
    };
    let found = blocking::run(move || target.find_error()).await;
    let Some(combined) = found.err().zip(problem).and_then(|(found, it)| it.with_target(found))
    else {
        return Ok(response);
    };
    let (request, _) = response.into_parts();
    Ok(ServiceResponse::from_err(combined, request))
}

/// What is known of the state of a resource.
enum TargetState {
    /// Nothing: its ID can't be parsed, or it has no state of its own.
    Unknown,
    /// It does not exist.
    Absent,
    /// It exists, with this entity tag.
    Present(&'static str, ETag),
}

/// The IDs of a path, with the caller who named them.
struct PathTarget {
    app: App,
    caller: Caller,
    method: Method,
    /// The precondition of a change.
    if_match: IfMatch,
    /// The first segment below the prefix of the API.
    collection: String,
    /// The parameters of the path, in its order.
    ids: Vec<(String, String)>,
}

impl PathTarget {
    /// Reads the path of an authenticated request. `None` if it names nothing.
    fn new(request: &HttpRequest) -> Option<Self> {
        let caller = request.extensions().get::<Caller>().cloned()?;
        let app = request.app_data::<web::Data<AppState>>()?.app.clone();
        let pattern = request.match_pattern()?;
        let collection = pattern.strip_prefix("/api/v1/")?.split('/').next()?;
        let ids = request.match_info().iter();
        let ids: Vec<_> = ids.map(|(name, id)| (name.to_owned(), id.to_owned())).collect();
        let method = request.method().clone();
        let if_match = match method {
            Method::GET | Method::HEAD => IfMatch::Unconditional,
            _ => conditional::parse_precondition_or_default(request),
        };
        let collection = collection.to_owned();
        let is_account = collection == "account" && if_match != IfMatch::Unconditional;
        let target = Self { app, caller, method, if_match, collection, ids };
        (is_account || !target.ids.is_empty()).then_some(target)
    }

    /// Looks up each resource, and stops at the first that does not exist. The last one
    /// must be as the precondition says.
    ///
    /// # Errors
    /// [`app::Error::NotFound`], [`app::Error::PreconditionFailed`],
    /// [`app::Error::AlreadyExists`], and those of the database.
    fn find_error(&self) -> Result<(), app::Error> {
        let (mut state, mut name) = (TargetState::Unknown, String::new());
        if self.ids.is_empty() {
            let account = accounts::get(&self.app, &self.caller)?;
            state = TargetState::Present("account", accounts::etag(&account));
            name = account.slug.to_string();
        }
        for (parameter, id) in &self.ids {
            match self.find_one(parameter, id)? {
                // It has the state of its parent.
                TargetState::Unknown if id_has_parent_state(parameter) => {}
                found => (state, name) = (found, id.clone()),
            }
        }
        match state {
            TargetState::Present(noun, tag) if !self.if_match.allows(&tag) => {
                Err(app::Error::precondition(noun, name, &self.if_match))
            }
            TargetState::Absent if matches!(self.if_match, IfMatch::Any | IfMatch::OneOf(_)) => {
                Err(app::Error::not_found("member", name))
            }
            TargetState::Unknown | TargetState::Absent | TargetState::Present(..) => Ok(()),
        }
    }

    /// Looks up one resource. A text that is not an ID is an error of its own.
    fn find_one(&self, parameter: &str, id: &str) -> Result<TargetState, app::Error> {
        let Self { app, caller, .. } = self;
        macro_rules! find {
            ($noun:literal, $find:path, $tag:expr) => {
                match id.parse() {
                    Ok(id) => Ok(TargetState::Present($noun, $tag(&$find(app, caller, id)?))),
                    Err(_) => Ok(TargetState::Unknown),
                }
            };
            ($find:path) => {
                match id.parse() {
                    Ok(id) => $find(app, caller, id).map(|_| TargetState::Unknown),
                    Err(_) => Ok(TargetState::Unknown),
                }
            };
        }
        match (self.collection.as_str(), parameter) {
            ("users", "userId") => find!("user", users::get, UserRecord::etag),
            ("users", "identityId") => self.find_identity(id),
            ("deleted-users", "userId") => {
                find!("deleted user", deleted_users::get, deleted_users::etag)
            }
            ("teams", "teamId") => find!("team", teams::get, teams::etag),
            ("teams", "userId") => self.find_member(id),
            ("connections", "connectionId") => {
                find!("connection", connections::get, ConnectionView::etag)
            }
            ("connections", "fingerprint") => self.find_certificate(id),
            ("attempts", "attemptId") => find!(attempts::get),
            ("audit", "auditEntryId") => find!(audit::get),
            ("keys", "keyId") => find!("key", api_keys::get, api_keys::etag),
            ("scim-clients", "scimClientId") => {
                find!("SCIM client", scim_clients::get, ScimClient::etag)
            }
            ("attribute-definitions", "attributeDefinitionId") => {
                find!("attribute definition", attribute_definitions::get, AttributeDefinition::etag)
            }
            ("imports", "importId") => find!("import", jobs::get, JobReport::etag),
            _ => Ok(TargetState::Unknown),
        }
    }

    /// The ID that is the parent of the last one.
    fn parent<T: std::str::FromStr>(&self) -> Option<T> {
        self.ids.first().and_then(|(_, id)| id.parse().ok())
    }

    fn find_identity(&self, id: &str) -> Result<TargetState, app::Error> {
        let ids = (self.parent::<UserId>(), id.parse::<IdentityId>());
        let (Some(user), Ok(identity)) = ids else { return Ok(TargetState::Unknown) };
        let record = users::get(&self.app, &self.caller, user)?;
        match record.identities.iter().any(|candidate| candidate.id == identity) {
            true => Ok(TargetState::Unknown),
            false => Err(app::Error::not_found("identity of this user", identity)),
        }
    }

    fn find_member(&self, id: &str) -> Result<TargetState, app::Error> {
        let Self { app, caller, .. } = self;
        let (Some(team), Ok(user)) = (self.parent::<TeamId>(), id.parse::<UserId>()) else {
            return Ok(TargetState::Unknown);
        };
        match members::get(app, caller, team, user) {
            Ok(member) => Ok(TargetState::Present("member", members::etag(&member))),
            // The request may add the user to the team.
            Err(app::Error::NotFound { .. }) if self.method == Method::PUT => {
                users::get(app, caller, user).map(|_| TargetState::Absent)
            }
            Err(error) => Err(error),
        }
    }

    fn find_certificate(&self, fingerprint: &str) -> Result<TargetState, app::Error> {
        let Some(id) = self.parent() else { return Ok(TargetState::Unknown) };
        let view = connections::get(&self.app, &self.caller, id)?;
        let mut candidate = view.certificates.iter().map(|certificate| &certificate.fingerprint);
        match candidate.any(|candidate| candidate.eq_ignore_ascii_case(fingerprint)) {
            true => Ok(TargetState::Unknown),
            false => Err(app::Error::not_found("certificate", fingerprint)),
        }
    }
}

/// Whether a path parameter names a part of a resource, whose state is that of the
/// resource.
fn id_has_parent_state(parameter: &str) -> bool {
    matches!(parameter, "identityId" | "fingerprint")
}
