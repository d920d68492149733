//! Makes the client of the contract that `USHER_OPENAPI_3_0` names.

use std::{env, error::Error, fs, path::Path};

use progenitor::{GenerationSettings, Generator, InterfaceStyle};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=USHER_OPENAPI_3_0");
    let contract = env::var("USHER_OPENAPI_3_0")?;
    println!("cargo::rerun-if-changed={contract}");

    let contract = serde_json::from_str(&fs::read_to_string(contract)?)?;
    let mut settings = GenerationSettings::default();
    settings.with_interface(InterfaceStyle::Builder);
    let client = Generator::new(&settings).generate_tokens(&contract)?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("client.rs"), client.to_string())?;
    Ok(())
}
