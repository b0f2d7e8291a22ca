use khaya_domain::ids::RefundId;
use khaya_domain::subscription::PaidTier;
use khaya_domain::text::PersonName;
use khaya_ports::payment::{
    AccountKind, BankAccount, ChargeStatus, DocumentKind, Recipient, RefundRequest, TransferRequest,
};

use super::super::{NoPayments, SimulatedCharge};
use super::*;

const ONE: &str = "kh-charge-0000-1";

#[tokio::test]
async fn a_page_is_at_the_base_address_and_nothing_is_paid_yet() {
    let provider = Provider::new();
    let page = provider.gateway.checkout(&checkout(ONE, 100_000, None)).await.unwrap();
    assert_eq!(page.url, format!("http://khaya.test/dev/checkout/{ONE}"));
    let charge = provider.gateway.verify(&reference(ONE)).await.unwrap().unwrap();
    assert_eq!((charge.status, charge.cents, charge.paid_at), (ChargeStatus::Pending, 100_000, None));
    assert_eq!(charge.currency, "ZAR");
    assert!(provider.gateway.verify(&reference("kh-charge-unknown")).await.unwrap().is_none());
    assert_eq!(provider.balance().await, 0);
}

#[tokio::test]
async fn what_is_paid_stays_paid_and_our_balance_grows_once() {
    let provider = Provider::new();
    let one = provider.paid(ONE, 100_000).await;
    provider.pass(TimeDelta::hours(1));
    for choice in [Choice::Decline, Choice::Pay, Choice::Abandon] {
        assert!(provider.gateway.choose(&one, choice).await.unwrap());
    }
    let charge = provider.gateway.verify(&one).await.unwrap().unwrap();
    assert_eq!((charge.status, charge.processing_cents), (ChargeStatus::Paid, 3_450));
    assert_eq!(charge.paid_at, Some("2026-11-05T08:30:00Z".parse().unwrap()));
    assert!(charge.customer.unwrap().starts_with("CUS_"));
    assert_eq!(provider.balance().await, 96_550);
    assert_eq!(provider.announced().await, ["charge.success"]);
}

#[tokio::test]
async fn a_reference_is_used_once_even_when_its_page_was_abandoned() {
    let provider = Provider::new();
    let one = provider.ask(ONE, 100_000).await;
    assert!(provider.gateway.choose(&one, Choice::Abandon).await.unwrap());
    let again = provider.gateway.checkout(&checkout(ONE, 100_000, None)).await;
    assert!(matches!(again, Err(PaymentError::ReferenceUsed)));
    assert_eq!(provider.gateway.look(&one).await.unwrap().unwrap().status, ChargeStatus::Pending);
}

#[tokio::test]
async fn a_declined_charge_is_not_announced_and_can_be_paid_later() {
    let provider = Provider::new();
    let one = provider.ask(ONE, 100_000).await;
    assert!(provider.gateway.choose(&one, Choice::Decline).await.unwrap());
    assert_eq!(provider.gateway.verify(&one).await.unwrap().unwrap().status, ChargeStatus::Declined);
    assert!(provider.announced().await.is_empty());
    assert!(provider.gateway.choose(&one, Choice::Pay).await.unwrap());
    assert_eq!(provider.announced().await, ["charge.success"]);
    assert!(!provider.gateway.choose(&reference("kh-charge-unknown"), Choice::Pay).await.unwrap());
}

#[tokio::test]
async fn a_charge_says_what_a_test_makes_it_say() {
    let provider = Provider::new();
    let one = provider.ask(ONE, 100_000).await;
    let wrong = SimulatedCharge { status: ChargeStatus::Paid, cents: 100_001, currency: "NGN".to_owned() };
    for _ in 0..2 {
        provider.gateway.tamper(&one, wrong.clone()).await.unwrap();
    }
    assert_eq!(provider.gateway.look(&one).await.unwrap(), Some(wrong.clone()));
    assert_eq!(provider.announced().await, ["charge.success"]);
    assert_eq!(provider.balance().await, 96_551);
    let unknown = reference("kh-charge-unknown");
    let reversed = SimulatedCharge { status: ChargeStatus::Reversed, ..wrong };
    provider.gateway.tamper(&unknown, reversed).await.unwrap();
    assert_eq!(provider.gateway.verify(&unknown).await.unwrap().unwrap().status, ChargeStatus::Reversed);
}

#[tokio::test]
async fn the_provider_remembers_when_it_is_started_again() {
    let provider = Provider::new();
    let one = provider.paid(ONE, 100_000).await;
    let restarted = gateway(&provider.table, &provider.clock);
    assert_eq!(restarted.verify(&one).await.unwrap(), provider.gateway.verify(&one).await.unwrap());
    assert_eq!(restarted.all_deliveries().await.unwrap(), provider.gateway.all_deliveries().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn charges_that_are_paid_at_once_all_reach_the_balance_and_are_announced() {
    let provider = Arc::new(Provider::new());
    let paying = (0..40).map(|number| {
        let provider = Arc::clone(&provider);
        tokio::spawn(async move {
            // Every charge is paid by two clicks.
            let one = provider.ask(&format!("kh-charge-many-{number:04}"), 10_000).await;
            let click = || provider.gateway.choose(&one, Choice::Pay);
            let (first, second) = tokio::join!(click(), click());
            assert!(first.unwrap() && second.unwrap());
        })
    });
    for paid in paying.collect::<Vec<_>>() {
        paid.await.unwrap();
    }
    // 10 000 less 3.335% and R1.15.
    assert_eq!(provider.balance().await, 40 * (10_000 - 334 - 115));
    assert_eq!(provider.announced().await.len(), 40);
}

#[tokio::test]
async fn switched_off_every_request_is_refused() {
    let one = reference(ONE);
    let refund = RefundId::new(DateTime::UNIX_EPOCH, [1; 10]);
    let account = BankAccount {
        holder: PersonName::parse("Thandi").unwrap(),
        bank_code: "470010".to_owned(),
        number: "1234567890".to_owned().into(),
        kind: AccountKind::Personal,
        document_kind: DocumentKind::IdentityNumber,
        document_number: "8001015009087".to_owned().into(),
    };
    let to = Recipient("RCP_1".to_owned());
    let answers = [
        NoPayments.checkout(&checkout(ONE, 100, None)).await.err(),
        NoPayments.verify(&one).await.err(),
        NoPayments.refund(&RefundRequest { refund, of: one.clone(), amount: None }).await.err(),
        NoPayments.find_refund(&one, refund).await.err(),
        NoPayments.banks().await.err(),
        NoPayments.register(&account).await.err(),
        NoPayments.transfer(&TransferRequest { reference: one.clone(), to, amount: money(1) }).await.err(),
        NoPayments.find_transfer(&one).await.err(),
        NoPayments.balance().await.err(),
        NoPayments.plan(PaidTier::Pro, money(1)).await.err(),
        NoPayments.find_subscription("SUB_1").await.err(),
        NoPayments.end_subscription("SUB_1").await.err(),
        NoPayments.card_update_link("SUB_1").await.err(),
    ];
    for answer in answers {
        assert!(matches!(answer, Some(PaymentError::Misconfigured(_))));
    }
}
