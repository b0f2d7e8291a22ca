//! Pushes by SNS: a device is an endpoint of the platform application of FCM or APNs, whose ARN is the device's address.
//!
//! Facts: API References of `CreatePlatformEndpoint`, `SetEndpointAttributes` and `Publish`; SNS Developer Guide, "Creating a
//! platform endpoint and managing device tokens" and "Publishing notifications with platform-specific payloads". SNS has no token
//! that makes a second `Publish` to an endpoint harmless, so it is made once. Registering may be repeated.

mod arn;
mod payload;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use khaya_ports::reach::{Device, Platform, Push, PushAddress, PushSender, ReachError};
use secrecy::ExposeSecret;

use crate::call::{Failure, ServiceError};
use crate::reach::{once, unreached};
use crate::sdk::{Access, configuration, retries, timeouts};

use arn::Service;

pub use arn::{InvalidApplication, PlatformApplication};

const SERVICE: &str = "SNS";
/// For all calls of a registration together: below the ten seconds that the port promises.
const REGISTRATION: Duration = Duration::from_secs(9);
const ENABLED: &str = "Enabled";
const TOKEN: &str = "Token";

/// By which platform applications. They are made once by hand, with the keys of Google and Apple.
#[derive(Debug, Clone)]
pub struct SnsSettings {
    /// That of Android: `arn:aws:sns:REGION:ACCOUNT:app/GCM/NAME`; `None` takes no such devices.
    pub android: Option<PlatformApplication>,
    /// That of iOS: `.../app/APNS/NAME` or `.../app/APNS_SANDBOX/NAME`; `None` takes no such devices.
    pub ios: Option<PlatformApplication>,
    /// Where SNS is called, and as whom.
    pub access: Access,
}

/// Sends pushes by SNS.
pub struct SnsPush {
    /// For registrations, which may be repeated.
    registrar: Client,
    /// For pushes, which may not.
    publisher: Client,
    android: Option<PlatformApplication>,
    ios: Option<PlatformApplication>,
}

impl SnsPush {
    /// Opens the clients. Nothing is called yet.
    pub async fn connect(settings: SnsSettings) -> Self {
        let SnsSettings { android, ios, access } = settings;
        let patient = timeouts(Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(8));
        let shared = configuration(&access, patient, retries(3)).await;
        let registrar = Client::new(&shared);
        let (timeouts, retries) = once();
        let publisher = shared.into_builder().timeout_config(timeouts).retry_config(retries).build();
        Self { registrar, publisher: Client::new(&publisher), android, ios }
    }

    /// The address of a device's endpoint, which takes pushes.
    async fn endpoint(&self, device: &Device) -> Result<String, ReachError> {
        let application = match device.platform {
            Platform::Android => self.android.as_ref(),
            Platform::Ios => self.ios.as_ref(),
        };
        let application = application.ok_or_else(|| {
            ReachError::Refused("no platform application is configured for such devices".into())
        })?;
        let token = device.token.expose_secret();
        let create = self.registrar.create_platform_endpoint().platform_application_arn(application.as_str());
        // With the attribute, an endpoint that stands there disabled is no longer the same, and is reported.
        match create.token(token).attributes(ENABLED, "true").send().await {
            Ok(created) => {
                let arn = created.endpoint_arn().unwrap_or_default().to_owned();
                self.enable(arn, token).await
            }
            Err(error) => {
                match error.as_service_error().and_then(|error| arn::existing(error.meta().message()?)) {
                    Some(arn) => self.set(arn.to_owned(), token).await,
                    None => Err(unreached(ServiceError::of(SERVICE, "CreatePlatformEndpoint", &error))),
                }
            }
        }
    }

    /// Sees to it that an endpoint is enabled for this token, as AWS advises after each creation: SNS disables endpoints whose
    /// token the platform refused, and gives them out again as they are.
    async fn enable(&self, arn: String, token: &str) -> Result<String, ReachError> {
        let found = self.registrar.get_endpoint_attributes().endpoint_arn(&arn).send().await;
        let found =
            found.map_err(|error| lost(ServiceError::of(SERVICE, "GetEndpointAttributes", &error)))?;
        let is = |name: &str, value: &str| {
            found.attributes().and_then(|all| all.get(name)).is_some_and(|found| found == value)
        };
        if is(ENABLED, "true") && is(TOKEN, token) { Ok(arn) } else { self.set(arn, token).await }
    }

    async fn set(&self, arn: String, token: &str) -> Result<String, ReachError> {
        let set = self.registrar.set_endpoint_attributes().endpoint_arn(&arn);
        let set = set.attributes(TOKEN, token).attributes(ENABLED, "true").send().await;
        set.map_err(|error| lost(ServiceError::of(SERVICE, "SetEndpointAttributes", &error)))?;
        Ok(arn)
    }
}

#[async_trait]
impl PushSender for SnsPush {
    async fn register(&self, device: &Device) -> Result<PushAddress, ReachError> {
        let registered = tokio::time::timeout(REGISTRATION, self.endpoint(device)).await;
        let cut = |_| Err(unreached(ServiceError::timeout(SERVICE, "CreatePlatformEndpoint")));
        registered.unwrap_or_else(cut).map(PushAddress)
    }

    async fn send(&self, push: &Push) -> Result<(), ReachError> {
        let PushAddress(arn) = &push.to;
        let service = Service::of_endpoint(arn)
            .ok_or_else(|| ReachError::Refused("the address is not that of an endpoint of SNS".into()))?;
        let call = self.publisher.publish().target_arn(arn).message_structure("json");
        let mut call = call.message(payload::message(service, &push.text));
        if let Some((name, value)) = payload::attribute(service) {
            let value = MessageAttributeValue::builder().data_type("String").string_value(value).build();
            let value = value.map_err(|error| ReachError::Refused(error.into()))?;
            call = call.message_attributes(name, value);
        }
        let sent = call.send().await.map_err(|error| failed(ServiceError::of(SERVICE, "Publish", &error)))?;
        tracing::debug!(reference = %push.reference, message = sent.message_id(), "SNS has a push");
        Ok(())
    }
}

/// Of an endpoint that was there a moment ago: another registration begins anew.
fn lost(error: ServiceError) -> ReachError {
    if is_gone(&error) { ReachError::Busy(error.log().into()) } else { unreached(error) }
}

/// As the port's error of a push (API Reference, `Publish`, "Errors").
fn failed(error: ServiceError) -> ReachError {
    if is_gone(&error) {
        tracing::debug!(error = %error, "a device takes no pushes any more");
        ReachError::Gone(error.into())
    } else {
        unreached(error)
    }
}

/// Whether the endpoint is disabled or deleted. A push to a deleted one is refused as a wrong parameter.
fn is_gone(error: &ServiceError) -> bool {
    error.failure() == Failure::Refused
        && match error.code() {
            "EndpointDisabled" | "EndpointDisabledException" | "NotFound" | "NotFoundException" => true,
            "InvalidParameter" | "InvalidParameterException" => error.message().contains("No endpoint found"),
            _ => false,
        }
}
