use khaya_domain::text::PersonName;
use khaya_ports::payment::{
    AccountKind, BankAccount, DocumentKind, Recipient, Transfer, TransferRequest, TransferStatus,
};
use khaya_ports::table::{Consistency, Key};

use super::super::TransferFate;
use super::*;

const ONE: &str = "kh-payout-0000-1";

fn account(bank: &str, number: &str) -> BankAccount {
    BankAccount {
        holder: PersonName::parse("Thandi Nkosi").unwrap(),
        bank_code: bank.to_owned(),
        number: number.to_owned().into(),
        kind: AccountKind::Personal,
        document_kind: DocumentKind::IdentityNumber,
        document_number: "8001015009087".to_owned().into(),
    }
}

/// A provider that holds R1 000 for us, and an account.
async fn rich(number: &str) -> (Provider, Recipient) {
    let provider = Provider::new();
    provider.gateway.top_up(100_000).await.unwrap();
    let to = provider.gateway.register(&account("470010", number)).await.unwrap();
    (provider, to)
}

async fn send(provider: &Provider, name: &str, to: &Recipient, cents: i64) -> Result<Transfer, PaymentError> {
    let request = TransferRequest { reference: reference(name), to: to.clone(), amount: money(cents) };
    provider.gateway.transfer(&request).await
}

async fn status(provider: &Provider, name: &str) -> TransferStatus {
    provider.gateway.find_transfer(&reference(name)).await.unwrap().unwrap().status
}

#[tokio::test]
async fn banks_have_branch_codes_of_six_digits() {
    let banks = Provider::new().gateway.banks().await.unwrap();
    assert_eq!(banks.len(), 6);
    assert!(banks.iter().all(|bank| bank.code.len() == 6 && !bank.name.is_empty()));
}

#[tokio::test]
async fn the_same_account_is_the_same_recipient_and_its_number_is_not_kept() {
    let (provider, to) = rich("1234567890").await;
    assert!(to.0.starts_with("RCP_"));
    let register = async |bank, number| provider.gateway.register(&account(bank, number)).await;
    assert_eq!(register("470010", "1234567890").await.unwrap(), to);
    assert_ne!(register("250655", "1234567890").await.unwrap(), to);
    assert_ne!(register("470010", "1234567891").await.unwrap(), to);
    let key = Key::new(format!("SIMPAY#RECIPIENT#{}", to.0), "RECIPIENT");
    let kept = provider.table.get(&key, Consistency::Strong).await.unwrap().unwrap();
    assert!(!kept.document.body.as_str().contains("1234567890"));
}

#[tokio::test]
async fn an_account_that_cannot_be_paid_is_refused_with_a_reason() {
    let provider = Provider::new();
    for (bank, number, reason) in [
        ("999999", "1234567890", "the branch code belongs to no bank that can be paid to"),
        ("470010", "123456", "an account number has 7 to 11 digits"),
        ("470010", "123456789012", "an account number has 7 to 11 digits"),
        ("470010", "12345 7890", "an account number has 7 to 11 digits"),
        ("470010", "1234560000", "the bank says that the account is not the holder's"),
    ] {
        let answer = provider.gateway.register(&account(bank, number)).await;
        let Err(PaymentError::Refused(cause)) = answer else { panic!("{number}") };
        assert_eq!(cause.to_string(), reason);
    }
}

#[tokio::test]
async fn a_transfer_is_under_way_and_arrives_when_time_moves() {
    let (provider, to) = rich("1234567890").await;
    let made = send(&provider, ONE, &to, 50_000).await.unwrap();
    let expected = Transfer { status: TransferStatus::Pending, cents: 50_000, processing_cents: 345 };
    assert_eq!(made, expected);
    assert_eq!(provider.balance().await, 100_000 - 50_345);
    assert!(provider.announced().await.is_empty());
    assert_eq!(provider.gateway.advance().await.unwrap(), 1);
    assert_eq!(status(&provider, ONE).await, TransferStatus::Arrived);
    assert_eq!(provider.gateway.advance().await.unwrap(), 0);
    assert_eq!(provider.announced().await, ["transfer.success"]);
    assert!(provider.gateway.find_transfer(&reference("kh-payout-unknown")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_reference_is_one_transfer_whatever_is_asked_again() {
    let (provider, to) = rich("1234567890").await;
    send(&provider, ONE, &to, 50_000).await.unwrap();
    assert!(matches!(send(&provider, ONE, &to, 1_000).await, Err(PaymentError::ReferenceUsed)));
    assert_eq!(provider.balance().await, 100_000 - 50_345);
}

#[tokio::test]
async fn a_transfer_beyond_our_balance_is_not_made_and_its_reference_stays_free() {
    let (provider, to) = rich("1234567890").await;
    assert!(matches!(send(&provider, ONE, &to, 99_656).await, Err(PaymentError::LowBalance)));
    assert!(provider.gateway.find_transfer(&reference(ONE)).await.unwrap().is_none());
    send(&provider, ONE, &to, 99_655).await.unwrap();
    assert_eq!(provider.balance().await, 0);
}

#[tokio::test]
async fn nothing_is_sent_to_nobody_and_nobody_is_sent_nothing() {
    let (provider, to) = rich("1234567890").await;
    assert!(is_refused(&send(&provider, ONE, &Recipient("RCP_unknown".to_owned()), 1_000).await));
    assert!(is_refused(&send(&provider, ONE, &to, 0).await));
    assert_eq!(provider.balance().await, 100_000);
}

#[tokio::test]
async fn the_end_of_the_number_says_what_becomes_of_transfers() {
    use TransferStatus::{Arrived, Failed, NotSent, Pending, Returned};
    for (number, first, second, balance, names) in [
        ("1234561111", Failed, Failed, 99_655, vec!["transfer.failed"]),
        ("1234562222", Pending, Pending, 89_655, vec![]),
        ("1234563333", Arrived, Returned, 99_655, vec!["transfer.success", "transfer.reversed"]),
        ("1234565555", NotSent, NotSent, 99_655, vec!["transfer.failed"]),
        ("1234564444", Arrived, Arrived, 89_655, vec!["transfer.success"]),
    ] {
        let (provider, to) = rich(number).await;
        send(&provider, ONE, &to, 10_000).await.unwrap();
        for expected in [first, second, second] {
            provider.gateway.advance().await.unwrap();
            assert_eq!(status(&provider, ONE).await, expected, "{number}");
        }
        assert_eq!((provider.balance().await, provider.announced().await.len()), (balance, names.len()));
        assert_eq!(provider.announced().await, names, "{number}");
    }
}

#[tokio::test]
async fn a_plan_goes_before_the_number_and_what_has_arrived_can_still_be_returned() {
    let (provider, to) = rich("1234561111").await;
    let one = reference(ONE);
    provider.gateway.plan_transfer(&one, TransferFate::Hang).await.unwrap();
    send(&provider, ONE, &to, 10_000).await.unwrap();
    for (fate, moved, stands) in [
        (TransferFate::Hang, 0, TransferStatus::Pending),
        (TransferFate::Return, 1, TransferStatus::Arrived),
        (TransferFate::Arrive, 0, TransferStatus::Arrived),
        (TransferFate::Return, 1, TransferStatus::Returned),
        (TransferFate::Return, 0, TransferStatus::Returned),
    ] {
        provider.gateway.plan_transfer(&one, fate).await.unwrap();
        assert_eq!(provider.gateway.advance().await.unwrap(), moved, "{fate:?}");
        assert_eq!(status(&provider, ONE).await, stands, "{fate:?}");
    }
    assert_eq!(provider.balance().await, 99_655);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_transfers_at_once_as_many_are_made_as_there_is_money_for() {
    let (provider, to) = rich("1234567890").await;
    let provider = Arc::new(provider);
    let sending = (0..20).map(|number| {
        let (provider, to) = (Arc::clone(&provider), to.clone());
        tokio::spawn(async move { send(&provider, &format!("kh-payout-many-{number:02}"), &to, 9_655).await })
    });
    let mut made = 0;
    for sent in sending.collect::<Vec<_>>() {
        match sent.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert!(matches!(error, PaymentError::LowBalance)),
        }
    }
    assert_eq!((made, provider.balance().await), (10, 0));
    let (first, second) = tokio::join!(provider.gateway.advance(), provider.gateway.advance());
    assert_eq!(first.unwrap() + second.unwrap(), 10);
    assert_eq!(provider.announced().await.len(), 10);
}
