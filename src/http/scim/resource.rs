//! What users and groups have in common: their lists, and their representations.

use actix_web::{HttpRequest, http::StatusCode};

use super::{
    problem::ScimProblem,
    request::{self, Client, ScimResult},
    response::{self, ResponseText},
};
use crate::{
    app::{
        App, Error,
        callers::Caller,
        scim::{base_url, lists::ScimPage},
    },
    domain::etag::ETag,
    http::api::body::Body,
    scim::{
        compatibility::CompatibilityFixes,
        projection::Projection,
        schema::ResourceType,
        search::{self, SearchQuery},
    },
};

/// A resource that clients read, create and change.
pub(in crate::http) trait Resource: Sized + Send + 'static {
    /// The type of the resource.
    const TYPE: &'static ResourceType<'static>;

    /// The id.
    fn id(&self) -> String;

    /// The entity tag. `None` if not all of the resource was read.
    fn etag(&self) -> Option<ETag>;

    /// Appends the JSON.
    fn push_json(&self, out: &mut String, projection: &Projection, base: &str);

    /// Returns the JSON for a response. A long resource is rendered while it is sent.
    fn into_text(self, projection: Projection, base: String) -> ResponseText {
        let mut text = String::new();
        self.push_json(&mut text, &projection, &base);
        ResponseText::Whole(text)
    }

    /// Reads a page of the list, as far as the projection needs it.
    fn list(
        app: &App,
        caller: &Caller,
        search: &SearchQuery,
        projection: &Projection,
        fixes: &mut CompatibilityFixes,
    ) -> Result<ScimPage<Self>, Error>;
}

/// Parses the projection of a request.
pub(super) fn parse_projection<T: Resource>(
    request: &HttpRequest,
) -> Result<Projection, ScimProblem> {
    let SearchQuery { attributes, excluded, .. } = request::parse_search(request)?;
    Ok(Projection::parse(T::TYPE, &attributes, &excluded)?)
}

pub(in crate::http) async fn list<T: Resource>(client: Client) -> ScimResult {
    let search = request::parse_search(&client.request)?;
    let fixes = request::fixes(&client);
    list_page::<T>(client, search, fixes).await
}

pub(in crate::http) async fn search<T: Resource>(client: Client, body: Body) -> ScimResult {
    let (search, fixes) = request::parse_posted_search(&client, body).await?;
    list_page::<T>(client, search, fixes).await
}

async fn list_page<T: Resource>(
    client: Client,
    search: SearchQuery,
    fixes: CompatibilityFixes,
) -> ScimResult {
    let projection = Projection::parse(T::TYPE, &search.attributes, &search.excluded)?;
    let (page, fixes) = request::run_counted(&client, fixes, move |app, caller, fixes| {
        let ScimPage { items, total, cursor } = T::list(app, caller, &search, &projection, fixes)?;
        let base = base_url(app);
        let push = |out: &mut String, item: &T| item.push_json(out, &projection, &base);
        let start = search.cursor.is_none().then_some(search.start_index);
        Ok(search::render_page(&items, push, total, start, cursor.as_deref()))
    })
    .await?;
    Ok(response::text_response(StatusCode::OK, page)
        .with_fixes(&client.request, &fixes)
        .into_response())
}

/// Returns a resource, or 304 if the client has its current state.
pub(super) async fn show<T: Resource>(
    client: Client,
    projection: Projection,
    get: impl FnOnce(&App, &Caller, &Projection) -> Result<T, Error> + Send + 'static,
) -> ScimResult {
    let read = move |app: &App, caller: &Caller| {
        let resource = get(app, caller, &projection)?;
        Ok((resource.etag(), resource.into_text(projection, base_url(app))))
    };
    let (tag, text) = client.run(read).await?;
    Ok(response::entity_response(&client.request, tag.as_ref(), text))
}

/// Runs a use case. Responds with the resource that it returns, or else with 204.
pub(super) async fn write<T: Resource>(
    client: Client,
    status: StatusCode,
    projection: Projection,
    use_case: impl FnOnce(
        &App,
        &Caller,
        &Projection,
        &mut CompatibilityFixes,
    ) -> Result<Option<T>, Error>
    + Send
    + 'static,
) -> ScimResult {
    let fixes = request::fixes(&client);
    let (written, fixes) = request::run_counted(&client, fixes, move |app, caller, fixes| {
        let written = use_case(app, caller, &projection, fixes)?;
        let base = base_url(app);
        Ok(written.map(|resource| {
            let location = format!("{base}{}/{}", T::TYPE.endpoint, resource.id());
            (location, resource.etag(), resource.into_text(projection, base))
        }))
    })
    .await?;
    let response = match written {
        None => response::no_content(),
        Some((location, tag, text)) => {
            let response = response::text_response(status, text).with_etag(tag.as_ref());
            if status == StatusCode::CREATED { response.with_location(&location) } else { response }
        }
    };
    Ok(response.with_fixes(&client.request, &fixes).into_response())
}
