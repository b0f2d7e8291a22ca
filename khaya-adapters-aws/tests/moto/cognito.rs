//! Cognito: somebody of a pool signs in, and the token is verified with the keys that the pool shows.

use khaya_adapters_aws::cognito::{Cognito, CognitoSettings};
use khaya_ports::identity::{IdentityError, IdentityProvider};
use serde_json::{Value, json};

use crate::{access, http, now};

const PASSWORD: &str = "Long-enough-1234";

/// A call of the API. Nothing checks the signature; moto reads from it which region is meant.
async fn call(operation: &str, body: Value) -> Value {
    let scope =
        "Credential=testing/20260101/eu-west-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=0";
    let answer = http()
        .post(access().endpoint.unwrap())
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
        .header("authorization", format!("AWS4-HMAC-SHA256 {scope}"))
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{operation}: {status} {text}");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

/// A pool and a client of it.
async fn pool() -> (String, String) {
    let pool =
        call("CreateUserPool", json!({"PoolName": "khaya", "UsernameAttributes": ["phone_number"]})).await;
    let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
    let flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let client = json!({"UserPoolId": pool, "ClientName": "khaya", "ExplicitAuthFlows": flows});
    let client = call("CreateUserPoolClient", client).await;
    (pool, client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned())
}

/// Somebody in the pool, with a password that need not be changed; the name by which moto finds them.
async fn person(pool: &str, phone: &str, is_proven: bool) -> String {
    let attributes = json!([
        {"Name": "phone_number", "Value": phone},
        {"Name": "phone_number_verified", "Value": is_proven.to_string()},
    ]);
    let user = json!({"UserPoolId": pool, "Username": phone, "UserAttributes": attributes});
    let user = call("AdminCreateUser", user).await;
    let name = user["User"]["Username"].as_str().unwrap().to_owned();
    let password = json!({"UserPoolId": pool, "Username": name, "Password": PASSWORD, "Permanent": true});
    call("AdminSetUserPassword", password).await;
    name
}

async fn authenticate(pool: &str, client: &str, flow: &str, parameters: Value) -> Value {
    let body =
        json!({"UserPoolId": pool, "ClientId": client, "AuthFlow": flow, "AuthParameters": parameters});
    call("AdminInitiateAuth", body).await["AuthenticationResult"].clone()
}

async fn sign_in(pool: &str, client: &str, name: &str) -> Value {
    let parameters = json!({"USERNAME": name, "PASSWORD": PASSWORD});
    authenticate(pool, client, "ADMIN_USER_PASSWORD_AUTH", parameters).await
}

fn adapter(pool: &str, client: &str) -> Cognito {
    let (pool, client) = (pool.parse().unwrap(), client.parse().unwrap());
    Cognito::new(CognitoSettings { pool, client, endpoint: access().endpoint }).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn a_token_of_a_real_sign_in_is_verified_and_its_number_read() {
    let (pool, client) = pool().await;
    let name = person(&pool, "+27821234567", true).await;
    let tokens = sign_in(&pool, &client, &name).await;
    let access = text(&tokens["AccessToken"]);
    let cognito = adapter(&pool, &client);
    let identity = cognito.verify(access, now()).await.unwrap();
    assert_eq!(identity.issuer, format!("https://cognito-idp.eu-west-1.amazonaws.com/{pool}"));
    let phone = cognito.proven_phone(access, &identity).await.unwrap();
    assert_eq!(phone.unwrap().as_e164(), "+27821234567");

    let parameters = json!({"REFRESH_TOKEN": tokens["RefreshToken"]});
    let renewed = authenticate(&pool, &client, "REFRESH_TOKEN_AUTH", parameters).await;
    let again = cognito.verify(text(&renewed["AccessToken"]), now()).await.unwrap();
    assert_eq!((&again.subject, &again.sign_in), (&identity.subject, &identity.sign_in));
    let other = sign_in(&pool, &client, &name).await;
    let other = cognito.verify(text(&other["AccessToken"]), now()).await.unwrap();
    assert_eq!(other.subject, identity.subject);
    assert_ne!(other.sign_in, identity.sign_in);
}

#[tokio::test]
async fn other_tokens_of_the_same_keys_are_not_ours() {
    let (pool, client) = pool().await;
    let name = person(&pool, "+27821234568", false).await;
    let tokens = sign_in(&pool, &client, &name).await;
    let cognito = adapter(&pool, &client);
    let identity_token = cognito.verify(text(&tokens["IdToken"]), now()).await.unwrap_err();
    assert!(matches!(identity_token, IdentityError::NotOurs), "{identity_token:?}");
    let access = text(&tokens["AccessToken"]);
    let late = cognito.verify(access, now() + chrono::TimeDelta::days(2)).await.unwrap_err();
    assert!(matches!(late, IdentityError::Expired), "{late:?}");
    let other_client = adapter(&pool, "another").verify(access, now()).await.unwrap_err();
    assert!(matches!(other_client, IdentityError::NotOurs), "{other_client:?}");
    // All of moto's pools sign with one key, so that only the issuer tells them apart.
    let (other_pool, _) = self::pool().await;
    let other_pool = adapter(&other_pool, &client).verify(access, now()).await.unwrap_err();
    assert!(matches!(other_pool, IdentityError::Invalid), "{other_pool:?}");
    let identity = cognito.verify(access, now()).await.unwrap();
    assert_eq!(cognito.proven_phone(access, &identity).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_of_somebody_who_was_signed_out_has_no_number() {
    let (pool, client) = pool().await;
    let name = person(&pool, "+27821234569", true).await;
    let tokens = sign_in(&pool, &client, &name).await;
    let (cognito, access) = (adapter(&pool, &client), text(&tokens["AccessToken"]));
    let identity = cognito.verify(access, now()).await.unwrap();
    call("AdminUserGlobalSignOut", json!({"UserPoolId": pool, "Username": name})).await;
    assert_eq!(
        cognito.verify(access, now()).await.unwrap(),
        identity,
        "a revocation does not show in a token"
    );
    let error = cognito.proven_phone(access, &identity).await.unwrap_err();
    assert!(matches!(error, IdentityError::Invalid), "{error:?}");
}
