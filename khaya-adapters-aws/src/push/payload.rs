//! What SNS hands to the platforms.

use serde_json::json;

use super::arn::Service;

/// The message of `MessageStructure=json`: a JSON text for each platform, and a plain one that is required and not used.
pub(super) fn message(service: Service, text: &str) -> String {
    let own = match service {
        // The form of FCM's HTTP v1 API, the only one that Google has left.
        Service::Fcm => json!({"fcmV1Message": {"message": {"notification": {"body": text}}}}),
        Service::Apns | Service::ApnsSandbox => json!({"aps": {"alert": text, "sound": "default"}}),
    };
    json!({"default": text, service.key(): own.to_string()}).to_string()
}

/// What APNs must be told since iOS 13: that there is something to show (SNS Developer Guide, "Apple push notification
/// headers").
pub(super) fn attribute(service: Service) -> Option<(&'static str, &'static str)> {
    match service {
        Service::Fcm => None,
        Service::Apns | Service::ApnsSandbox => Some(("AWS.SNS.MOBILE.APNS.PUSH_TYPE", "alert")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn each_platform_gets_its_own_form_as_a_text_within_the_text() {
        let told = |service: Service| {
            let message: Value = serde_json::from_str(&message(service, "A \"bid\" came")).unwrap();
            assert_eq!(message["default"], "A \"bid\" came");
            serde_json::from_str::<Value>(message[service.key()].as_str().unwrap()).unwrap()
        };
        assert_eq!(
            told(Service::Fcm)["fcmV1Message"]["message"]["notification"],
            json!({"body": "A \"bid\" came"})
        );
        assert_eq!(told(Service::Apns)["aps"]["alert"], "A \"bid\" came");
        assert_eq!(told(Service::ApnsSandbox)["aps"]["alert"], "A \"bid\" came");
    }
}
