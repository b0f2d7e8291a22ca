//! What an SMS says. WhatsApp sends approved templates, whose words stand at Twilio.

use khaya_domain::otp::Purpose;
use khaya_ports::text::TextContent;
use secrecy::ExposeSecret;

/// Plain GSM-7 text of one part.
pub(super) fn sms(content: &TextContent) -> String {
    match content {
        TextContent::Code { purpose, code, valid_minutes } => {
            let what = match purpose {
                Purpose::VerifyPhone => "Your Khaya code is",
                Purpose::ResetPassword => "Your Khaya code for a new password is",
            };
            let code = code.expose_secret();
            format!("{what} {code}. It is valid for {valid_minutes} minutes. Never tell it to anybody.")
        }
        TextContent::AlreadyRegistered => {
            "Somebody tried to sign up to Khaya with this number, which has an account. Was it you? Sign in instead."
                .to_owned()
        }
        // None goes out by SMS.
        TextContent::Notice { text } => text.clone(),
    }
}
