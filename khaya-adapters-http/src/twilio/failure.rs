//! What Twilio's error codes decide (<https://www.twilio.com/docs/api/errors>). The status says whether a message
//! arrived; the code says only what else is to be done.

use khaya_domain::delivery::{Channel, Failure};

/// What a code means to us.
pub(super) const fn of_code(code: u32) -> Failure {
    match code {
        // Wrong credentials or account; a trial account that knows the number not.
        20003 | 20404 | 21608 => Failure::Account,
        // Not a number, a landline, unknown to its network.
        21211 | 21614 | 21635 | 30005 | 30006 => Failure::Number,
        21610 => Failure::Unsubscribed,
        // Too long: all that we send is short.
        21617 | 21658 => Failure::Request,
        // No route, a country that is switched off, a sender that is not ours or not of this channel; then templates; then
        // the same for WhatsApp, with what its policy does not let through.
        21408 | 21606 | 21612 | 21659 | 21660 => Failure::Sender,
        21654..=21656 => Failure::Sender,
        63001 | 63007 | 63013 | 63016 | 63021 | 63027 => Failure::Sender,
        63003 | 63024 => Failure::NotOnWhatsapp,
        63014 => Failure::Blocked,
        63017 | 63018 => Failure::Throttled,
        30007 => Failure::Filtered,
        30000..=30999 => Failure::Unreachable,
        _ => Failure::Other,
    }
}

/// Calls those who run the platform, where they must act.
pub(super) fn alarm(failure: Failure, code: u32, channel: Option<Channel>) {
    if failure.wants_a_person() {
        let channel = channel.map(Channel::as_str);
        tracing::error!(
            code,
            failure = failure.as_str(),
            channel,
            "Twilio refuses what is ours to mend: see its list of errors"
        );
        metrics::counter!("khaya_text_faults_total", "failure" => failure.as_str()).increment(1);
    }
}
