//! A browser, with an identity provider that answers at once.

use std::time::Instant;

use reqwest::{
    Client, RequestBuilder, Response, StatusCode, Url,
    header::{COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use tokio::runtime::Runtime;
use usher::{app::clock::Clock, testidp::request::Query};

use crate::{
    forge::{Algorithm, Hash, Key, MessageContext, Signed},
    message::{self, PERSON},
    meter::Measurement,
    server::{IDP, Server},
};

/// A browser at the door of a server.
pub(crate) struct Browser {
    pub(crate) server: Server,
    idp: Key,
    runtime: Runtime,
    client: Client,
    count: u64,
}

/// The form that the browser posts after the login at the identity provider.
pub(crate) struct IdpResponse {
    /// The cookies of the request.
    cookies: String,
    saml_response: String,
    relay_state: String,
}

impl Browser {
    /// A browser at a server that trusts this identity provider. It signs the person in
    /// once: from then on the person is known.
    pub(crate) fn new(server: Server, idp: Key) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let client = Client::builder().redirect(Policy::none()).no_proxy().build();
        let mut browser = Self {
            server,
            idp,
            runtime: runtime.expect("a runtime"),
            client: client.expect("a client"),
            count: 0,
        };
        let answer = browser.begin_login(PERSON);
        browser.post_response(&answer);
        browser
    }

    /// Measures the CPU time of the server for a number of requests.
    pub(crate) fn measure(&self, runs: u64, mut request: impl FnMut(&Self)) -> Measurement {
        self.measure_together(|browser| (0..runs).for_each(|_| request(browser)))
    }

    /// Measures the CPU time of the server for all that some work requests.
    pub(crate) fn measure_together(&self, requests: impl FnOnce(&Self)) -> Measurement {
        let (before, begin) = (self.server.cpu(), Instant::now());
        requests(self);
        let wall = Some(begin.elapsed());
        Measurement { cpu: before.until(&self.server.cpu()), wall }
    }

    /// Begins a login, and lets the identity provider answer for a person.
    pub(crate) fn begin_login(&mut self, person: &str) -> IdpResponse {
        let answer = self.send(self.begin_request());
        let cookies = answer.headers().get_all(SET_COOKIE).into_iter().map(|cookie| {
            let cookie = cookie.to_str().expect("text");
            cookie.split(';').next().unwrap_or_default()
        });
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let url = Url::parse(location(&answer)).expect("an address");
        let query = Query::parse(url.query().expect("a query")).expect("a query");
        let facts = MessageContext {
            idp_entity_id: IDP.into(),
            sp_entity_id: self.server.entity_id.clone(),
            acs_url: self.server.acs.clone(),
            request: Some(query.parse_request().expect("a request").expect("a request").id),
            now: Clock::system().now(),
        };
        self.count += 1;
        let (id, algorithm) = (format!("_assertion{}", self.count), Algorithm::Rsa(Hash::Sha256));
        let signed = Signed::Assertion;
        let saml_response =
            message::sign_response_for(person, &facts, &id, &self.idp, algorithm, signed);
        let relay_state = query.relay_state.expect("a relay state");
        IdpResponse { cookies, saml_response, relay_state }
    }

    /// The request that begins a login, as a browser without cookies sends it.
    pub(crate) fn begin_request(&self) -> RequestBuilder {
        self.client.get(&self.server.login)
    }

    /// The request that brings a response.
    pub(crate) fn response_request(&self, response: &IdpResponse) -> RequestBuilder {
        let IdpResponse { cookies, saml_response, relay_state } = response;
        let fields = [("SAMLResponse", saml_response), ("RelayState", relay_state)];
        self.client.post(&self.server.acs).header(COOKIE, cookies).form(&fields)
    }

    /// A request for another address.
    pub(crate) fn get(&self, address: &str) -> Response {
        self.send(self.client.get(address))
    }

    /// Posts a response, and expects that the person is let in.
    pub(crate) fn post_response(&self, response: &IdpResponse) {
        let answer = self.send(self.response_request(response));
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert!(!location(&answer).contains("error"), "the person was not let in");
    }

    /// Runs requests of many clients.
    pub(crate) fn block_on<T>(&self, requests: impl Future<Output = T>) -> T {
        self.runtime.block_on(requests)
    }

    /// Sends a request.
    pub(crate) fn send(&self, request: RequestBuilder) -> Response {
        self.block_on(request.send()).expect("an answer")
    }
}

fn location(answer: &Response) -> &str {
    answer.headers().get(LOCATION).map_or("", |location| location.to_str().expect("text"))
}
