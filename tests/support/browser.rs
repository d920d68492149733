//! A browser: keeps cookies, and follows no redirect by itself.
//!
//! Its cookies never end by the clock: that of the server under test is not
//! the machine's.

use std::{collections::BTreeMap, sync::Mutex};

use reqwest::{
    Client, Method, RequestBuilder, Response,
    header::{COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};

/// A browser of one person.
pub(crate) struct Browser {
    client: Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    /// One without any cookie.
    pub(crate) fn new() -> Self {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { client, cookies: Mutex::default() }
    }

    /// Gets a page.
    pub(crate) async fn get(&self, url: &str) -> Response {
        self.send(self.client.get(url)).await
    }

    /// Posts a form.
    pub(crate) async fn post_form(&self, url: &str, fields: &[(&str, &str)]) -> Response {
        self.send(self.client.post(url).form(fields)).await
    }

    /// Posts anything.
    pub(crate) async fn post(&self, url: &str, kind: &str, body: Vec<u8>) -> Response {
        self.send(self.client.post(url).header("content-type", kind).body(body)).await
    }

    /// Any other request, to be sent by [`Browser::send`].
    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.client.request(method, url)
    }

    /// Has a cookie of this name from now on.
    pub(crate) fn take_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// The cookie of this name.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    /// The cookies whose names begin so, by their names.
    pub(crate) fn cookies(&self, prefix: &str) -> BTreeMap<String, String> {
        let cookies = self.cookies.lock().unwrap().clone();
        cookies.into_iter().filter(|(name, _)| name.starts_with(prefix)).collect()
    }

    /// Sends a request with the cookies, and keeps those that come back.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Response {
        let cookies: Vec<_> = {
            let cookies = self.cookies.lock().unwrap();
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        let request = match cookies.is_empty() {
            true => request,
            false => request.header(COOKIE, cookies.join("; ")),
        };
        let response = request.send().await.unwrap();
        let mut cookies = self.cookies.lock().unwrap();
        for set in response.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            match value {
                "" => cookies.remove(name),
                value => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        response
    }
}

/// Where a response sends the browser; nothing, if it does not.
pub(crate) fn location(response: &Response) -> &str {
    response.headers().get(LOCATION).map_or("", |location| location.to_str().unwrap())
}
