//! SES.

use aws_sdk_sesv2::Client;
use khaya_adapters_aws::mail::{SesMailer, SesSettings};
use khaya_ports::reach::{Mail, Mailer, ReachError};
use uuid::Uuid;

use crate::{access, config, held};

fn mail(text: &str) -> Mail {
    let to = "thandi@example.co.za".parse().unwrap();
    Mail { reference: Uuid::from_u128(7), to, subject: "Khaya".to_owned(), text: text.to_owned() }
}

async fn mailer(from: &str, configuration_set: Option<&str>) -> SesMailer {
    let configuration_set = configuration_set.map(str::to_owned);
    SesMailer::connect(SesSettings { from: from.parse().unwrap(), configuration_set, access: access() }).await
}

#[tokio::test]
async fn a_mail_goes_out_from_a_verified_sender() {
    let client = Client::new(&config().await);
    client.create_email_identity().email_identity("hello@khaya.example").send().await.unwrap();
    client.create_configuration_set().configuration_set_name("khaya").send().await.unwrap();
    mailer("hello@khaya.example", Some("khaya")).await.send(&mail("there-is-a-new-bid")).await.unwrap();
    let held = held().await;
    if !held.contains("there-is-a-new-bid") {
        println!("NOT SHOWN by moto: what a mail says");
    }
    assert!(held.contains("hello@khaya.example"), "{held}");
}

#[tokio::test]
async fn a_mail_from_a_sender_that_is_not_verified_is_refused() {
    let error = mailer("stranger@khaya.example", None).await.send(&mail("hello")).await.unwrap_err();
    assert!(matches!(error, ReachError::Refused(_)), "{error:?}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("SES SendEmail: MessageRejected") && !cause.contains('@'), "{cause}");
}
