//! Every row of Twilio's errors that we know, as an answer to a call and as the end of a message.

use khaya_domain::delivery::{Delivery, Next};

use super::*;

/// Code, status of the answer, what it is to us, whether the other channel is tried, and whether somebody is called.
const ROWS: &[(u32, u16, Failure, bool, bool)] = &[
    (20003, 401, Failure::Account, false, true),
    (20404, 404, Failure::Account, false, true),
    (21608, 400, Failure::Account, false, true),
    (21211, 400, Failure::Number, false, false),
    (21614, 400, Failure::Number, false, false),
    (21635, 400, Failure::Number, false, false),
    (21612, 400, Failure::Sender, true, true),
    (21408, 400, Failure::Sender, true, true),
    (21606, 400, Failure::Sender, true, true),
    (21659, 400, Failure::Sender, true, true),
    (21660, 400, Failure::Sender, true, true),
    (21610, 400, Failure::Unsubscribed, true, false),
    (21617, 400, Failure::Request, true, true),
    (21658, 400, Failure::Request, true, true),
    (21654, 400, Failure::Sender, true, true),
    (21655, 400, Failure::Sender, true, true),
    (21656, 400, Failure::Sender, true, true),
    (63001, 400, Failure::Sender, true, true),
    (63007, 400, Failure::Sender, true, true),
    (63003, 400, Failure::NotOnWhatsapp, true, false),
    (63024, 400, Failure::NotOnWhatsapp, true, false),
    (63013, 400, Failure::Sender, true, true),
    (63016, 400, Failure::Sender, true, true),
    (63021, 400, Failure::Sender, true, true),
    (63027, 400, Failure::Sender, true, true),
    (63014, 400, Failure::Blocked, true, false),
    (63017, 400, Failure::Throttled, true, true),
    (63018, 429, Failure::Throttled, true, true),
    (63005, 400, Failure::Other, true, false),
    (63008, 400, Failure::Other, true, false),
    (63012, 400, Failure::Other, true, false),
    (63023, 400, Failure::Other, true, false),
    (63999, 400, Failure::Other, true, false),
    (30003, 400, Failure::Unreachable, true, false),
    (30005, 400, Failure::Number, false, false),
    (30006, 400, Failure::Number, false, false),
    (30007, 400, Failure::Filtered, true, true),
    (30008, 400, Failure::Unreachable, true, false),
    (30999, 400, Failure::Unreachable, true, false),
    (99999, 400, Failure::Other, true, false),
];

#[test]
fn each_code_is_what_its_row_says_and_ends_as_its_status_says() {
    let now = DateTime::UNIX_EPOCH;
    let after = TimeDelta::seconds(20);
    for (code, _, failure, tries_other, calls_somebody) in ROWS {
        assert_eq!(failure::of_code(*code), *failure, "{code}");
        assert_eq!(failure.other_channel_may_do(), *tries_other, "{code}");
        assert_eq!(failure.wants_a_person(), *calls_somebody, "{code}");
        // Once Twilio has taken it, the status decides and not the code: WhatsApp gives way to the SMS, which is the end.
        let told = answer::standing("undelivered", Some(*code), None);
        let id: MessageId = "SM1".parse().unwrap();
        let taken = |delivery: Delivery, channel| {
            let begun = delivery.begin(channel, now, after).unwrap();
            let accepted = khaya_domain::delivery::Called::Accepted(id.clone(), Standing::of(Status::Queued));
            begun.called(channel, accepted, now).reported(&id, told)
        };
        let delivery = Delivery::new(now + TimeDelta::minutes(10), None);
        let failed = taken(delivery, Channel::Whatsapp);
        assert_eq!(failed.next(now, after), Next::Send(Channel::Sms), "{code}");
        let skipped = khaya_domain::delivery::Skip::NotOnWhatsapp;
        let failed = taken(Delivery::new(now + TimeDelta::minutes(10), Some(skipped)), Channel::Sms);
        assert_eq!(failed.next(now, after), Next::Undeliverable, "{code}");
    }
}

#[tokio::test]
async fn each_code_of_an_answer_is_a_refusal_of_its_kind() {
    for (code, status, failure, ..) in ROWS {
        let body = format!(r#"{{"code":{code},"message":"To +27821234567","status":{status}}}"#);
        let fake = Fake::always(*status, &body).await;
        let error = fake.twilio().send(&super::code(Channel::Whatsapp)).await.unwrap_err();
        let TextError::Refused { failure: found, source } = error else { panic!("{code}: {error:?}") };
        assert_eq!((found, source.to_string().contains(&code.to_string())), (*failure, true), "{code}");
        assert_eq!(fake.asked().len(), 1, "{code} is not asked again");
    }
    let unnamed = Fake::always(401, "").await;
    let error = unnamed.twilio().send(&super::code(Channel::Sms)).await.unwrap_err();
    assert!(matches!(error, TextError::Refused { failure: Failure::Account, .. }));
}
