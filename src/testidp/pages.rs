//! The pages of the test identity provider: the form, the response, and an error
//! page. They need no JavaScript, load nothing from elsewhere, and look different
//! from Usher's own pages, so that people do not confuse them.

use std::sync::{Arc, LazyLock};

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web,
};
use askama::Template;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use sha2::{Digest, Sha256};

use super::{
    ResponseContent, TestIdp, TestIdpError,
    form::{EXAMPLES, Example, FilledForm},
    request::{AuthnRequestError, Query},
};
use crate::domain::Timestamp;

mod views;

/// The clock, from the program that starts the identity provider.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The maximum number of bytes of a form that are read.
const MAX_FORM_BYTES: usize = 64 * 1024;
/// How long an assertion may be used.
const VALID_FOR: TimeDelta = TimeDelta::minutes(5);
/// How long a session may last.
const SESSION_FOR: TimeDelta = TimeDelta::hours(8);

/// A service provider that the identity provider answers.
#[derive(Debug, Clone)]
pub struct ServiceProviderSettings {
    /// Its entity ID.
    pub entity_id: String,
    /// Its assertion consumer service.
    pub acs_url: String,
    /// The certificate that its requests are signed with, DER. If it is
    /// present, a request needs a valid signature.
    pub certificate: Option<Vec<u8>>,
}

/// The state of the pages.
pub struct TestIdpState {
    /// The identity provider.
    pub idp: TestIdp,
    /// The service providers that it answers; all, if empty. Unsolicited responses go
    /// to the first one.
    pub service_providers: Vec<ServiceProviderSettings>,
    /// Tells the time.
    pub clock: Clock,
}

/// Returns the function that adds the pages to a server, for each of its threads.
pub fn page_routes(
    state: TestIdpState,
) -> impl Fn(&mut web::ServiceConfig) + Send + Clone + 'static {
    let state = web::Data::new(state);
    move |config| add_routes(config, state.clone())
}

/// Adds the pages at the path of the identity provider's SSO URL: the form
/// there, its metadata below it at `/metadata`.
pub fn add_routes(config: &mut web::ServiceConfig, state: web::Data<TestIdpState>) {
    let path = sso_path(&state.idp);
    config
        .service(
            web::resource(format!("{path}/metadata"))
                .app_data(state.clone())
                .route(web::get().to(metadata)),
        )
        .service(web::resource(format!("{path}/style.css")).route(web::get().to(style)))
        .service(
            web::resource(path)
                .app_data(state)
                .app_data(
                    web::FormConfig::default().limit(MAX_FORM_BYTES).error_handler(form_error),
                )
                .route(web::get().to(choose))
                .route(web::post().to(answer)),
        );
}

/// The destination of a response, and the request that it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Requester {
    entity_id: String,
    acs_url: String,
    request: Option<String>,
}

/// `GET`: the form, filled in with an example.
async fn choose(request: HttpRequest, state: web::Data<TestIdpState>) -> HttpResponse {
    let parsed = Query::parse(request.query_string())
        .and_then(|query| Ok((find_requester(&state, &query)?, query)));
    match parsed {
        Ok((asker, query)) => {
            let example = Example::find(query.example.as_deref());
            let page =
                PageContext { state: &state, raw_query: request.query_string(), asker: &asker };
            page.render_form(StatusCode::OK, &example.to_filled_form(), Some(example), None)
        }
        Err(error) => error_page(&state, StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

/// `POST`: the signed response, in a form that sends itself to the ACS.
async fn answer(
    request: HttpRequest,
    state: web::Data<TestIdpState>,
    form: web::Form<Vec<(String, String)>>,
) -> HttpResponse {
    let parsed = Query::parse(request.query_string())
        .and_then(|query| Ok((find_requester(&state, &query)?, query)));
    let (asker, query) = match parsed {
        Ok(found) => found,
        Err(error) => return error_page(&state, StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let page = PageContext { state: &state, raw_query: request.query_string(), asker: &asker };
    let pairs = form.into_inner();
    let filled = match FilledForm::parse(pairs) {
        Ok(filled) => filled,
        Err(error) => {
            return error_page(&state, StatusCode::UNPROCESSABLE_ENTITY, &error.to_string());
        }
    };
    if let Some(problem) = filled.find_problem() {
        return page.render_problem(&filled, problem);
    }
    match build_response(&state, &asker, &filled) {
        Ok(response) => page.render_post(&response, query.relay_state.as_deref()),
        Err(error @ TestIdpError::NotXml { .. }) => {
            page.render_problem(&filled, &error.to_string())
        }
        Err(error) => {
            tracing::error!(%error, "the test identity provider could not answer");
            let words = "The answer could not be signed. The log says why.";
            error_page(&state, StatusCode::INTERNAL_SERVER_ERROR, words)
        }
    }
}

/// Finds the service provider to answer, and its request if there is one.
fn find_requester(state: &TestIdpState, query: &Query) -> Result<Requester, AuthnRequestError> {
    let Some(request) = query.parse_request()? else {
        let first = state.service_providers.first().ok_or(AuthnRequestError::NoRequest)?;
        let (entity_id, acs_url) = (first.entity_id.clone(), first.acs_url.clone());
        return Ok(Requester { entity_id, acs_url, request: None });
    };
    if let Some(destination) = request.destination.filter(|it| it != state.idp.sso_url()) {
        return Err(AuthnRequestError::OtherDestination(destination));
    }
    let provider =
        state.service_providers.iter().find(|provider| provider.entity_id == request.issuer);
    let acs_url = match provider {
        Some(provider) => {
            if let Some(certificate) = &provider.certificate {
                query.verify(certificate)?;
            }
            match request.acs_url {
                Some(other) if other != provider.acs_url => {
                    return Err(AuthnRequestError::OtherAcs(other));
                }
                _ => provider.acs_url.clone(),
            }
        }
        None if state.service_providers.is_empty() => {
            let acs_url = request.acs_url.unwrap_or_default();
            // The address becomes a form's action: no scheme that runs a script.
            let is_usable =
                url::Url::parse(&acs_url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
            if !is_usable {
                return Err(AuthnRequestError::OtherAcs(acs_url));
            }
            acs_url
        }
        None => return Err(AuthnRequestError::UnknownServiceProvider(request.issuer)),
    };
    Ok(Requester { entity_id: request.issuer, acs_url, request: Some(request.id) })
}

fn build_response(
    state: &TestIdpState,
    asker: &Requester,
    filled: &FilledForm,
) -> Result<String, TestIdpError> {
    state.idp.respond(&ResponseContent {
        response_id: new_id()?,
        assertion_id: new_id()?,
        in_response_to: asker.request.clone(),
        acs_url: asker.acs_url.clone(),
        audience: asker.entity_id.clone(),
        name_id: filled.name_id.clone(),
        name_id_format: filled.name_id_format.clone(),
        attributes: filled.attributes(),
        issued_at: (state.clock)(),
        valid_for: VALID_FOR,
        session_for: Some(SESSION_FOR),
        sign: filled.sign,
    })
}

/// An ID of 160 random bits (Core 1.3.4); an XML name can't begin with a digit.
fn new_id() -> Result<String, getrandom::Error> {
    let mut random = [0; 20];
    getrandom::fill(&mut random)?;
    Ok(format!("_{}", hex::encode(random)))
}

/// The data of the pages of one request.
struct PageContext<'a> {
    state: &'a TestIdpState,
    raw_query: &'a str,
    asker: &'a Requester,
}

impl PageContext<'_> {
    fn render_form(
        &self,
        status: StatusCode,
        filled: &FilledForm,
        example: Option<&Example>,
        problem: Option<&str>,
    ) -> HttpResponse {
        let path = sso_path(&self.state.idp);
        // The request travels in the address as it came, for its signature
        // covers these bytes; only the example changes.
        let other_pairs = self.raw_query.split('&').filter(|pair| !pair.starts_with("example="));
        let other_pairs: Vec<_> = other_pairs.filter(|pair| !pair.is_empty()).collect();
        let query = other_pairs.join("&");
        let link = |key| {
            let separator = if query.is_empty() { "" } else { "&" };
            format!("{path}?{query}{separator}example={key}")
        };
        let examples = EXAMPLES.iter().map(|provider| views::ExampleLink {
            href: link(provider.key),
            title: provider.title,
            shows: provider.shows,
            current: example.is_some_and(|example| example.key == provider.key),
        });
        let view = views::SignInFormPage {
            path: &path,
            entity_id: &self.asker.entity_id,
            request: self.asker.request.is_some(),
            action: format!("{path}?{query}"),
            examples: examples.collect(),
            filled,
            fields: views::field_views(filled),
            problem,
        };
        html_response(status, FORM_POLICY, view.render())
    }

    fn render_problem(&self, filled: &FilledForm, problem: &str) -> HttpResponse {
        self.render_form(StatusCode::UNPROCESSABLE_ENTITY, filled, None, Some(problem))
    }

    fn render_post(&self, response: &str, relay_state: Option<&str>) -> HttpResponse {
        let view = views::Post {
            path: &sso_path(&self.state.idp),
            entity_id: &self.asker.entity_id,
            acs_url: &self.asker.acs_url,
            saml_response: STANDARD.encode(response),
            relay_state,
            script: SUBMIT,
            xml: response,
        };
        html_response(StatusCode::OK, &POST_POLICY, view.render())
    }
}

/// Sends the form on without waiting for the button.
const SUBMIT: &str = "document.forms[0].submit()";

const FORM_POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
                           base-uri 'none'; frame-ancestors 'none'";

/// The form of this page goes to the service provider, and browsers hold the
/// redirects that follow to `form-action` as well: where they lead is not
/// known here, so that directive is left out.
static POST_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(SUBMIT));
    format!(
        "default-src 'none'; style-src 'self'; script-src 'sha256-{hash}'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
});

fn error_page(state: &TestIdpState, status: StatusCode, problem: &str) -> HttpResponse {
    let view = views::ErrorPage { path: &sso_path(&state.idp), problem };
    html_response(status, FORM_POLICY, view.render())
}

fn form_error(error: actix_web::error::UrlencodedError, request: &HttpRequest) -> actix_web::Error {
    let status = actix_web::ResponseError::status_code(&error);
    let page = match request.app_data::<web::Data<TestIdpState>>() {
        Some(state) => error_page(state, status, "The form could not be read."),
        None => HttpResponse::new(status),
    };
    actix_web::error::InternalError::from_response(error, page).into()
}

fn html_response(status: StatusCode, policy: &str, page: askama::Result<String>) -> HttpResponse {
    match page {
        Ok(page) => response_with_headers(status)
            .insert_header((header::CONTENT_SECURITY_POLICY, policy))
            .content_type("text/html; charset=utf-8")
            .body(page),
        Err(error) => {
            tracing::error!(%error, "a page of the test identity provider could not be made");
            response_with_headers(StatusCode::INTERNAL_SERVER_ERROR).finish()
        }
    }
}

fn response_with_headers(status: StatusCode) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::REFERRER_POLICY, "strict-origin"));
    response
}

async fn metadata(state: web::Data<TestIdpState>) -> HttpResponse {
    match state.idp.metadata_xml() {
        Ok(xml) => response_with_headers(StatusCode::OK)
            .content_type("application/samlmetadata+xml")
            .body(xml),
        Err(error) => {
            tracing::error!(%error, "the test identity provider's metadata could not be written");
            response_with_headers(StatusCode::INTERNAL_SERVER_ERROR).finish()
        }
    }
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .content_type("text/css; charset=utf-8")
        .body(include_str!("../../templates/testidp/style.css"))
}

/// The path of the SSO URL; `/sso` if that is no URL.
fn sso_path(idp: &TestIdp) -> String {
    let path = url::Url::parse(idp.sso_url()).map(|url| url.path().to_owned());
    path.unwrap_or_else(|_| "/sso".to_owned()).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests;
