//! The port's calls, by the operation that each is for, with what came of it in a few words.

use khaya_adapters_http::paystack::Paystack;
use khaya_domain::ids::{RefundId, UserId};
use khaya_domain::money::Money;
use khaya_domain::subscription::PaidTier;
use khaya_ports::payment::{
    AccountKind, BankAccount, CheckoutRequest, DocumentKind, PaymentError, PaymentGateway, PaymentReference,
    Recipient, RefundRequest, TransferRequest,
};
use uuid::Uuid;

pub(crate) fn reference() -> PaymentReference {
    "kh-job-0199c0de-0000-7000-8000-000000000001-1".parse().unwrap()
}

pub(crate) fn refund_id() -> RefundId {
    RefundId::from_uuid(Uuid::from_u128(7))
}

pub(crate) fn rand(cents: i64) -> Money {
    Money::from_cents(cents).unwrap()
}

pub(crate) fn checkout() -> CheckoutRequest {
    let payer = UserId::from_uuid(Uuid::from_u128(5));
    CheckoutRequest { reference: reference(), payer, email: None, amount: rand(95_000), plan: None }
}

pub(crate) fn refund() -> RefundRequest {
    RefundRequest { refund: refund_id(), of: reference(), amount: Some(rand(500)) }
}

pub(crate) fn transfer() -> TransferRequest {
    let to = Recipient("RCP_m7ljkv8leesep7p".to_owned());
    TransferRequest { reference: reference(), to, amount: rand(95_000) }
}

pub(crate) fn account() -> BankAccount {
    BankAccount {
        holder: "Thandi Mokoena".parse().unwrap(),
        bank_code: "632005".to_owned(),
        number: "0123456789".to_owned().into(),
        kind: AccountKind::Personal,
        document_kind: DocumentKind::IdentityNumber,
        document_number: "8001015009087".to_owned().into(),
    }
}

/// What comes of the call that needs the operation.
pub(crate) async fn outcome(operation: &str, paystack: &Paystack) -> String {
    let result = match operation {
        "POST /transaction/initialize" => paystack.checkout(&checkout()).await.map(|page| {
            assert!(page.url.starts_with("https://"), "{}", page.url);
            "page".to_owned()
        }),
        "GET /transaction/verify/{reference}" => paystack.verify(&reference()).await.map(|charge| {
            some(charge.map(|charge| {
                let (status, cents, currency) = (charge.status, charge.cents, charge.currency);
                format!("{status:?} {cents} {currency} less {}", charge.processing_cents)
            }))
        }),
        "POST /refund" => paystack
            .refund(&refund())
            .await
            .map(|made| format!("{:?} {} {}", made.status, made.cents, made.id)),
        "GET /refund" => paystack
            .find_refund(&reference(), refund_id())
            .await
            .map(|found| some(found.map(|found| format!("{:?}", found.status)))),
        "GET /bank" => paystack.banks().await.map(|banks| {
            let absa = banks.iter().find(|bank| bank.code == "632005").unwrap();
            absa.name.clone()
        }),
        "POST /bank/validate" | "POST /transferrecipient" => {
            paystack.register(&account()).await.map(|recipient| recipient.0)
        }
        "POST /transfer" => {
            paystack.transfer(&transfer()).await.map(|sent| format!("{:?} {}", sent.status, sent.cents))
        }
        "GET /transfer/verify/{reference}" => paystack.find_transfer(&reference()).await.map(|found| {
            let told = |found: khaya_ports::payment::Transfer| {
                format!("{:?} {} less {}", found.status, found.cents, found.processing_cents)
            };
            some(found.map(told))
        }),
        "GET /balance" => paystack.balance().await.map(|cents| cents.to_string()),
        "GET /plan" | "POST /plan" => paystack.plan(PaidTier::Pro, rand(14_900)).await,
        "GET /subscription/{code}" => {
            let found = paystack.find_subscription("SUB_vsyqdmlzble3uii").await;
            found.map(|found| {
                some(found.map(|found| format!("{:?} {} {}", found.status, found.plan, found.customer)))
            })
        }
        "POST /subscription/disable" => {
            paystack.end_subscription("SUB_vsyqdmlzble3uii").await.map(|()| "ended".to_owned())
        }
        "GET /subscription/{code}/manage/link" => {
            let link = paystack.card_update_link("SUB_vsyqdmlzble3uii").await;
            link.map(|link| {
                assert!(link.starts_with("https://"), "{link}");
                "page".to_owned()
            })
        }
        other => panic!("no call of the port is for {other}"),
    };
    result.unwrap_or_else(|error| kind(&error).to_owned())
}

fn some(found: Option<String>) -> String {
    found.unwrap_or_else(|| "none".to_owned())
}

fn kind(error: &PaymentError) -> &'static str {
    match error {
        PaymentError::ReferenceUsed => "reference used",
        PaymentError::Refused(_) => "refused",
        PaymentError::LowBalance => "low balance",
        PaymentError::Misconfigured(_) => "misconfigured",
        PaymentError::Busy => "busy",
        PaymentError::Unavailable(_) => "unavailable",
    }
}
