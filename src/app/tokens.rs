//! Signed tokens, with which other services verify a session without a request
//! to Usher.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use openssl::{
    ec::{EcGroup, EcKey},
    nid::Nid,
    pkey::PKey,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{App, Error, key_pairs, sessions::SignedInUser};
use crate::{
    domain::Timestamp,
    store::{KeyOwner, KeyPurpose, StoredKey},
};

/// The maximum lifetime of a token. Other services can't see that a session has
/// ended, so a token must not outlive it by much.
pub const MAX_LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// A signed token (RFC 7519) for other services.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token, in JWS compact form.
    pub text: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// The claims of a token.
#[derive(Debug, Serialize)]
struct Claims<'a> {
    iss: String,
    aud: &'a str,
    sub: String,
    sid: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    account: &'a str,
    email: &'a str,
    name: String,
    role: &'static str,
    teams: Vec<TeamClaim<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'a str, &'a Json>,
}

#[derive(Debug, Serialize)]
struct TeamClaim<'a> {
    id: String,
    name: &'a str,
    role: &'static str,
}

/// The public half of a key, as it is published (RFC 7517, RFC 7518 6.2.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    #[serde(rename = "use")]
    usage: String,
    alg: String,
    kid: String,
}

/// Issues a token for a signed-in user.
///
/// # Errors
/// If the signing key can't be read.
pub fn issue(app: &App, signed_in: &SignedInUser) -> Result<Token, Error> {
    let now = app.now();
    let lifetime = app.settings.token_lifetime.min(MAX_LIFETIME);
    let expires_at = signed_in.session.expires_at.min(now + lifetime);
    let SignedInUser { session, account, user, teams } = signed_in;
    let team =
        |(team, role): &'_ (crate::domain::team::Team, crate::domain::membership::MemberRole)| {
            (team.id.to_string(), team.name.as_str().to_owned(), role.effective.as_str())
        };
    let teams = teams.iter().map(team).collect::<Vec<_>>();
    let claims = Claims {
        iss: issuer(app),
        aud: &app.settings.token_audience,
        sub: user.id.to_string(),
        sid: session.id.to_string(),
        iat: now.timestamp(),
        nbf: now.timestamp(),
        exp: expires_at.timestamp(),
        account: &account.slug,
        email: user.email.as_str(),
        name: user.profile.full_name(),
        role: user.role.as_str(),
        teams: teams
            .iter()
            .map(|(id, name, role)| TeamClaim { id: id.clone(), name, role })
            .collect(),
        attributes: user
            .profile
            .custom
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect(),
    };
    Ok(Token { text: sign(app, &claims)?, expires_at })
}

/// The `iss` of tokens: the base URL without its trailing slash.
#[must_use]
pub fn issuer(app: &App) -> String {
    app.settings.base_url.as_str().trim_end_matches('/').to_owned()
}

/// The keys with which any service verifies tokens, the one in use first.
///
/// # Errors
/// If the database can't be read.
pub fn list_published_keys(app: &App) -> Result<Vec<Jwk>, Error> {
    let keys = load_signing_keys(app)?;
    keys.iter().map(to_jwk).collect()
}

/// Generates the signing key of the deployment if it is missing, and checks that
/// it can be opened.
pub(super) fn ensure_key(app: &App) -> Result<(), Error> {
    if load_signing_keys(app)?.is_empty() {
        let key = generate_key(app, app.now())?;
        // Two replicas that start at once generate two keys. Both keys are
        // published, and the older one signs from then on.
        app.db.write(|tx| tx.insert_key(&key).map_err(Error::from))?;
    }
    check_key(app)
}

/// Checks that the signing keys, if there are any, can be opened.
pub(super) fn check_key(app: &App) -> Result<(), Error> {
    load_signing_keys(app)?.iter().try_for_each(|key| key_pairs::open(app, key).map(drop))
}

fn sign(app: &App, claims: &Claims<'_>) -> Result<String, Error> {
    let keys = load_signing_keys(app)?;
    let key = keys.first().ok_or_else(|| Error::not_found("key", "for tokens"))?;
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(key.id.to_string());
    let private = key_pairs::open(app, key)?;
    let signing = EncodingKey::from_ec_der(private.expose_secret());
    jsonwebtoken::encode(&header, claims, &signing)
        .map_err(|error| Error::internal("signing a token", error))
}

/// The keys for tokens, oldest first.
fn load_signing_keys(app: &App) -> Result<Vec<StoredKey>, Error> {
    let mut keys =
        key_pairs::load_active_keys(app, KeyOwner::Deployment, KeyPurpose::TokenSigning)?;
    keys.reverse();
    Ok(keys)
}

fn to_jwk(key: &StoredKey) -> Result<Jwk, Error> {
    let public: PublicPoint = serde_json::from_slice(&key.public)
        .map_err(|error| Error::internal("reading a public key", error))?;
    let PublicPoint { x, y } = public;
    Ok(Jwk {
        kty: "EC".into(),
        crv: "P-256".into(),
        x,
        y,
        usage: "sig".into(),
        alg: "ES256".into(),
        kid: key.id.to_string(),
    })
}

/// A public key as it is stored: its coordinates in base64url.
#[derive(Serialize, Deserialize)]
struct PublicPoint {
    x: String,
    y: String,
}

fn generate_key(app: &App, now: Timestamp) -> Result<StoredKey, Error> {
    let (public, private) =
        generate_p256().map_err(|error| Error::internal("making a key", error))?;
    let public =
        serde_json::to_vec(&public).map_err(|error| Error::internal("making a key", error))?;
    key_pairs::seal(app, KeyOwner::Deployment, KeyPurpose::TokenSigning, public, &private, now)
}

/// A new P-256 key: the public point, and the private key as PKCS #8 DER.
fn generate_p256() -> Result<(PublicPoint, Vec<u8>), openssl::error::ErrorStack> {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let key = EcKey::generate(&group)?;
    let (mut x, mut y) = (openssl::bn::BigNum::new()?, openssl::bn::BigNum::new()?);
    let mut context = openssl::bn::BigNumContext::new()?;
    key.public_key().affine_coordinates(&group, &mut x, &mut y, &mut context)?;
    let encode = |number: &openssl::bn::BigNumRef| {
        number.to_vec_padded(32).map(|bytes| BASE64_URL_SAFE_NO_PAD.encode(bytes))
    };
    let public = PublicPoint { x: encode(&x)?, y: encode(&y)? };
    Ok((public, PKey::from_ec_key(key)?.private_key_to_pkcs8()?))
}
