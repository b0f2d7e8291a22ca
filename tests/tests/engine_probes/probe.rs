//! Questions to an engine that speaks DynamoDB's API, asked without an SDK. Each says what AWS answers, where AWS says so, what
//! moto answers, and what that means here: the table in `docs/engines.md` is made of this.

use khaya_tests::dynamodb::{Answer, Place, send};
use serde_json::{Value, json};

macro_rules! probes {
    ($($name:ident {
        $subject:literal, aws: $aws:literal, source: $source:literal, moto: $moto:literal, here: $here:literal
    })+) => {
        /// A question.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Probe { $($name,)+ }

        impl Probe {
            /// All of them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What is asked.
            pub(crate) fn subject(self) -> &'static str {
                match self { $(Self::$name => $subject,)+ }
            }

            /// What AWS answers.
            pub(crate) fn aws(self) -> &'static str {
                match self { $(Self::$name => $aws,)+ }
            }

            /// Where AWS says so.
            pub(crate) fn source(self) -> &'static str {
                match self { $(Self::$name => $source,)+ }
            }

            /// What moto answers.
            pub(crate) fn moto(self) -> &'static str {
                match self { $(Self::$name => $moto,)+ }
            }

            /// What follows for the code and the tests.
            pub(crate) fn here(self) -> &'static str {
                match self { $(Self::$name => $here,)+ }
            }
        }
    };
}

probes! {
    RepeatedToken {
        "a transaction repeated under its token", aws: "applied once", source: "`TransactWriteItems`, Idempotency",
        moto: "applied twice", here: "a write whose answer was lost is repeated under its token: moto judges no lost answer"
    }
    OtherUnderToken {
        "another transaction under a used token", aws: "IdempotentParameterMismatchException",
        source: "`TransactWriteItems`, Errors", moto: "taken", here: "each write has a token of its own"
    }
    LargeTransaction {
        "a transaction of more than 4 MB", aws: "ValidationException", source: "`TransactWriteItems`", moto: "taken",
        here: "the port refuses more than 3 MB before any engine is asked"
    }
    LargeBatch {
        "26 items in a batch", aws: "ValidationException", source: "`BatchWriteItem`", moto: "taken",
        here: "no batch is written"
    }
    UnitsOfIndexes {
        "write units of a document in three indexes", aws: "4",
        source: "Developer Guide, Global secondary indexes, Write capacity units", moto: "1",
        here: "costs are measured on dynoxide only"
    }
    UnitsOfSize {
        "write units of 3.2 KB", aws: "4", source: "Developer Guide, Read and write capacity", moto: "1",
        here: "as above"
    }
    UnitsOfTransaction {
        "write units of a transaction of two documents", aws: "4",
        source: "Developer Guide, Transactions, Capacity management", moto: "not told", here: "as above"
    }
    UnitsOfQuery {
        "read units of a strong query over 18 KB", aws: "5", source: "Developer Guide, Read and write capacity",
        moto: "1", here: "as above"
    }
    ConflictShown {
        "the item that failed a condition, asked for with `ALL_OLD`", aws: "shown", source: "`PutItem`",
        moto: "shown", here: "a put that was repeated knows its own item by it"
    }
    AllConflictsNamed {
        "reasons of a transaction with two failing conditions", aws: "ConditionalCheckFailed None ConditionalCheckFailed",
        source: "`TransactWriteItems`, Errors", moto: "ConditionalCheckFailed None ConditionalCheckFailed",
        here: "a conflict names the positions"
    }
    StrongIndexRead {
        "a strongly consistent query of an index", aws: "ValidationException", source: "`Query`",
        moto: "ValidationException", here: "the adapter never asks for one"
    }
    PageOfMegabytes {
        "a page of items of 390 KB", aws: "2", source: "`Query`: a page ends after 1 MB", moto: "2",
        here: "the adapter reads on until the limit or the end"
    }
    EndAtTheLimit {
        "whether a page that ends exactly at its limit says that more may follow", aws: "yes",
        source: "`Query`, LastEvaluatedKey", moto: "no", here: "the adapter goes by the number of items, not by this"
    }
    ExpiredItem {
        "an item after its expiry", aws: "read until it is removed, mostly within days",
        source: "Developer Guide, Time to Live", moto: "read until it is removed, mostly within days",
        here: "what has an expiry is compared with the clock wherever it is read"
    }
}

/// One engine's table, by its API.
pub(crate) struct Raw<'a>(pub(crate) &'a Place);

fn key(sort: &str) -> Value {
    json!({ "PK": { "S": "P" }, "SK": { "S": sort } })
}

fn item(sort: &str, mut more: Value) -> Value {
    let mut item = key(sort);
    if let Some((item, more)) = item.as_object_mut().zip(more.as_object_mut()) {
        item.append(more);
    }
    item
}

fn bytes(count: usize) -> Value {
    json!({ "d": { "S": "x".repeat(count) } })
}

fn indexed() -> Value {
    let text = json!({ "S": "I" });
    json!({ "GSI1PK": text, "GSI1SK": text, "GSI2PK": text, "GSI2SK": text, "GSI3PK": text, "GSI3SK": text })
}

/// What an engine refuses with, or `taken`.
fn verdict(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let refusal = body["__type"].as_str().and_then(|name| name.rsplit('#').next());
    if answer.status == 200 { "taken".to_owned() } else { refusal.unwrap_or("refused").to_owned() }
}

/// The units that an answer tells.
fn units(answer: &Value) -> String {
    let consumed = &answer["ConsumedCapacity"];
    let one = if consumed.is_array() { &consumed[0] } else { consumed };
    one["CapacityUnits"].as_f64().map_or_else(|| "not told".to_owned(), |units| units.to_string())
}

impl Raw<'_> {
    async fn ask(&self, operation: &str, mut request: Value) -> Answer {
        if operation != "TransactWriteItems" && operation != "BatchWriteItem" {
            request["TableName"] = json!(self.0.name);
        }
        let target = format!("DynamoDB_20120810.{operation}");
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", target.as_str()),
            ("x-amz-date", "20260101T000000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=local/20260101/af-south-1/dynamodb/aws4_request, \
                 SignedHeaders=host;x-amz-date, Signature=00",
            ),
        ];
        send(&self.0.endpoint, &headers, request.to_string().as_bytes()).await
    }

    async fn read(&self, operation: &str, request: Value) -> Value {
        let answer = self.ask(operation, request).await;
        assert!(answer.status == 200, "{operation} is refused: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    async fn put(&self, item: Value) {
        self.read("PutItem", json!({ "Item": item })).await;
    }

    fn put_in_transaction(&self, item: Value) -> Value {
        json!({ "Put": { "TableName": self.0.name, "Item": item } })
    }

    fn create_in_transaction(&self, sort: &str) -> Value {
        let mut put = self.put_in_transaction(key(sort));
        put["Put"]["ConditionExpression"] = json!("attribute_not_exists(PK)");
        put
    }

    async fn add_one(&self, token: &str) -> Answer {
        let update = json!({ "Update": {
            "TableName": self.0.name, "Key": key("counter"), "UpdateExpression": "ADD x :one",
            "ExpressionAttributeValues": { ":one": { "N": "1" } },
        } });
        self.ask("TransactWriteItems", json!({ "TransactItems": [update], "ClientRequestToken": token }))
            .await
    }

    async fn query(&self, limit: usize) -> Value {
        let request = json!({
            "KeyConditionExpression": "PK = :p", "ExpressionAttributeValues": { ":p": { "S": "P" } },
            "ConsistentRead": true, "ReturnConsumedCapacity": "TOTAL", "Limit": limit,
        });
        self.read("Query", request).await
    }

    /// What this engine answers to a question. Each question is asked of an empty table.
    pub(crate) async fn answer(&self, probe: Probe) -> String {
        const TOKEN: &str = "00000000-0000-4000-8000-000000000001";
        match probe {
            Probe::RepeatedToken => {
                self.add_one(TOKEN).await;
                self.add_one(TOKEN).await;
                let read =
                    self.read("GetItem", json!({ "Key": key("counter"), "ConsistentRead": true })).await;
                match read["Item"]["x"]["N"].as_str() {
                    Some("1") => "applied once".to_owned(),
                    Some("2") => "applied twice".to_owned(),
                    other => format!("{other:?}"),
                }
            }
            Probe::OtherUnderToken => {
                self.add_one(TOKEN).await;
                let other = json!([self.put_in_transaction(key("other"))]);
                let request = json!({ "TransactItems": other, "ClientRequestToken": TOKEN });
                verdict(&self.ask("TransactWriteItems", request).await)
            }
            Probe::LargeTransaction => {
                let put =
                    |number: usize| self.put_in_transaction(item(&number.to_string(), bytes(390 * 1024)));
                let puts: Vec<_> = (0..12).map(put).collect();
                verdict(&self.ask("TransactWriteItems", json!({ "TransactItems": puts })).await)
            }
            Probe::LargeBatch => {
                let put = |number: usize| json!({ "PutRequest": { "Item": key(&number.to_string()) } });
                let puts: Vec<_> = (0..26).map(put).collect();
                let request = json!({ "RequestItems": { self.0.name.as_str(): puts } });
                verdict(&self.ask("BatchWriteItem", request).await)
            }
            Probe::UnitsOfIndexes => self.units_of(item("a", indexed())).await,
            Probe::UnitsOfSize => self.units_of(item("a", bytes(3_200))).await,
            Probe::UnitsOfTransaction => {
                let puts = json!([self.put_in_transaction(key("a")), self.put_in_transaction(key("b"))]);
                let request = json!({ "TransactItems": puts, "ReturnConsumedCapacity": "TOTAL" });
                units(&self.read("TransactWriteItems", request).await)
            }
            Probe::UnitsOfQuery => {
                for number in 10..30 {
                    self.put(item(&number.to_string(), bytes(900))).await;
                }
                units(&self.query(20).await)
            }
            Probe::ConflictShown => {
                self.put(item("a", bytes(3))).await;
                let request = json!({
                    "Item": key("a"), "ConditionExpression": "attribute_not_exists(PK)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                });
                let answer = self.ask("PutItem", request).await;
                (if answer.body.contains("xxx") { "shown" } else { "not shown" }).to_owned()
            }
            Probe::AllConflictsNamed => {
                self.put(key("a")).await;
                self.put(key("c")).await;
                let puts: Vec<_> = ["a", "b", "c"].map(|sort| self.create_in_transaction(sort)).into();
                let answer = self.ask("TransactWriteItems", json!({ "TransactItems": puts })).await;
                let body: Value = serde_json::from_str(&answer.body).unwrap();
                let reasons = body["CancellationReasons"].as_array().cloned().unwrap_or_default();
                reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect::<Vec<_>>().join(" ")
            }
            Probe::StrongIndexRead => {
                let request = json!({
                    "IndexName": "GSI1", "KeyConditionExpression": "GSI1PK = :p",
                    "ExpressionAttributeValues": { ":p": { "S": "I" } }, "ConsistentRead": true,
                });
                verdict(&self.ask("Query", request).await)
            }
            Probe::PageOfMegabytes => {
                for number in 0..4 {
                    self.put(item(&number.to_string(), bytes(390 * 1024))).await;
                }
                self.query(4).await["Count"].to_string()
            }
            Probe::EndAtTheLimit => {
                self.put(key("a")).await;
                self.put(key("b")).await;
                let has_more = !self.query(2).await["LastEvaluatedKey"].is_null();
                (if has_more { "yes" } else { "no" }).to_owned()
            }
            Probe::ExpiredItem => {
                self.put(item("a", json!({ "ttl": { "N": "1700000000" } }))).await;
                let read = self.read("GetItem", json!({ "Key": key("a"), "ConsistentRead": true })).await;
                let is_there = read["Item"].is_object();
                (if is_there { "read until it is removed, mostly within days" } else { "gone" }).to_owned()
            }
        }
    }

    async fn units_of(&self, item: Value) -> String {
        units(&self.read("PutItem", json!({ "Item": item, "ReturnConsumedCapacity": "TOTAL" })).await)
    }
}
