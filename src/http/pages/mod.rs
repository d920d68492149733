//! The HTML pages. Each is a view that receives all its data and renders it;
//! nothing here reads the database.
//!
//! The templates escape every value, and are well-formed XML, so that tests
//! can read them strictly. There is no script, no inline style, and nothing
//! from elsewhere: see [`headers`](super::headers).

pub mod contact;
pub mod error_kind;
mod format;
pub mod links;
pub mod texts;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header::ContentType},
};
use askama::Template;

use self::{
    contact::Contact,
    error_kind::ErrorPageKind,
    texts::{Explanation, explain},
};
use super::assets::Asset;
use crate::domain::{
    Timestamp, account::Account, connection::Connection, membership::MemberRole, session::Session,
    team::Team, user::User,
};

/// A page could not be rendered. No request can cause this.
#[derive(Debug, thiserror::Error)]
#[error("a page could not be rendered: {0}")]
pub struct PageError(#[from] askama::Error);

/// The response text if not even the error page can be rendered.
const PLAIN_ERROR_TEXT: &str = "Something went wrong on our side. Try again in a few minutes.\n";

/// Builds the response with a page. A page that could not be rendered becomes
/// a plain 500, and is logged.
#[must_use]
pub fn page_response(status: StatusCode, page: Result<String, PageError>) -> HttpResponse {
    match page {
        Ok(html) => HttpResponse::build(status).content_type(ContentType::html()).body(html),
        Err(error) => {
            tracing::error!(%error, "answered with a plain 500");
            HttpResponse::InternalServerError()
                .content_type(ContentType::plaintext())
                .body(PLAIN_ERROR_TEXT)
        }
    }
}

/// The sign-in page of an account: a link for each enabled connection.
#[derive(Debug, Clone, Copy)]
pub struct SignInPage<'a> {
    /// The account.
    pub account: &'a Account,
    /// The connections of the account, in display order. Disabled connections are
    /// not shown.
    pub connections: &'a [Connection],
    /// The deep link, to be carried along.
    pub return_to: Option<&'a str>,
}

/// Renders [`SignInPage`].
///
/// # Errors
/// [`PageError`]; never because of a value.
pub fn render_sign_in(page: &SignInPage<'_>) -> Result<String, PageError> {
    let enabled = page.connections.iter().filter(|connection| connection.enabled);
    let ways = enabled
        .map(|connection| SignInOption {
            name: &connection.name,
            href: links::login(connection.id, page.return_to),
        })
        .collect();
    let contact = ContactHtml::new(page.account, None);
    render(&SignInHtml { account: &page.account.name, ways, contact })
}

struct SignInOption<'a> {
    name: &'a str,
    href: String,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInHtml<'a> {
    account: &'a str,
    ways: Vec<SignInOption<'a>>,
    contact: Option<ContactHtml<'a>>,
}

/// The page that asks for the short name of the account to sign in to. Its
/// form is a `GET` of `/signin`, which must answer with a page: see
/// [`CONTENT_SECURITY`](super::headers::CONTENT_SECURITY).
#[derive(Debug, Clone, Copy, Default, Template)]
#[template(path = "choose_account.html")]
pub struct ChooseAccountPage<'a> {
    /// The short name that was entered, if no account has it.
    pub unknown: Option<&'a str>,
    /// The deep link, to be carried along.
    pub return_to: Option<&'a str>,
}

/// Renders [`ChooseAccountPage`].
///
/// # Errors
/// [`PageError`]; never because of a value.
pub fn render_choose_account(page: &ChooseAccountPage<'_>) -> Result<String, PageError> {
    render(page)
}

/// The home page of a signed-in user.
#[derive(Debug, Clone, Copy)]
pub struct SignedInPage<'a> {
    /// The account of the user.
    pub account: &'a Account,
    /// The user.
    pub user: &'a User,
    /// The teams of the user, in display order.
    pub teams: &'a [(Team, MemberRole)],
    /// The session of the user.
    pub session: &'a Session,
    /// The moment of the request.
    pub now: Timestamp,
}

/// Renders [`SignedInPage`].
///
/// # Errors
/// [`PageError`]; never because of a value.
pub fn render_signed_in(page: &SignedInPage<'_>) -> Result<String, PageError> {
    let SignedInPage { account, user, teams, session, now } = *page;
    let expires_at = session.expires_at;
    render(&SignedInHtml {
        account: &account.name,
        user,
        role: format::account_role_label(user.role),
        texts: format::texts(user),
        teams: teams.iter().map(describe_membership).collect(),
        name: format::display_name(user),
        initials: format::build_initials(user),
        until: format::format_moment(expires_at),
        until_for_machines: format::format_machine_moment(expires_at),
        time_left: format::format_time_left(expires_at - now),
    })
}

#[derive(Template)]
#[template(path = "signed_in.html")]
struct SignedInHtml<'a> {
    account: &'a str,
    user: &'a User,
    role: &'static str,
    texts: Vec<(String, &'a str)>,
    teams: Vec<(&'a str, &'static str)>,
    name: String,
    initials: String,
    until: String,
    until_for_machines: String,
    time_left: String,
}

fn describe_membership((team, role): &(Team, MemberRole)) -> (&str, &'static str) {
    (team.name.as_str(), format::team_role_label(role.effective))
}

/// Renders the page after signing out.
///
/// # Errors
/// [`PageError`]; never because of a value.
pub fn render_signed_out() -> Result<String, PageError> {
    render(&SignedOutHtml)
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutHtml;

/// The error page. Its status is [`ErrorPageKind::status`].
#[derive(Debug, Clone, Copy)]
pub struct ErrorPage<'a> {
    /// What went wrong.
    pub kind: ErrorPageKind,
    /// The account of the login, if it is known. The page shows its name, its contact
    /// and a link to its sign-in page.
    pub account: Option<&'a Account>,
    /// The reference of the attempt or the ID of the request, for the person to quote.
    pub reference: Option<&'a str>,
}

/// Renders [`ErrorPage`].
///
/// # Errors
/// [`PageError`]; never because of a value.
pub fn render_error(page: &ErrorPage<'_>) -> Result<String, PageError> {
    let Explanation { title, happened, advice } = explain(page.kind);
    let slug = page.account.map(|account| account.slug.as_str());
    render(&ErrorHtml {
        account: page.account.map(|account| account.name.as_str()),
        title,
        happened,
        advice,
        contact: page.account.and_then(|account| ContactHtml::new(account, page.reference)),
        reference: page.reference,
        sign_in: links::sign_in(slug),
        retry_helps: page.kind.retry_helps(),
    })
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorHtml<'a> {
    account: Option<&'a str>,
    title: &'static str,
    happened: &'static str,
    advice: &'static str,
    contact: Option<ContactHtml<'a>>,
    reference: Option<&'a str>,
    sign_in: String,
    retry_helps: bool,
}

/// The contact of an account. An e-mail to it has the reference as its subject.
#[derive(Template)]
#[template(path = "contact.html")]
struct ContactHtml<'a> {
    contact: Contact,
    reference: Option<&'a str>,
}

impl<'a> ContactHtml<'a> {
    fn new(account: &Account, reference: Option<&'a str>) -> Option<Self> {
        let contact = account.contact.as_deref().and_then(Contact::parse)?;
        Some(Self { contact, reference })
    }
}

fn render(page: &impl Template) -> Result<String, PageError> {
    Ok(page.render()?)
}
