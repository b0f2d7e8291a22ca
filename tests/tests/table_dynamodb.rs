//! The table's promises, asked of the DynamoDB adapter through the real SDK over HTTP.

khaya_tests::table_conformance!(dynamodb, khaya_tests::dynamodb::a_place().await);
