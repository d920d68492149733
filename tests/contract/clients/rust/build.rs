//! Makes the client of the contract that `USHER_OPENAPI_3_0` names.

use std::{env, error::Error, fs, path::Path};

use progenitor::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=USHER_OPENAPI_3_0");
    let contract = env::var("USHER_OPENAPI_3_0")?;
    println!("cargo::rerun-if-changed={contract}");

    let mut contract = serde_json::from_str(&fs::read_to_string(contract)?)?;
    simplify(&mut contract);
    let contract = serde_json::from_value(contract)?;

    let mut settings = GenerationSettings::default();
    settings.with_interface(InterfaceStyle::Builder);
    let client = Generator::new(&settings).generate_tokens(&contract)?;
    let client = prettyplease::unparse(&syn::parse2(client)?);
    fs::write(Path::new(&env::var("OUT_DIR")?).join("client.rs"), client)?;
    Ok(())
}

/// Says in progenitor's words what it does not know by other names.
fn simplify(contract: &mut Value) {
    if let Some(paths) = contract["paths"].as_object_mut() {
        for path in paths.values_mut() {
            let Some(operations) = path.as_object_mut() else { continue };
            // Neither CSV nor NDJSON is a body that it can make.
            operations.retain(|_, operation| !takes(operation, "text/csv"));
            for operation in operations.values_mut() {
                // "As it was" is neither an answer nor a problem.
                if let Some(responses) = operation["responses"].as_object_mut() {
                    responses.remove("304");
                    // An answer is of one kind.
                    if responses.contains_key("200") {
                        responses.remove("204");
                    }
                }
            }
        }
    }
    rename(contract);
}

fn takes(operation: &Value, content: &str) -> bool {
    operation["requestBody"]["content"].get(content).is_some()
}

/// JSON has one name, and a text of bounded length is a text: progenitor would
/// make a type of its own of each.
fn rename(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for json in [
                "application/merge-patch+json",
                "application/problem+json",
                "application/scim+json",
            ] {
                if let Some(content) = members.remove(json) {
                    members.insert("application/json".into(), content);
                }
            }
            if members.get("type").is_some_and(|kind| kind == "string") {
                for bound in ["minLength", "maxLength", "pattern"] {
                    members.remove(bound);
                }
            }
            members.values_mut().for_each(rename);
        }
        Value::Array(items) => items.iter_mut().for_each(rename),
        _ => {}
    }
}
