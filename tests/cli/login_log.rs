//! The log has one event for each login, with everything but who it was.

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    program::Folder,
    running::RunningServer,
    sign_in::{response_form, sign_in},
    support::browser::{Browser, location},
};

fn event(server: &RunningServer) -> Value {
    let line = server.next_line_with("\"login\"");
    for personal in ["lovelace", "Ada", "turing", "@"] {
        assert!(!line.contains(personal), "{personal}: {line}");
    }
    serde_json::from_str::<Value>(&line).unwrap()
}

#[tokio::test]
async fn each_login_is_one_event_without_personal_data() {
    let folder = Folder::new().with("USHER_LOG_FORMAT", "json").with("USHER_LOG", "info");
    let demo = RunningServer::demo(&folder);
    sign_in(&demo, &Browser::new(), "first").await;
    let signed_in = event(&demo);
    let fields = &signed_in["fields"];
    assert_eq!((&signed_in["level"], &fields["message"]), (&json!("INFO"), &json!("login")));
    assert_eq!((&fields["outcome"], &fields["account"]), (&json!("CREATED"), &json!("default")));
    assert_eq!((&fields["failed_check"], &fields["denial"]), (&Value::Null, &Value::Null));
    assert!(fields["duration_ms"].is_u64(), "{signed_in}");

    let to = sign_in(&demo, &Browser::new(), "guard").await;
    let denied = event(&demo);
    assert_eq!(denied["fields"]["outcome"], "DENIED");
    assert_eq!(denied["fields"]["denial"], "GUARD_ATTRIBUTE_MISSING");
    assert_eq!(to, format!("/signin/error/{}", denied["fields"]["attempt"].as_str().unwrap()));

    let connection = fields["connection"].as_str().unwrap();
    let acs = demo.url(&format!("/saml/{connection}/acs"));
    Browser::new().post_form(&acs, &[("SAMLResponse", "!")]).await;
    let rejected = event(&demo);
    assert_eq!(rejected["fields"]["outcome"], "REJECTED");
    assert_eq!(rejected["fields"]["failed_check"], "form.encoding");
    assert_eq!(rejected["fields"]["connection"], *connection);
}

#[tokio::test]
async fn message_of_the_xml_security_library_is_a_log_event() {
    let folder = Folder::new().with("USHER_LOG_FORMAT", "json").with("USHER_LOG", "debug");
    let folder = folder.with("USHER_SECOND_OPINION", "true");
    let demo = RunningServer::demo(&folder);
    let browser = Browser::new();
    let mut form = response_form(&demo, &browser, "first", &[]).await;
    let (_, response) = form.fields.iter_mut().find(|(name, _)| name == "SAMLResponse").unwrap();
    let xml = String::from_utf8(STANDARD.decode(&*response).unwrap()).unwrap();
    let changed = xml.replace("ada.lovelace@", "eve.lovelace@");
    assert_ne!(changed, xml);
    *response = STANDARD.encode(changed);
    let forged = json!({ "samlResponse": response.clone() }).to_string();
    let answer = browser.post_form(&form.action, &form.pairs()).await;
    assert!(location(&answer).starts_with("/signin/error/"));
    // A login does not give the library a message that Usher has not verified; a preview does.
    let connection = form.action.trim_end_matches("/acs").rsplit('/').next().unwrap();
    let preview = demo.url(&format!("/api/v1/connections/{connection}/preview"));
    let key = folder.run_json(&["key", "create", "--name", "Preview"]);
    let request =
        browser.request(Method::POST, &preview).bearer_auth(key["secret"].as_str().unwrap());
    let request = request.header("content-type", "application/json").body(forged);
    let previewed = browser.send(request).await;
    assert_eq!(previewed.status(), 200);
    let line = demo.next_line_with("func=xmlSec");
    let event: Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&event["level"], &event["fields"]["library"]), (&json!("DEBUG"), &json!("xmlsec")));
}
