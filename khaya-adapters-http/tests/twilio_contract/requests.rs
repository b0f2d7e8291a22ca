//! Every call of the port in each of its forms is a right request.

use std::panic::{AssertUnwindSafe, catch_unwind};

use khaya_adapters_http::twilio::{Twilio, TwilioSettings};
use khaya_domain::otp::Purpose;
use khaya_ports::text::{Channel, TextContent, TextSender};

use crate::{FETCH, LIST, another, code, message, outcome, settings, twilio, watched};

#[tokio::test]
async fn every_text_by_every_channel_is_a_right_request() {
    let mock = watched().await;
    let mut sent = 0;
    for adapter in [twilio(&mock.endpoint), another(&mock.endpoint)] {
        for channel in [Channel::Whatsapp, Channel::Sms] {
            let contents =
                [code(Purpose::VerifyPhone), code(Purpose::ResetPassword), TextContent::AlreadyRegistered];
            for content in contents {
                adapter.send(&message(channel, content)).await.unwrap();
                let seen = mock.take();
                assert_eq!((seen.len(), seen[0].status), (1, 201), "{seen:#?}");
                assert_eq!(seen[0].body.contains("ContentSid="), channel == Channel::Whatsapp, "{seen:#?}");
                sent += 1;
            }
        }
        let notice = TextContent::Notice { text: "There is a new bid on your job.".to_owned() };
        adapter.send(&message(Channel::Whatsapp, notice.clone())).await.unwrap();
        let seen = mock.take();
        assert_eq!((seen.len(), seen[0].status), (1, 201), "{seen:#?}");
        sent += 1;
        adapter.send(&message(Channel::Sms, notice)).await.unwrap_err();
        assert!(mock.take().is_empty(), "no notification goes out by SMS");
        for operation in [FETCH, LIST] {
            outcome(operation, &adapter).await;
            let seen = mock.take();
            assert_eq!((seen[0].operation.as_str(), seen[0].status), (operation, 200), "{seen:#?}");
            sent += 1;
        }
    }
    println!("{sent} requests, all accepted");
}

#[tokio::test]
async fn a_wrong_request_is_noticed() {
    let mock = watched().await;
    let wrong = [
        TwilioSettings { code_template: "HX1".to_owned(), ..settings(&mock.endpoint) },
        TwilioSettings { whatsapp_from: "0600000000".to_owned(), ..settings(&mock.endpoint) },
        TwilioSettings { account_sid: "AC1".to_owned(), ..settings(&mock.endpoint) },
    ];
    for settings in wrong {
        let twilio = Twilio::new(settings).unwrap();
        twilio.send(&message(Channel::Whatsapp, code(Purpose::VerifyPhone))).await.unwrap_err();
        assert!(catch_unwind(AssertUnwindSafe(|| mock.take())).is_err());
    }
}
