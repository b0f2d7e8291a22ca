//! Nothing waits longer than it says, whoever does not answer. The clock is the runtime's own and runs ahead whenever nothing else
//! is left to do, so no time passes here.

use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use khaya_adapters_aws::StaticCredentials;
use khaya_adapters_aws::bus::{EventBridge, EventBridgeSettings};
use khaya_adapters_aws::files::{S3Files, S3Settings};
use khaya_adapters_aws::live::{AppSync, AppSyncSettings};
use khaya_adapters_aws::mail::{SesMailer, SesSettings};
use khaya_adapters_aws::push::{SnsPush, SnsSettings};
use khaya_domain::file::FileKind;
use khaya_domain::ids::{EventId, UploadId, UserId};
use khaya_ports::bus::{Batch, BusError, EventBus, Published};
use khaya_ports::files::{FileError, FileKey, FileStore};
use khaya_ports::live::{Ended, LiveUpdates};
use khaya_ports::reach::{Device, Mail, Mailer, Platform, Push, PushAddress, PushSender, ReachError};
use secrecy::SecretString;
use serde_json::json;
use tokio::time::Instant;
use uuid::Uuid;

use crate::wire::{Still, Wire, cause};

async fn timed<T>(most: Duration, call: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let answer = call.await;
    assert!(begun.elapsed() <= most + Duration::from_millis(100), "{:?}", begun.elapsed());
    answer
}

#[tokio::test(start_paused = true)]
async fn files() {
    let wire = Wire::answering([]).await;
    let settings = S3Settings { bucket: "khaya-files".to_owned(), access: wire.access() };
    let files = S3Files::connect(settings, Arc::new(Still(DateTime::UNIX_EPOCH))).await;
    let key = FileKey::Kept(UploadId::new(DateTime::UNIX_EPOCH, [1; 10]));
    let limit = Duration::from_secs(12);
    assert!(matches!(timed(limit, files.read(key, 10)).await, Err(FileError::Unavailable(_))));
    assert!(matches!(
        timed(limit, files.write(key, FileKind::Png, b"x")).await,
        Err(FileError::Unavailable(_))
    ));
    assert!(matches!(timed(limit, files.remove(key)).await, Err(FileError::Unavailable(_))));
}

#[tokio::test(start_paused = true)]
async fn a_mail_and_a_push_that_nobody_answers_are_unknown_after_eight_seconds_and_one_call() {
    let limit = Duration::from_secs(8);
    let wire = Wire::answering([]).await;
    let from = "hello@khaya.example".parse().unwrap();
    let mailer =
        SesMailer::connect(SesSettings { from, configuration_set: None, access: wire.access() }).await;
    let to = "thandi@example.co.za".parse().unwrap();
    let mail = Mail { reference: Uuid::nil(), to, subject: "s".to_owned(), text: "t".to_owned() };
    assert!(matches!(timed(limit, mailer.send(&mail)).await, Err(ReachError::Unknown(_))));
    assert_eq!(wire.seen().len(), 1);

    let wire = Wire::answering([]).await;
    let android = Some("arn:aws:sns:eu-west-1:1:app/GCM/khaya".parse().unwrap());
    let sender = SnsPush::connect(SnsSettings { android, ios: None, access: wire.access() }).await;
    let to = PushAddress("arn:aws:sns:eu-west-1:1:endpoint/GCM/khaya/1".to_owned());
    let push = Push { reference: Uuid::nil(), to, text: "t".to_owned() };
    assert!(matches!(timed(limit, sender.send(&push)).await, Err(ReachError::Unknown(_))));
    assert_eq!(wire.seen().len(), 1);
    let device = Device { platform: Platform::Android, token: SecretString::from("token") };
    let registered = timed(Duration::from_secs(9), sender.register(&device)).await;
    assert!(matches!(registered, Err(ReachError::Unknown(_))), "{registered:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_does_not_answer_is_unavailable_after_nine_seconds() {
    let wire = Wire::answering([]).await;
    let bus = EventBridge::connect(EventBridgeSettings { bus: "b".to_owned(), access: wire.access() }).await;
    let id = EventId::new(DateTime::UNIX_EPOCH, [1; 10]);
    let event = Published::new(id, "JobPosted", json!({}), DateTime::UNIX_EPOCH).unwrap();
    let batch = Batch::take(&mut vec![event]);
    let answer = timed(Duration::from_secs(9), bus.publish(&batch)).await;
    assert!(matches!(answer, Err(BusError::Unavailable(_))), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_live_update_is_given_up_after_three_seconds() {
    let wire = Wire::answering([]).await;
    let settings = AppSyncSettings {
        api: wire.endpoint.clone(),
        namespace: "users".parse().unwrap(),
        region: Some("eu-west-1".to_owned()),
        credentials: Some(StaticCredentials::new("AKIDEXAMPLE", "secret")),
    };
    let live = AppSync::connect(settings, Arc::new(Still(DateTime::UNIX_EPOCH))).await.unwrap();
    let user = UserId::new(DateTime::UNIX_EPOCH, [1; 10]);
    let error = timed(Duration::from_secs(3), live.end(Ended::User(user))).await.unwrap_err();
    assert!(["Timeout", "DispatchFailure"].contains(&cause(&error).code()), "{error:?}");
}
