//! The resources that a path names. If a request has errors, and a resource in its path
//! does not exist, the response reports that as well: one mechanism for all routes.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web,
};

use crate::{
    app::{
        self, App, api_keys, attempts, audit, callers::Caller, connections, deleted_users,
        import::jobs, members, scim_clients, teams, users,
    },
    domain::id::{IdentityId, TeamId, UserId},
    http::{AppState, blocking, problem::Problem},
};

/// The middleware that adds the errors of the path to those of the other parts of a
/// request.
pub(in crate::http) async fn report_unknown_targets(
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
    let unknown = blocking::run(move || target.find()).await;
    let Some(combined) = unknown.err().zip(problem).and_then(|(unknown, it)| it.with_path(unknown))
    else {
        return Ok(response);
    };
    let (request, _) = response.into_parts();
    Ok(ServiceResponse::from_err(combined, request))
}

/// The IDs of a path, with the caller who named them.
struct PathTarget {
    app: App,
    caller: Caller,
    method: Method,
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
        let target = Self { app, caller, method, collection: collection.to_owned(), ids };
        (!target.ids.is_empty()).then_some(target)
    }

    /// Looks up each resource, and stops at the first that does not exist.
    ///
    /// # Errors
    /// [`app::Error::NotFound`], and those of the database.
    fn find(&self) -> Result<(), app::Error> {
        self.ids.iter().try_for_each(|(name, id)| self.find_one(name, id))
    }

    /// Looks up one resource. A text that is not an ID is an error of its own.
    fn find_one(&self, name: &str, id: &str) -> Result<(), app::Error> {
        let Self { app, caller, .. } = self;
        macro_rules! find {
            ($find:path) => {
                id.parse().map_or(Ok(()), |id| $find(app, caller, id).map(drop))
            };
        }
        match (self.collection.as_str(), name) {
            ("users", "userId") => find!(users::get),
            ("users", "identityId") => self.find_identity(id),
            ("deleted-users", "userId") => find!(deleted_users::get),
            ("teams", "teamId") => find!(teams::get),
            ("teams", "userId") => self.find_member(id),
            ("connections", "connectionId") => find!(connections::get),
            ("connections", "fingerprint") => self.find_certificate(id),
            ("attempts", "attemptId") => find!(attempts::get),
            ("audit", "auditEntryId") => find!(audit::get),
            ("keys", "keyId") => find!(api_keys::get),
            ("scim-clients", "scimClientId") => find!(scim_clients::get),
            ("imports", "importId") => find!(jobs::get),
            _ => Ok(()),
        }
    }

    /// The ID that is the parent of the last one.
    fn parent<T: std::str::FromStr>(&self) -> Option<T> {
        self.ids.first().and_then(|(_, id)| id.parse().ok())
    }

    fn find_identity(&self, id: &str) -> Result<(), app::Error> {
        let ids = (self.parent::<UserId>(), id.parse::<IdentityId>());
        let (Some(user), Ok(identity)) = ids else { return Ok(()) };
        let record = users::get(&self.app, &self.caller, user)?;
        match record.identities.iter().any(|known| known.id == identity) {
            true => Ok(()),
            false => Err(app::Error::not_found("identity of this user", identity)),
        }
    }

    fn find_member(&self, id: &str) -> Result<(), app::Error> {
        let Self { app, caller, .. } = self;
        let (Some(team), Ok(user)) = (self.parent::<TeamId>(), id.parse::<UserId>()) else {
            return Ok(());
        };
        match self.method {
            // The request may add the user to the team.
            Method::PUT => users::get(app, caller, user).map(drop),
            _ => members::get(app, caller, team, user).map(drop),
        }
    }

    fn find_certificate(&self, fingerprint: &str) -> Result<(), app::Error> {
        let Some(id) = self.parent() else { return Ok(()) };
        let view = connections::get(&self.app, &self.caller, id)?;
        let mut known = view.certificates.iter().map(|certificate| &certificate.fingerprint);
        match known.any(|known| known.eq_ignore_ascii_case(fingerprint)) {
            true => Ok(()),
            false => Err(app::Error::not_found("certificate", fingerprint)),
        }
    }
}
