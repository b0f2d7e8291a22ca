//! EventBridge.

use aws_sdk_eventbridge::Client;
use chrono::DateTime;
use khaya_adapters_aws::bus::{EventBridge, EventBridgeSettings};
use khaya_domain::ids::EventId;
use khaya_ports::bus::{Batch, EventBus, Published};
use serde_json::json;

use crate::{access, config};

fn events(count: u8) -> Vec<Published> {
    let event = |number: u8| {
        let id = EventId::new(DateTime::UNIX_EPOCH, [number; 10]);
        Published::new(id, "JobPosted", json!({"job": number}), DateTime::UNIX_EPOCH).unwrap()
    };
    (0..count).map(event).collect()
}

#[tokio::test]
async fn every_event_of_every_batch_is_on_the_bus_under_our_source() {
    let client = Client::new(&config().await);
    let bus = client.create_event_bus().name("khaya-test").send().await.unwrap();
    let archive =
        client.create_archive().archive_name("khaya").event_source_arn(bus.event_bus_arn().unwrap());
    archive
        .event_pattern("{\"source\": [\"khaya\"], \"detail-type\": [\"JobPosted\"]}")
        .send()
        .await
        .unwrap();
    let settings = EventBridgeSettings { bus: "khaya-test".to_owned(), access: access() };
    let bus = EventBridge::connect(settings).await;
    let mut left = events(23);
    while !left.is_empty() {
        assert!(bus.publish(&Batch::take(&mut left)).await.unwrap().is_empty());
    }
    let found = client.describe_archive().archive_name("khaya").send().await.unwrap();
    assert_eq!(found.event_count(), 23);
}
