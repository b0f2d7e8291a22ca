//! `/banks` and `/users/me/bankAccount`: where a user's money goes.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use khaya_app::payouts::{self, BankAccountView, NewBankAccount};
use khaya_app::{AppError, Caller};
use khaya_domain::password::Password;
use khaya_domain::text::PersonName;
use khaya_ports::payment::{self, BankAccount};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Anyone, Command, Fields, Permitted};
use crate::problem::Problem;
use crate::state::ApiState;

/// A bank.
#[derive(Serialize, ToSchema)]
pub struct BankResponse {
    /// Its branch code, for `bankCode`.
    #[schema(example = "470010")]
    code: String,
    /// What people call it.
    #[schema(example = "Capitec Bank")]
    name: String,
}

/// The banks that can be paid to.
#[derive(Serialize, ToSchema)]
pub struct BanksResponse {
    /// The banks, by name.
    items: Vec<BankResponse>,
}

/// List the banks that can be paid to
#[utoipa::path(get, path = "/banks", tag = "payouts",
    responses((status = 200, description = "The banks.", body = BanksResponse)))]
pub async fn banks(State(state): State<ApiState>) -> Result<Json<BanksResponse>, Problem> {
    let items = payouts::banks(&state.app).await?.into_iter();
    let items = items.map(|bank| BankResponse { code: bank.code, name: bank.name });
    Ok(Json(BanksResponse { items: items.collect() }))
}

/// Whose account it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// A person's.
    Personal,
    /// A company's.
    Business,
}

/// By which document the bank knows the holder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A South African identity number.
    IdentityNumber,
    /// A passport.
    PassportNumber,
    /// A company's registration.
    BusinessRegistrationNumber,
}

/// An account to be paid to.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BankAccountRequest {
    /// The holder's name as the bank has it.
    #[schema(min_length = 1, max_length = 100, example = "Sipho Dlamini")]
    holder: String,
    /// The bank, by the code of `GET /banks`.
    #[schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$", example = "470010")]
    bank_code: String,
    /// The account's number. It is not kept: the payment provider is, and gives a name for it.
    #[schema(value_type = String, min_length = 5, max_length = 20, pattern = "^[0-9]+$", example = "1234567890")]
    number: SecretString,
    /// Whose it is.
    kind: AccountKind,
    /// By which document the bank knows the holder.
    document_kind: DocumentKind,
    /// That document's number. It is not kept.
    #[schema(value_type = String, min_length = 5, max_length = 30, example = "8001015009087")]
    document_number: SecretString,
    /// Your password, again.
    #[schema(value_type = String, min_length = 8, max_length = 72, example = "correct horse 7")]
    password: SecretString,
}

impl BankAccountRequest {
    fn parse(self) -> Result<NewBankAccount, AppError> {
        let mut fields = Fields::new();
        let holder = fields.parse("holder", self.holder.as_str(), PersonName::parse);
        let bank_code = fields.parse("bankCode", self.bank_code, |code| {
            let fits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
            if fits { Ok(code) } else { Err("must be the six digits of a bank's code") }
        });
        let number = fields.parse("number", self.number, |number| {
            let digits = number.expose_secret();
            let fits = (5..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            if fits { Ok(number) } else { Err("must be 5 to 20 digits") }
        });
        let document = fields.parse("documentNumber", self.document_number, |document| {
            let fits = (5..=30).contains(&document.expose_secret().chars().count());
            if fits { Ok(document) } else { Err("must be 5 to 30 characters") }
        });
        let password = fields.parse("password", self.password.expose_secret(), Password::parse);
        let kind = match self.kind {
            AccountKind::Personal => payment::AccountKind::Personal,
            AccountKind::Business => payment::AccountKind::Business,
        };
        let document_kind = match self.document_kind {
            DocumentKind::IdentityNumber => payment::DocumentKind::IdentityNumber,
            DocumentKind::PassportNumber => payment::DocumentKind::PassportNumber,
            DocumentKind::BusinessRegistrationNumber => payment::DocumentKind::BusinessRegistrationNumber,
        };
        let whole = holder.zip(bank_code).zip(number).zip(document).zip(password).map(
            |((((holder, bank_code), number), document_number), password)| NewBankAccount {
                account: BankAccount { holder, bank_code, number, kind, document_kind, document_number },
                password,
            },
        );
        fields.finish(whole)
    }
}

/// The account that you are paid to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BankAccountResponse {
    /// The bank.
    #[schema(example = "Capitec Bank")]
    bank: String,
    /// The last digits of the number; the rest is not kept.
    #[schema(example = "890")]
    last_digits: String,
    /// When it was given.
    added_at: DateTime<Utc>,
    /// Payouts wait until then, after a change.
    pays_from: DateTime<Utc>,
    /// A payout to it has failed: give it again.
    has_failed: bool,
}

impl From<BankAccountView> for BankAccountResponse {
    fn from(view: BankAccountView) -> Self {
        let BankAccountView { bank, last_digits, added_at, pays_from, has_failed } = view;
        Self { bank, last_digits, added_at, pays_from, has_failed }
    }
}

/// Show the bank account that you are paid to
#[utoipa::path(get, path = "/users/me/bankAccount", tag = "payouts", security(("bearer" = [])),
    responses((status = 200, description = "The account.", body = BankAccountResponse)))]
pub async fn bank_account(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
) -> Result<Json<BankAccountResponse>, Problem> {
    let account = payouts::bank_account(&state.app, &caller.actor).await?;
    Ok(Json(account.ok_or_else(|| AppError::not_found("bank account yet"))?.into()))
}

/// Give the bank account that you are paid to
///
/// The bank is asked whether it is yours. After a change payouts wait for 24 hours. What you are owed is paid by itself.
#[utoipa::path(put, path = "/users/me/bankAccount", tag = "payouts", security(("bearer" = [])),
    request_body = BankAccountRequest,
    responses((status = 200, description = "The account as it is now.", body = BankAccountResponse)))]
pub async fn set_bank_account(
    State(state): State<ApiState>,
    caller: Permitted<Anyone>,
    command: Command<BankAccountRequest>,
) -> Result<Json<BankAccountResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    Ok(Json(payouts::set_bank_account(&state.app, &caller, command.body.parse()?).await?.into()))
}
