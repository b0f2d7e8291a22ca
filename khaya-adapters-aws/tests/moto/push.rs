//! SNS.

use aws_sdk_sns::Client;
use khaya_adapters_aws::push::{PlatformApplication, SnsPush, SnsSettings};
use khaya_ports::reach::{Device, Platform, Push, PushAddress, PushSender, ReachError};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{access, config, held};

async fn application(client: &Client, platform: &str, name: &str) -> PlatformApplication {
    let create = client.create_platform_application().platform(platform).name(name);
    let created = create.attributes("PlatformCredential", "key").send().await.unwrap();
    created.platform_application_arn().unwrap().parse().unwrap()
}

async fn sender(name: &str) -> (SnsPush, Client) {
    let client = Client::new(&config().await);
    let android = Some(application(&client, "GCM", name).await);
    let ios = Some(application(&client, "APNS_SANDBOX", name).await);
    (SnsPush::connect(SnsSettings { android, ios, access: access() }).await, client)
}

fn device(platform: Platform, token: &str) -> Device {
    Device { platform, token: SecretString::from(token) }
}

fn push(to: &PushAddress, text: &str) -> Push {
    Push { reference: Uuid::from_u128(7), to: to.clone(), text: text.to_owned() }
}

#[tokio::test]
async fn a_device_has_one_address_and_takes_pushes() {
    let (sender, _) = sender("khaya-devices").await;
    for (platform, key) in [(Platform::Android, "GCM"), (Platform::Ios, "APNS_SANDBOX")] {
        let device = device(platform, &format!("token-{key}"));
        let address = sender.register(&device).await.unwrap();
        assert_eq!(sender.register(&device).await.unwrap(), address, "safe to repeat");
        assert!(address.0.contains(&format!(":endpoint/{key}/khaya-devices/")), "{}", address.0);
        let text = format!("there-is-a-new-bid-{key}");
        sender.send(&push(&address, &text)).await.unwrap();
        if !held().await.contains(&text) {
            println!("NOT SHOWN by moto: what a push says ({key})");
        }
    }
}

#[tokio::test]
async fn a_disabled_device_is_gone_until_it_registers_again() {
    let (sender, client) = sender("khaya-disabled").await;
    let device = device(Platform::Android, "token-disabled");
    let address = sender.register(&device).await.unwrap();
    let set = client.set_endpoint_attributes().endpoint_arn(&address.0);
    set.attributes("Enabled", "false").send().await.unwrap();
    let error = sender.send(&push(&address, "hello")).await.unwrap_err();
    assert!(matches!(error, ReachError::Gone(_)), "{error:?}");
    assert_eq!(sender.register(&device).await.unwrap(), address);
    sender.send(&push(&address, "hello")).await.unwrap();
}

#[tokio::test]
async fn an_endpoint_with_other_attributes_is_taken_over() {
    let (sender, client) = sender("khaya-attributes").await;
    let applications = client.list_platform_applications().send().await.unwrap();
    let arns = applications.platform_applications().iter().filter_map(|one| one.platform_application_arn());
    let arn = arns.into_iter().find(|arn| arn.contains("/GCM/khaya-attributes")).unwrap();
    let create = client.create_platform_endpoint().platform_application_arn(arn).token("token-other");
    let earlier = create.custom_user_data("an earlier version").send().await.unwrap();
    let address = sender.register(&device(Platform::Android, "token-other")).await.unwrap();
    assert_eq!(Some(address.0.as_str()), earlier.endpoint_arn());
}

#[tokio::test]
async fn a_deleted_device_is_gone() {
    let (sender, client) = sender("khaya-deleted").await;
    let address = sender.register(&device(Platform::Android, "token-deleted")).await.unwrap();
    client.delete_endpoint().endpoint_arn(&address.0).send().await.unwrap();
    let error = sender.send(&push(&address, "hello")).await.unwrap_err();
    assert!(matches!(error, ReachError::Gone(_)), "{error:?}");
}
