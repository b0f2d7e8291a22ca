use std::collections::BTreeSet;

use khaya_domain::ids::RefundId;
use khaya_domain::subscription::PaidTier;
use khaya_domain::text::PersonName;
use khaya_ports::payment::{AccountKind, BankAccount, DocumentKind, RefundRequest, TransferRequest};
use serde_json::json;

use super::super::{Delivery, RenewalFate};
use super::*;

const ONE: &str = "kh-charge-0000-1";

fn ids(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.id.as_str()).collect()
}

#[tokio::test]
async fn a_signature_is_that_of_rfc_4231() {
    let provider = Provider::new();
    let secret = "Jefe".to_owned().into();
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&provider.clock);
    let gateway = SimulatedGateway::new(Arc::clone(&provider.table), clock, "", secret);
    let expected = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                    9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
    assert_eq!(gateway.sign(b"what do ya want for nothing?"), expected);
}

#[tokio::test]
async fn deliveries_are_due_in_the_order_in_which_they_were_made() {
    let provider = Provider::new();
    provider.paid(ONE, 100_000).await;
    provider.paid("kh-charge-0000-2", 100_000).await;
    provider.pass(TimeDelta::seconds(1));
    provider.paid("kh-charge-0000-0", 100_000).await;
    let due = provider.gateway.due_deliveries(10).await.unwrap();
    let told = due.iter().map(|one| serde_json::from_slice::<Value>(&one.body).unwrap());
    let told: Vec<_> = told.map(|body| body["data"]["reference"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, [ONE, "kh-charge-0000-2", "kh-charge-0000-0"]);
    assert!(due.iter().all(|one| one.signature == provider.gateway.sign(&one.body)));
    assert_eq!(provider.gateway.due_deliveries(2).await.unwrap(), due[..2]);
    assert_eq!(provider.gateway.all_deliveries().await.unwrap(), due);
    assert!(provider.gateway.delivered(&due[0].id).await.unwrap());
    assert!(!provider.gateway.delivered(&due[0].id).await.unwrap());
    assert_eq!(provider.gateway.due_deliveries(10).await.unwrap(), due[1..]);
}

#[tokio::test]
async fn a_delivery_that_was_missed_climbs_the_ladder_and_is_given_up() {
    let provider = Provider::new();
    provider.paid(ONE, 100_000).await;
    let begun = provider.clock.now();
    let id = provider.gateway.due_deliveries(1).await.unwrap().remove(0).id;
    let mut waits = Vec::new();
    while let Some(next) = provider.gateway.missed(&id).await.unwrap() {
        waits.push((next - provider.clock.now()).num_minutes());
        assert!(provider.gateway.due_deliveries(1).await.unwrap().is_empty());
        assert_eq!(provider.gateway.next_due().await.unwrap(), Some(next));
        provider.pass(next - provider.clock.now());
        assert_eq!(ids(&provider.gateway.due_deliveries(1).await.unwrap()), [id.as_str()]);
    }
    assert_eq!(waits[..6], [3, 3, 3, 3, 60, 60]);
    let lasted = provider.clock.now() - begun;
    assert!(lasted <= TimeDelta::hours(72) && lasted > TimeDelta::hours(71), "{lasted}");
    assert!(provider.gateway.all_deliveries().await.unwrap().is_empty());
    assert_eq!(provider.gateway.next_due().await.unwrap(), None);
    assert_eq!(provider.gateway.missed(&id).await.unwrap(), None);
}

#[tokio::test]
async fn a_delivery_can_be_missed_twice_at_the_same_time() {
    let provider = Provider::new();
    provider.paid(ONE, 100_000).await;
    let id = provider.gateway.due_deliveries(1).await.unwrap().remove(0).id;
    let first = provider.gateway.missed(&id).await.unwrap();
    assert_eq!(provider.gateway.missed(&id).await.unwrap(), first);
    assert_eq!(provider.gateway.all_deliveries().await.unwrap().len(), 1);
}

/// A provider that has announced everything that it can.
async fn eventful() -> Provider {
    let provider = Provider::new();
    let gateway = &provider.gateway;
    gateway.top_up(1_000_000).await.unwrap();
    let one = provider.paid(ONE, 100_000).await;
    let refund = RefundId::new(DateTime::UNIX_EPOCH, [1; 10]);
    for _ in 0..2 {
        let request = RefundRequest { refund, of: one.clone(), amount: Some(money(10_000)) };
        gateway.refund(&request).await.unwrap();
    }
    let account = BankAccount {
        holder: PersonName::parse("Thandi Nkosi").unwrap(),
        bank_code: "470010".to_owned(),
        number: "1234563333".to_owned().into(),
        kind: AccountKind::Personal,
        document_kind: DocumentKind::IdentityNumber,
        document_number: "8001015009087".to_owned().into(),
    };
    let to = gateway.register(&account).await.unwrap();
    let request = TransferRequest { reference: reference("kh-payout-0000-1"), to, amount: money(5_000) };
    gateway.transfer(&request).await.unwrap();
    let plan = gateway.plan(PaidTier::Pro, money(19_900)).await.unwrap();
    gateway.checkout(&checkout("kh-subscribe-0001", 1, Some(plan))).await.unwrap();
    gateway.choose(&reference("kh-subscribe-0001"), Choice::Pay).await.unwrap();
    let code = gateway.subscriptions_of(payer()).await.unwrap().remove(0).code;
    for fate in [RenewalFate::Pay, RenewalFate::Fail] {
        gateway.plan_renewal(&code, fate).await.unwrap();
        provider.pass(TimeDelta::days(31));
        for _ in 0..3 {
            gateway.advance().await.unwrap();
            provider.pass(TimeDelta::days(1));
        }
    }
    gateway.end_subscription(&code).await.unwrap();
    provider
}

#[tokio::test]
async fn no_two_announcements_have_the_same_name_and_id() {
    let bodies = eventful().await.bodies().await;
    let keys = bodies.iter().map(|body| format!("{}#{}", body["event"], body["data"]["id"]));
    assert_eq!(keys.collect::<BTreeSet<_>>().len(), bodies.len());
    assert!(bodies.iter().all(|body| !body["data"]["id"].is_null()));
}

#[tokio::test]
async fn bodies_have_the_real_providers_shape() {
    let provider = eventful().await;
    let bodies = provider.bodies().await;
    let first = |name: &str| bodies.iter().find(|body| body["event"] == name).unwrap()["data"].clone();

    let charge = first("charge.success");
    assert_eq!(charge["reference"], ONE);
    assert_eq!((&charge["amount"], &charge["currency"]), (&json!(100_000), &json!("ZAR")));
    assert_eq!((&charge["status"], &charge["plan"]), (&json!("success"), &json!({})));
    assert_eq!(charge["metadata"], json!({}));
    assert!(charge["id"].is_u64() && charge["customer"]["email"].is_null());
    assert!(charge["customer"]["customer_code"].as_str().unwrap().starts_with("CUS_"));
    let renewed = provider.newest("charge.success").await;
    assert!(renewed["plan"]["plan_code"].as_str().unwrap().starts_with("PLN_"));
    assert!(renewed["metadata"]["invoice_action"].is_string());

    let refund = first("refund.processed");
    assert_eq!((&refund["transaction_reference"], &refund["status"]), (&json!(ONE), &json!("processed")));
    assert_eq!((&refund["amount"], &refund["refund_reference"]), (&json!("10000"), &refund["id"]));

    let transfer = first("transfer.reversed");
    assert_eq!(transfer["reference"], "kh-payout-0000-1");
    assert_eq!((&transfer["amount"], &transfer["status"]), (&json!(5_000), &json!("reversed")));
    assert!(transfer["transfer_code"].as_str().unwrap().starts_with("TRF_"));
    assert!(transfer["recipient"]["recipient_code"].as_str().unwrap().starts_with("RCP_"));

    let made = first("subscription.create");
    assert_eq!((&made["status"], &made["amount"]), (&json!("active"), &json!(19_900)));
    assert_eq!(made["next_payment_date"], "2026-12-05T08:30:00.000Z");
    assert!(made["email_token"].is_string() && made["plan"]["plan_code"].is_string());

    let failed = first("invoice.payment_failed");
    assert_eq!((&failed["paid"], &failed["transaction"]), (&json!(false), &json!({})));
    assert_eq!(failed["subscription"]["subscription_code"], made["subscription_code"]);
    let paid = first("invoice.update");
    assert_eq!((&paid["paid"], &paid["status"]), (&json!(true), &json!("success")));
    assert_ne!(paid["invoice_code"], failed["invoice_code"]);
}

#[tokio::test]
async fn all_of_it_is_the_same_every_time() {
    assert_eq!(eventful().await.bodies().await, eventful().await.bodies().await);
}
