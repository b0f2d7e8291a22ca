//! Writes as the calls that DynamoDB takes, and what one attempt of such a call says.

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use khaya_ports::table::{Document, Expectation, Key, Version, Write};

use super::DynamoTable;
use super::error::CallError;
use super::item::{Item, TOKEN, bytes, document_item, key_item, number};

/// What tells one write from all others.
pub(super) type Token = [u8; 16];

/// A write as the call that does it at the least cost.
#[derive(Debug)]
pub(super) enum Request {
    /// One document, stored.
    Put { item: Item, guard: Guard, token: Token },
    /// One document, removed; without a guard if it is there.
    Delete { key: Item, guard: Option<Guard> },
    /// Several writes.
    Transact { actions: Vec<TransactWriteItem>, token: Token },
}

/// A condition on the item that is there.
#[derive(Debug)]
pub(super) struct Guard {
    expression: &'static str,
    values: Option<Item>,
}

/// What one attempt came to.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It is applied.
    Applied,
    /// These conditions do not hold, and nothing was applied by this attempt.
    ConditionFailed(Vec<usize>),
    /// Something else went wrong.
    Failed(CallError),
}

impl Guard {
    fn absent() -> Self {
        Self { expression: "attribute_not_exists(PK)", values: None }
    }

    fn at(version: Version) -> Self {
        let values = Item::from([(":n".to_owned(), number(version.number()))]);
        Self { expression: "v = :n", values: Some(values) }
    }
}

impl Request {
    /// The call for some writes.
    pub(super) fn of(writes: &[Write], table: &str, token: Token) -> Result<Self, BuildError> {
        Ok(match writes {
            [Write::Create(document)] => Self::put(document, Version::FIRST, Guard::absent(), token),
            [Write::Replace(document, version)] => {
                Self::put(document, version.next(), Guard::at(*version), token)
            }
            [Write::Delete(key, version)] => {
                Self::Delete { key: key_item(key), guard: Some(Guard::at(*version)) }
            }
            [Write::Discard(key)] => Self::Delete { key: key_item(key), guard: None },
            writes => {
                let actions = writes.iter().map(|write| action(write, table)).collect::<Result<_, _>>()?;
                Self::Transact { actions, token }
            }
        })
    }

    fn put(document: &Document, version: Version, guard: Guard, token: Token) -> Self {
        let mut item = document_item(document, version);
        item.insert(TOKEN.to_owned(), bytes(token));
        Self::Put { item, guard, token }
    }

    /// The operation's name at DynamoDB.
    pub(super) fn operation(&self) -> &'static str {
        match self {
            Self::Put { .. } => "PutItem",
            Self::Delete { .. } => "DeleteItem",
            Self::Transact { .. } => "TransactWriteItems",
        }
    }

    /// Whether DynamoDB itself knows a repetition, so that a condition that fails then did fail.
    pub(super) fn knows_repetition(&self) -> bool {
        match self {
            Self::Transact { .. } => true,
            Self::Put { .. } | Self::Delete { .. } => false,
        }
    }
}

fn action(write: &Write, table: &str) -> Result<TransactWriteItem, BuildError> {
    let action = TransactWriteItem::builder();
    Ok(match write {
        Write::Create(document) => action.put(put(document, Version::FIRST, Guard::absent(), table)?),
        Write::Replace(document, version) => {
            action.put(put(document, version.next(), Guard::at(*version), table)?)
        }
        Write::Delete(key, version) => action.delete(delete(key, Some(Guard::at(*version)), table)?),
        Write::Discard(key) => action.delete(delete(key, None, table)?),
        Write::Check(key, Expectation::Absent) => action.condition_check(check(key, Guard::absent(), table)?),
        Write::Check(key, Expectation::At(version)) => {
            action.condition_check(check(key, Guard::at(*version), table)?)
        }
    }
    .build())
}

fn put(document: &Document, version: Version, guard: Guard, table: &str) -> Result<Put, BuildError> {
    Put::builder()
        .table_name(table)
        .set_item(Some(document_item(document, version)))
        .condition_expression(guard.expression)
        .set_expression_attribute_values(guard.values)
        .build()
}

fn delete(key: &Key, guard: Option<Guard>, table: &str) -> Result<Delete, BuildError> {
    let (expression, values) = split(guard);
    Delete::builder()
        .table_name(table)
        .set_key(Some(key_item(key)))
        .set_condition_expression(expression)
        .set_expression_attribute_values(values)
        .build()
}

fn check(key: &Key, guard: Guard, table: &str) -> Result<ConditionCheck, BuildError> {
    ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key_item(key)))
        .condition_expression(guard.expression)
        .set_expression_attribute_values(guard.values)
        .build()
}

fn split(guard: Option<Guard>) -> (Option<String>, Option<Item>) {
    guard.map_or((None, None), |guard| (Some(guard.expression.to_owned()), guard.values))
}

impl DynamoTable {
    /// Makes the call once.
    pub(super) async fn attempt(&self, request: &Request) -> Verdict {
        self.meter.writing();
        match request {
            Request::Put { item, guard, token } => self.attempt_put(item, guard, token).await,
            Request::Delete { key, guard } => self.attempt_delete(key, guard.as_ref()).await,
            Request::Transact { actions, token } => self.attempt_transaction(actions, token).await,
        }
    }

    async fn attempt_put(&self, item: &Item, guard: &Guard, token: &Token) -> Verdict {
        let call = self
            .writer
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item.clone()))
            .condition_expression(guard.expression)
            .set_expression_attribute_values(guard.values.clone())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        match call.send().await {
            Ok(answer) => {
                self.meter.wrote(answer.consumed_capacity());
                Verdict::Applied
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(found)) => {
                    if holds(found.item(), token) {
                        Verdict::Applied
                    } else {
                        Verdict::ConditionFailed(vec![0])
                    }
                }
                _ => Verdict::Failed(CallError::of("PutItem", &error)),
            },
        }
    }

    async fn attempt_delete(&self, key: &Item, guard: Option<&Guard>) -> Verdict {
        let call = self
            .writer
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key.clone()))
            .set_condition_expression(guard.map(|guard| guard.expression.to_owned()))
            .set_expression_attribute_values(guard.and_then(|guard| guard.values.clone()))
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        match call.send().await {
            Ok(answer) => {
                self.meter.wrote(answer.consumed_capacity());
                Verdict::Applied
            }
            Err(error) => match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => {
                    Verdict::ConditionFailed(vec![0])
                }
                _ => Verdict::Failed(CallError::of("DeleteItem", &error)),
            },
        }
    }

    async fn attempt_transaction(&self, actions: &[TransactWriteItem], token: &Token) -> Verdict {
        let call = self
            .writer
            .transact_write_items()
            .set_transact_items(Some(actions.to_vec()))
            .client_request_token(uuid::Uuid::from_bytes(*token).to_string())
            .return_consumed_capacity(ReturnConsumedCapacity::Indexes);
        match call.send().await {
            Ok(answer) => {
                self.meter.wrote(answer.consumed_capacity());
                Verdict::Applied
            }
            Err(error) => transaction_verdict(&error),
        }
    }
}

fn transaction_verdict(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> Verdict {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            let reasons = cancelled.cancellation_reasons();
            let failed = failed_conditions(reasons);
            if failed.is_empty() {
                Verdict::Failed(CallError::cancelled(reasons, error.request_id().map(str::to_owned)))
            } else {
                Verdict::ConditionFailed(failed)
            }
        }
        _ => Verdict::Failed(CallError::of("TransactWriteItems", error)),
    }
}

/// Which conditions did not hold: reasons stand in the order of the actions, `None` where there is nothing to say.
fn failed_conditions(reasons: &[CancellationReason]) -> Vec<usize> {
    let failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    reasons.iter().enumerate().filter(|(_, reason)| failed(reason)).map(|(position, _)| position).collect()
}

/// Whether an item was written with this token.
fn holds(item: Option<&Item>, token: &Token) -> bool {
    matches!(item.and_then(|item| item.get(TOKEN)), Some(AttributeValue::B(found)) if found.as_ref() == token)
}

#[cfg(test)]
mod tests {
    use khaya_ports::table::Json;

    use super::*;

    fn document() -> Document {
        Document::new(Key::new("P", "S"), "k", Json::stored("{}"))
    }

    fn operation(writes: &[Write]) -> &'static str {
        Request::of(writes, "khaya", [7; 16]).unwrap().operation()
    }

    fn reasons(codes: &[&str]) -> Vec<CancellationReason> {
        codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect()
    }

    #[test]
    fn one_write_is_no_transaction() {
        assert_eq!(operation(&[Write::Create(document())]), "PutItem");
        assert_eq!(operation(&[Write::Replace(document(), Version::FIRST)]), "PutItem");
        assert_eq!(operation(&[Write::Delete(Key::new("P", "S"), Version::FIRST)]), "DeleteItem");
        assert_eq!(operation(&[Write::Discard(Key::new("P", "S"))]), "DeleteItem");
    }

    #[test]
    fn two_writes_are_a_transaction() {
        let writes = [Write::Create(document()), Write::Check(Key::new("P", "T"), Expectation::Absent)];
        assert_eq!(operation(&writes), "TransactWriteItems");
    }

    #[test]
    fn a_replacement_is_stored_at_the_next_version_and_guarded_by_the_last() {
        let request = Request::of(&[Write::Replace(document(), Version::FIRST)], "khaya", [7; 16]).unwrap();
        let Request::Put { item, guard, .. } = request else { panic!("not a put") };
        assert_eq!(item.get("v"), Some(&number(2)));
        assert_eq!(
            (guard.expression, guard.values),
            ("v = :n", Some(Item::from([(":n".to_owned(), number(1))])))
        );
    }

    #[test]
    fn all_failed_conditions_are_named_by_position() {
        let reasons =
            reasons(&["ConditionalCheckFailed", "None", "TransactionConflict", "ConditionalCheckFailed"]);
        assert_eq!(failed_conditions(&reasons), [0, 3]);
    }

    #[test]
    fn an_item_is_known_again_by_its_token_only() {
        let item = Item::from([(TOKEN.to_owned(), bytes([7; 16]))]);
        assert!(holds(Some(&item), &[7; 16]));
        assert!(!holds(Some(&item), &[8; 16]));
        assert!(!holds(Some(&Item::new()), &[7; 16]));
        assert!(!holds(None, &[7; 16]));
    }
}
