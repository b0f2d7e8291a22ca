//! What Cognito knows of a token's owner: `GetUser` (Cognito API Reference), called with the token itself and without a
//! signature.

use khaya_domain::phone::PhoneNumber;
use khaya_ports::identity::IdentityError;
use serde::Deserialize;
use serde_json::json;

use super::http::{Http, answer, failed};
use crate::call::{Failure, without_particulars};

const OPERATION: &str = "GetUser";

/// The attributes of a user.
#[derive(Deserialize)]
pub(super) struct Profile {
    #[serde(rename = "UserAttributes")]
    attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refusal {
    #[serde(rename = "__type")]
    kind: String,
    #[serde(alias = "Message")]
    message: String,
}

impl Profile {
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| attribute.name == name);
        found.map(|attribute| attribute.value.as_str())
    }

    /// The number, if it is proven and can be an account's. Cognito keeps numbers in E.164.
    pub(super) fn proven_phone(&self) -> Option<PhoneNumber> {
        if self.value("phone_number_verified") != Some("true") {
            return None;
        }
        let number = self.value("phone_number").filter(|number| number.starts_with('+'))?;
        PhoneNumber::parse(number).ok()
    }
}

/// The profile of a token's owner. [`IdentityError::Invalid`] when Cognito does not honour the token: it was revoked, its
/// owner was disabled or removed, or it lacks the scope.
pub(super) async fn get_user(http: &Http, endpoint: &str, token: &str) -> Result<Profile, IdentityError> {
    let request = http
        .post(&format!("{endpoint}/"))
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.GetUser")
        .body(json!({"AccessToken": token}).to_string());
    let unavailable = |error: crate::ServiceError| IdentityError::Unavailable(error.log().into());
    let (status, body) = answer(OPERATION, request).await.map_err(unavailable)?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| {
            unavailable(failed(OPERATION, "Answer", "the answer cannot be read", Failure::Unanswered))
        });
    }
    let Refusal { kind, message } = serde_json::from_slice(&body).unwrap_or_default();
    let code = kind.rsplit('#').next().filter(|code| !code.is_empty()).unwrap_or(status.as_str());
    let failed = |failure| failed(OPERATION, code, &without_particulars(&message), failure);
    match (code, status.as_u16()) {
        (
            "NotAuthorizedException"
            | "UserNotFoundException"
            | "UserNotConfirmedException"
            | "PasswordResetRequiredException",
            _,
        ) => {
            tracing::info!(error = %failed(Failure::Refused), "Cognito does not honour a token");
            Err(IdentityError::Invalid)
        }
        ("TooManyRequestsException" | "ThrottlingException" | "LimitExceededException", _) | (_, 429) => {
            Err(unavailable(failed(Failure::Throttled)))
        }
        (_, 500..) => Err(unavailable(failed(Failure::Unanswered))),
        (_, _) => Err(unavailable(failed(Failure::Refused))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn proven(attributes: &[(&str, &str)]) -> Option<String> {
        let attributes: Vec<Value> =
            attributes.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect();
        let profile: Profile =
            serde_json::from_value(json!({"Username": "u", "UserAttributes": attributes})).unwrap();
        profile.proven_phone().map(|phone| phone.as_e164().to_owned())
    }

    #[test]
    fn only_a_proven_south_african_mobile_number_counts() {
        let with =
            |number, verified| proven(&[("phone_number", number), ("phone_number_verified", verified)]);
        assert_eq!(with("+27821234567", "true").as_deref(), Some("+27821234567"));
        for (number, verified) in [
            ("+27821234567", "false"),
            ("+27821234567", "True"),
            ("+27821234567", ""),
            ("+447700900123", "true"),
            ("+27111234567", "true"),
            ("0821234567", "true"),
            ("", "true"),
        ] {
            assert_eq!(with(number, verified), None, "{number} {verified}");
        }
        assert_eq!(proven(&[("phone_number", "+27821234567")]), None);
        assert_eq!(proven(&[("phone_number_verified", "true")]), None);
        assert_eq!(proven(&[("email", "a@b.example"), ("email_verified", "true")]), None);
    }
}
