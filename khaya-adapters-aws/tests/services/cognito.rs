//! Cognito: which tokens are accepted, how often the pool's keys are asked for, and what becomes of each answer.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use khaya_adapters_aws::ServiceError;
use khaya_adapters_aws::cognito::{Cognito, CognitoSettings};
use khaya_ports::identity::{Identity, IdentityError, IdentityProvider};
use serde_json::{Value, json};

use crate::wire::{Reply, Wire, cause, nowhere};

const POOL: &str = "eu-west-1_Ab1Cd2Ef3";
const CLIENT: &str = "1h57kf5cpq17m0eml12EXAMPLE";
const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab1Cd2Ef3";
/// Made for these tests; they open nothing.
const ONE: &[u8] = include_bytes!("cognito/one.der");
const TWO: &[u8] = include_bytes!("cognito/two.der");

fn at() -> DateTime<Utc> {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn cognito(endpoint: &str) -> Cognito {
    let (pool, client) = (POOL.parse().unwrap(), CLIENT.parse().unwrap());
    Cognito::new(CognitoSettings { pool, client, endpoint: Some(endpoint.to_owned()) }).unwrap()
}

fn key(der: &[u8], id: &str) -> Value {
    let mut key = Jwk::from_encoding_key(&EncodingKey::from_rsa_der(der), Algorithm::RS256).unwrap();
    key.common.key_id = Some(id.to_owned());
    serde_json::to_value(key).unwrap()
}

fn key_set(keys: &[Value]) -> Reply {
    Reply::new(200, json!({"keys": keys}).to_string())
}

fn claims() -> Value {
    let now = at().timestamp();
    json!({
        "sub": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "iss": ISSUER, "client_id": CLIENT, "origin_jti": "origin",
        "event_id": "event", "token_use": "access", "scope": "aws.cognito.signin.user.admin",
        "auth_time": now - 60, "iat": now - 30, "exp": now + 870, "jti": "jti", "username": "thandi"
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn signed(claims: &Value, der: &[u8], id: &str) -> String {
    let header = Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::RS256) };
    encode(&header, claims, &EncodingKey::from_rsa_der(der)).unwrap()
}

fn token() -> String {
    signed(&claims(), ONE, "one")
}

fn refusal(result: Result<Identity, IdentityError>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(IdentityError::Expired) => "expired",
        Err(IdentityError::Invalid) => "invalid",
        Err(IdentityError::NotOurs) => "not ours",
        Err(IdentityError::Unavailable(_)) => "unavailable",
    }
}

async fn with_both_keys() -> (Wire, Cognito) {
    let wire = Wire::answering([key_set(&[key(ONE, "one"), key(TWO, "two")])]).await;
    let cognito = cognito(&wire.endpoint);
    (wire, cognito)
}

#[tokio::test]
async fn a_token_of_the_pool_says_whom_it_speaks_for() {
    let (wire, cognito) = with_both_keys().await;
    for _ in 0..3 {
        let identity = cognito.verify(&token(), at()).await.unwrap();
        let expected = Identity {
            issuer: ISSUER.to_owned(),
            subject: "7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned(),
            sign_in: "origin".to_owned(),
            signed_in_at: at() - TimeDelta::seconds(60),
        };
        assert_eq!(identity, expected);
    }
    let seen = wire.seen();
    assert_eq!(seen.len(), 1, "the keys are kept");
    assert_eq!(seen[0].uri.path(), format!("/{POOL}/.well-known/jwks.json"));
    let without_revocation = signed(&without("origin_jti"), TWO, "two");
    let identity = cognito.verify(&without_revocation, at()).await.unwrap();
    assert_eq!(identity.sign_in, (at().timestamp() - 60).to_string());
}

#[tokio::test]
async fn what_a_token_says_decides_whether_it_is_accepted() {
    let (wire, cognito) = with_both_keys().await;
    let now = at().timestamp();
    let other_pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other";
    let mut identity = with("token_use", json!("id"));
    identity["aud"] = identity["client_id"].take();
    for (claims, expected) in [
        (claims(), "accepted"),
        (with("exp", json!(now + 1)), "accepted"),
        (with("exp", json!(now)), "expired"),
        (with("exp", json!(now - 100_000)), "expired"),
        (with("exp", json!("never")), "invalid"),
        (with("exp", json!(i64::MAX)), "invalid"),
        (without("exp"), "invalid"),
        (with("iat", json!(now + 60)), "accepted"),
        (with("iat", json!(now + 61)), "invalid"),
        (with("nbf", json!(now + 60)), "accepted"),
        (with("nbf", json!(now + 61)), "invalid"),
        (with("auth_time", json!(now + 61)), "invalid"),
        (with("iss", json!(other_pool)), "invalid"),
        (with("iss", json!([ISSUER])), "invalid"),
        (with("iss", json!([ISSUER, other_pool])), "invalid"),
        (with("iss", json!(format!("{ISSUER}/"))), "invalid"),
        (with("iss", json!(ISSUER.replace("https", "http"))), "invalid"),
        (without("iss"), "invalid"),
        (with("sub", json!("")), "invalid"),
        (with("sub", json!("s".repeat(201))), "invalid"),
        (without("sub"), "invalid"),
        (identity, "not ours"),
        (with("token_use", json!("Access")), "not ours"),
        (without("token_use"), "invalid"),
        (with("client_id", json!("another")), "not ours"),
        (with("client_id", json!(CLIENT.to_lowercase())), "not ours"),
        (without("client_id"), "not ours"),
        (without("auth_time"), "not ours"),
        (with("origin_jti", json!("o".repeat(201))), "invalid"),
        // What is ours for nobody, or over, is not told apart where it is not the pool's.
        (json!({}), "invalid"),
    ] {
        let answer = cognito.verify(&signed(&claims, ONE, "one"), at()).await;
        assert_eq!(refusal(answer), expected, "{claims:#}");
        let answer = cognito.verify(&signed(&claims, TWO, "one"), at()).await;
        assert_eq!(refusal(answer), "invalid", "under another key: {claims:#}");
    }
    assert_eq!(wire.seen().len(), 1);
}

/// A token of a header and claims, with a signature that `sign` makes.
fn forged(header: &Value, sign: impl FnOnce(&str) -> String) -> String {
    let part = |value: &Value| base64(value.to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(&claims()));
    let signature = sign(&message);
    format!("{message}.{signature}")
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn hs256(message: &str, secret: &[u8]) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret).unwrap();
    mac.update(message.as_bytes());
    base64(&mac.finalize().into_bytes())
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let (wire, cognito) = with_both_keys().await;
    let genuine = token();
    let parts: Vec<_> = genuine.split('.').collect();
    let rs256 = json!({"alg": "RS256", "kid": "one"});
    // The public key as HMAC's secret, in the forms that libraries have taken for one.
    let public = key(ONE, "one");
    let modulus = public["n"].as_str().unwrap().to_owned();
    let secrets = [modulus.clone().into_bytes(), public.to_string().into_bytes(), ONE.to_vec()];
    let mut tokens: Vec<(&str, String)> = secrets
        .iter()
        .map(|secret| {
            let header = json!({"alg": "HS256", "kid": "one"});
            ("HMAC with the public key", forged(&header, |message| hs256(message, secret)))
        })
        .collect();
    let algorithm = |name: Value| forged(&json!({"alg": name, "kid": "one"}), |_| parts[2].to_owned());
    let large = with("note", json!("x".repeat(9000)));
    tokens.extend([
        ("no algorithm", forged(&json!({"alg": "none", "kid": "one"}), |_| String::new())),
        ("no algorithm, in capitals", forged(&json!({"alg": "NONE", "kid": "one"}), |_| String::new())),
        ("no algorithm named", forged(&json!({"kid": "one"}), |_| parts[2].to_owned())),
        ("a list of algorithms", algorithm(json!(["RS256"]))),
        ("RS512", algorithm(json!("RS512"))),
        ("PS256", algorithm(json!("PS256"))),
        ("ES256", algorithm(json!("ES256"))),
        ("EdDSA", algorithm(json!("EdDSA"))),
        ("no signature", forged(&rs256, |_| String::new())),
        ("another's signature", forged(&rs256, |_| parts[2].to_owned())),
        ("no key id", forged(&json!({"alg": "RS256"}), |_| parts[2].to_owned())),
        ("an empty key id", forged(&json!({"alg": "RS256", "kid": ""}), |_| parts[2].to_owned())),
        ("a key id that is no text", forged(&json!({"alg": "RS256", "kid": 1}), |_| parts[2].to_owned())),
        (
            "a very long key id",
            forged(&json!({"alg": "RS256", "kid": "k".repeat(300)}), |_| parts[2].to_owned()),
        ),
        (
            "a key of its own",
            forged(&json!({"alg": "RS256", "kid": "one", "jwk": key(TWO, "one")}), |_| parts[2].to_owned()),
        ),
        ("the other key", signed(&claims(), TWO, "one")),
        ("too long", signed(&large, ONE, "one")),
        ("very long", "x".repeat(1_000_000)),
        ("without its end", genuine[..genuine.len() - 10].to_owned()),
        ("without signature", format!("{}.{}.", parts[0], parts[1])),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("four parts", format!("{genuine}.x")),
        (
            "a changed claim",
            format!("{}.{}.{}", parts[0], base64(with("sub", json!("me")).to_string().as_bytes()), parts[2]),
        ),
        ("no JSON", "bm8.bm8.bm8".to_owned()),
        ("not base64", "!.!.!".to_owned()),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("a zero byte", format!("{genuine}\0")),
        ("a space", format!(" {genuine}")),
    ]);
    for (what, token) in &tokens {
        assert_eq!(refusal(cognito.verify(token, at()).await), "invalid", "{what}");
    }
    assert_eq!(refusal(cognito.verify(&genuine, at()).await), "accepted");
    assert_eq!(wire.seen().len(), 1, "none of them is worth a question");
}

#[tokio::test]
async fn any_changed_character_makes_a_token_invalid() {
    let (_, cognito) = with_both_keys().await;
    let token = token();
    // The last character of 256 bytes in base64url has four bits that mean nothing: it is left out.
    for index in (0..token.len() - 1).step_by(7) {
        let mut forged = token.clone().into_bytes();
        forged[index] = if forged[index] == b'x' { b'y' } else { b'x' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(refusal(cognito.verify(&forged, at()).await), "invalid", "character {index}");
    }
}

#[tokio::test]
async fn a_flood_of_unknown_keys_is_one_question() {
    let (wire, cognito) = with_both_keys().await;
    let cognito = Arc::new(cognito);
    assert_eq!(refusal(cognito.verify(&token(), at()).await), "accepted");
    let attack = |number: u32| {
        let cognito = Arc::clone(&cognito);
        let header = json!({"alg": "RS256", "kid": format!("invented-{number}")});
        let token = forged(&header, |_| base64(&[7; 256]));
        async move { refusal(cognito.verify(&token, at()).await) }
    };
    let answers = futures::future::join_all((0..300).map(attack)).await;
    assert!(answers.iter().all(|answer| *answer == "invalid"), "{answers:?}");
    for number in 300..600 {
        assert_eq!(attack(number).await, "invalid");
    }
    assert_eq!(wire.seen().len(), 1, "less than a minute has passed since the keys came");
}

#[tokio::test]
async fn many_first_tokens_at_once_wait_for_one_answer() {
    let (wire, cognito) = with_both_keys().await;
    let answers =
        futures::future::join_all((0..50).map(|_| async { refusal(cognito.verify(&token(), at()).await) }));
    assert!(answers.await.iter().all(|answer| *answer == "accepted"));
    assert_eq!(wire.seen().len(), 1);
}

#[tokio::test]
async fn whoever_goes_away_takes_no_question_back() {
    let (wire, cognito) = with_both_keys().await;
    let token = token();
    let left = tokio::time::timeout(Duration::from_nanos(1), cognito.verify(&token, at())).await;
    assert!(left.is_err(), "nobody answers so fast");
    assert_eq!(refusal(cognito.verify(&token, at()).await), "accepted");
    assert_eq!(wire.seen().len(), 1);
}

/// Lets time pass at once: the clock of the runtime moves, and nothing waits.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_new_key_is_found_after_a_minute_and_an_old_one_forgotten() {
    let sets = [key_set(&[key(ONE, "one")]), key_set(&[key(TWO, "two")])];
    let wire = Wire::answering(sets).await;
    let cognito = cognito(&wire.endpoint);
    let (old, new) = (token(), signed(&claims(), TWO, "two"));
    assert_eq!(refusal(cognito.verify(&old, at()).await), "accepted");
    assert_eq!(refusal(cognito.verify(&new, at()).await), "invalid");
    pass(Duration::from_secs(59)).await;
    assert_eq!(refusal(cognito.verify(&new, at()).await), "invalid");
    assert_eq!(wire.seen().len(), 1);
    pass(Duration::from_secs(2)).await;
    assert_eq!(refusal(cognito.verify(&new, at()).await), "accepted");
    assert_eq!(refusal(cognito.verify(&old, at()).await), "invalid", "its key was withdrawn");
    assert_eq!(wire.seen().len(), 2);
}

#[tokio::test]
async fn keys_are_renewed_after_an_hour_and_good_for_a_day_without_an_answer() {
    let keys = key_set(&[key(ONE, "one")]);
    let failure = Reply::new(503, "");
    let wire = Wire::answering([keys.clone(), keys, failure]).await;
    let cognito = cognito(&wire.endpoint);
    let verify = async || refusal(cognito.verify(&token(), at()).await);
    assert_eq!(verify().await, "accepted");
    pass(Duration::from_secs(3599)).await;
    assert_eq!((verify().await, wire.seen().len()), ("accepted", 1));
    pass(Duration::from_secs(2)).await;
    assert_eq!((verify().await, wire.seen().len()), ("accepted", 2));
    pass(Duration::from_secs(3601)).await;
    assert_eq!((verify().await, wire.seen().len()), ("accepted", 3));
    assert_eq!((verify().await, wire.seen().len()), ("accepted", 3), "not again at once");
    pass(Duration::from_secs(11)).await;
    assert_eq!((verify().await, wire.seen().len()), ("accepted", 4));
    pass(Duration::from_secs(24 * 3600)).await;
    assert_eq!((verify().await, wire.seen().len()), ("unavailable", 5));
}

#[tokio::test]
async fn a_pool_that_shows_no_keys_is_unavailable() {
    let many = "x".repeat(100_000);
    for (reply, code) in [
        (Reply::new(503, ""), "503"),
        (Reply::new(404, "{}"), "404"),
        (Reply::new(302, "").header("location", "https://elsewhere.example/"), "302"),
        (Reply::new(200, "<html>"), "Answer"),
        (Reply::new(200, r#"{"keys": []}"#), "Answer"),
        (Reply::new(200, many), "Answer"),
    ] {
        let wire = Wire::answering([reply, key_set(&[key(ONE, "one")])]).await;
        let cognito = cognito(&wire.endpoint);
        let error = cognito.verify(&token(), at()).await.unwrap_err();
        assert!(matches!(error, IdentityError::Unavailable(_)), "{error:?}");
        assert_eq!(cause(&error).code(), code);
        assert_eq!(refusal(cognito.verify(&token(), at()).await), "unavailable");
        assert_eq!(wire.seen().len(), 1, "not asked again at once");
        pass(Duration::from_secs(11)).await;
        assert_eq!(refusal(cognito.verify(&token(), at()).await), "accepted");
    }
    let error = cognito(&nowhere().await.endpoint.unwrap()).verify(&token(), at()).await.unwrap_err();
    assert_eq!(cause(&error).code(), "DispatchFailure");
}

#[tokio::test]
async fn nobody_waits_longer_than_three_seconds() {
    let silent = Wire::answering([]).await;
    let cognito = cognito(&silent.endpoint);
    let begun = std::time::Instant::now();
    assert_eq!(refusal(cognito.verify(&token(), at()).await), "unavailable");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

fn identity() -> Identity {
    Identity {
        issuer: ISSUER.to_owned(),
        subject: "7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned(),
        sign_in: "origin".to_owned(),
        signed_in_at: at(),
    }
}

fn profile(attributes: &[(&str, &str)]) -> Reply {
    let attributes: Vec<_> =
        attributes.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
    Reply::new(200, json!({"Username": "thandi", "UserAttributes": attributes}).to_string())
}

#[tokio::test]
async fn the_number_is_asked_for_with_the_token_and_nothing_else() {
    let subject = identity().subject;
    let attributes =
        [("sub", subject.as_str()), ("phone_number", "+27821234567"), ("phone_number_verified", "true")];
    let wire = Wire::answering([profile(&attributes)]).await;
    let phone = cognito(&wire.endpoint).proven_phone("the.access.token", &identity()).await.unwrap();
    assert_eq!(phone.unwrap().as_e164(), "+27821234567");
    let seen = &wire.seen()[0];
    assert_eq!((seen.method.as_str(), seen.uri.path()), ("POST", "/"));
    assert_eq!(seen.header("x-amz-target"), Some("AWSCognitoIdentityProviderService.GetUser"));
    assert_eq!(seen.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.text(), r#"{"AccessToken":"the.access.token"}"#);
}

#[tokio::test]
async fn a_number_that_is_not_proven_or_not_the_tokens_owners_is_none() {
    let subject = identity().subject;
    let unproven =
        [("sub", subject.as_str()), ("phone_number", "+27821234567"), ("phone_number_verified", "false")];
    let wire = Wire::answering([profile(&unproven)]).await;
    assert_eq!(cognito(&wire.endpoint).proven_phone("t", &identity()).await.unwrap(), None);
    let anothers = [("sub", "another"), ("phone_number", "+27821234567"), ("phone_number_verified", "true")];
    let nobodys = [("phone_number", "+27821234567"), ("phone_number_verified", "true")];
    for attributes in [&anothers[..], &nobodys[..]] {
        let wire = Wire::answering([profile(attributes)]).await;
        let error = cognito(&wire.endpoint).proven_phone("t", &identity()).await.unwrap_err();
        assert!(matches!(error, IdentityError::Invalid), "{error:?}");
    }
}

#[tokio::test]
async fn each_refusal_of_get_user_is_told_apart() {
    let said = |kind: &str| json!({"__type": kind, "message": "Access Token has been revoked"}).to_string();
    for (status, body, expected) in [
        (400, said("NotAuthorizedException"), "invalid"),
        (400, said("com.amazonaws.cognito#UserNotFoundException"), "invalid"),
        (400, said("UserNotConfirmedException"), "invalid"),
        (400, said("PasswordResetRequiredException"), "invalid"),
        (400, said("TooManyRequestsException"), "TooManyRequestsException"),
        (400, said("InvalidParameterException"), "InvalidParameterException"),
        (400, said("ForbiddenException"), "ForbiddenException"),
        (429, String::new(), "429"),
        (500, said("InternalErrorException"), "InternalErrorException"),
        (502, "<html>".to_owned(), "502"),
        (200, "<html>".to_owned(), "Answer"),
        (200, "{}".to_owned(), "Answer"),
        (200, format!("{{\"UserAttributes\": [], \"x\": \"{}\"}}", "x".repeat(70_000)), "Answer"),
        (302, String::new(), "302"),
    ] {
        let wire = Wire::answering([Reply::new(status, body)]).await;
        let error = cognito(&wire.endpoint).proven_phone("t", &identity()).await.unwrap_err();
        match &error {
            IdentityError::Invalid => assert_eq!(expected, "invalid", "{status}"),
            IdentityError::Unavailable(source) => {
                let source = source.downcast_ref::<ServiceError>().unwrap();
                assert_eq!(source.code(), expected, "{status}");
            }
            IdentityError::Expired | IdentityError::NotOurs => panic!("{error:?}"),
        }
        assert_eq!(wire.seen().len(), 1, "nothing is repeated");
    }
}
