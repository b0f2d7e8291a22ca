//! Names of SNS's resources, as far as they say something.

use std::fmt;
use std::str::FromStr;

/// Who carries a push to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// Firebase Cloud Messaging.
    Fcm,
    /// The Apple Push Notification service.
    Apns,
    /// The same, for apps under development.
    ApnsSandbox,
}

impl Service {
    /// As SNS calls it, in names and as a key of messages.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Fcm => "GCM",
            Self::Apns => "APNS",
            Self::ApnsSandbox => "APNS_SANDBOX",
        }
    }

    fn of(arn: &str, kind: &str) -> Option<Self> {
        let mut parts = arn.strip_prefix("arn:")?.splitn(5, ':');
        let (_partition, service, _region, _account) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let key = parts.next()?.strip_prefix(kind)?.strip_prefix('/')?.split('/').next()?;
        let known = [Self::Fcm, Self::Apns, Self::ApnsSandbox];
        known.into_iter().find(|known| service == "sns" && known.key() == key)
    }

    /// That of a device: `arn:aws:sns:REGION:ACCOUNT:endpoint/GCM/NAME/UUID`.
    pub(super) fn of_endpoint(arn: &str) -> Option<Self> {
        Self::of(arn, "endpoint")
    }
}

/// The ARN of a platform application of FCM or APNs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformApplication(String);

/// The text is not the ARN of a platform application that this adapter knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be arn:aws:sns:REGION:ACCOUNT:app/GCM/NAME, .../app/APNS/NAME or .../app/APNS_SANDBOX/NAME")]
pub struct InvalidApplication;

impl PlatformApplication {
    /// The ARN.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether Google carries its pushes; otherwise Apple does.
    pub fn is_android(&self) -> bool {
        Service::of(&self.0, "app") == Some(Service::Fcm)
    }
}

impl FromStr for PlatformApplication {
    type Err = InvalidApplication;

    fn from_str(arn: &str) -> Result<Self, InvalidApplication> {
        Service::of(arn, "app").map(|_| Self(arn.to_owned())).ok_or(InvalidApplication)
    }
}

impl fmt::Display for PlatformApplication {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The endpoint that stands in the way of another with the same token: SNS names it in words only ("Endpoint ARN already
/// exists with the same Token, but different attributes.").
pub(super) fn existing(message: &str) -> Option<&str> {
    let (before, _) = message.split_once(" already exists")?;
    let arn = before.split_whitespace().last()?;
    Service::of_endpoint(arn).map(|_| arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_application_is_one_of_google_or_apple() {
        let arn = |key: &str| format!("arn:aws:sns:af-south-1:123456789012:app/{key}/khaya");
        assert!(arn("GCM").parse::<PlatformApplication>().unwrap().is_android());
        assert!(!arn("APNS_SANDBOX").parse::<PlatformApplication>().unwrap().is_android());
        for wrong in [
            arn("ADM"),
            "khaya".to_owned(),
            arn("GCM").replace(":app/", ":endpoint/"),
            arn("GCM").replace("sns", "sqs"),
        ] {
            assert_eq!(wrong.parse::<PlatformApplication>(), Err(InvalidApplication), "{wrong}");
        }
    }

    #[test]
    fn the_endpoint_in_the_way_is_found_in_the_message() {
        let arn =
            "arn:aws:sns:eu-west-1:123456789012:endpoint/APNS/khaya/0f0e9f5a-1111-2222-3333-444455556666";
        let message = format!(
            "Invalid parameter: Token Reason: Endpoint {arn} already exists with the same Token, but different attributes."
        );
        assert_eq!(existing(&message), Some(arn));
        assert_eq!(Service::of_endpoint(arn), Some(Service::Apns));
        assert_eq!(existing("Invalid parameter: Token Reason: it is empty"), None);
        assert_eq!(existing("Invalid parameter: a topic already exists"), None);
    }
}
