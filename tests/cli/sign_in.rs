//! Signing in at the test identity provider of `usher demo`.

use reqwest::StatusCode;

use crate::{
    html::{Form, links},
    running::RunningServer,
    support::browser::{Browser, location},
};

/// Signs in as an example of the test identity provider, from the home page
/// on, by links and forms alone; where the browser ends up.
pub(crate) async fn sign_in(demo: &RunningServer, browser: &Browser, example: &str) -> String {
    sign_in_as(demo, browser, example, &[]).await
}

/// The same, with other words in some fields of the form.
pub(crate) async fn sign_in_as(
    demo: &RunningServer,
    browser: &Browser,
    example: &str,
    typed: &[(&str, &str)],
) -> String {
    let form = response_form(demo, browser, example, typed).await;
    let response = browser.post_form(&form.action, &form.pairs()).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    location(&response).to_owned()
}

/// The form with which the test identity provider sends its response to Usher.
pub(crate) async fn response_form(
    demo: &RunningServer,
    browser: &Browser,
    example: &str,
    typed: &[(&str, &str)],
) -> Form {
    let home = browser.get(&demo.url("/")).await;
    assert_eq!((home.status(), location(&home)), (StatusCode::SEE_OTHER, "/signin"));
    let page = browser.get(&demo.url("/signin")).await.text().await.unwrap();
    let way = links(&page).into_iter().find(|link| link.starts_with("/saml/")).unwrap();
    let begun = browser.get(&demo.url(&way)).await;
    assert_eq!(begun.status(), StatusCode::SEE_OTHER);

    let page = browser.get(location(&begun)).await.text().await.unwrap();
    let expected = format!("example={example}");
    let link = links(&page).into_iter().find(|link| link.ends_with(&expected)).unwrap();
    let page = browser.get(&demo.url(&link)).await.text().await.unwrap();
    let mut form = Form::parse(&page);
    for (name, value) in typed {
        let field = form.fields.iter_mut().find(|(known, _)| known == name);
        *field.unwrap_or_else(|| panic!("no field {name}")) = ((*name).into(), (*value).into());
    }
    let sent = browser.post_form(&demo.url(&form.action), &form.pairs()).await;
    assert_eq!(sent.status(), StatusCode::OK);

    let form = Form::parse(&sent.text().await.unwrap());
    assert!(form.action.starts_with(&demo.url("/saml/")), "{form:?}");
    form
}
