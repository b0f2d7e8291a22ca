//! A table's stream, from its beginning, in batches as Lambda gets them.

use dynoxide::Database;
use dynoxide::actions::describe_stream::DescribeStreamRequest;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::actions::list_streams::ListStreamsRequest;
use serde_json::{Value, json};

/// Reads a stream on and on.
pub struct Stream {
    database: Database,
    iterators: Vec<Option<String>>,
}

impl Stream {
    /// The stream of an engine's only table.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[expect(clippy::expect_used, reason = "without a stream there is nothing to test")]
    pub fn of(database: Database) -> Self {
        let streams = database.list_streams(ListStreamsRequest::default()).expect("streams");
        let streams = serde_json::to_value(&streams).expect("JSON");
        let arn = streams["Streams"][0]["StreamArn"].as_str().expect("a stream").to_owned();
        let request = DescribeStreamRequest { stream_arn: arn.clone(), ..Default::default() };
        let described = database.describe_stream(request).expect("a description").stream_description;
        let iterator = |shard: String| {
            let request = GetShardIteratorRequest {
                stream_arn: arn.clone(),
                shard_id: shard,
                shard_iterator_type: "TRIM_HORIZON".to_owned(),
                sequence_number: None,
            };
            database.get_shard_iterator(request).expect("an iterator").shard_iterator
        };
        let iterators = described.shards.into_iter().map(|shard| iterator(shard.shard_id)).collect();
        Self { database, iterators }
    }

    /// The next batch, of outbox documents that were inserted: what the function's filter lets through. `None` when there is
    /// nothing new.
    ///
    /// # Panics
    ///
    /// When the engine refuses.
    #[expect(clippy::expect_used, reason = "a stream that cannot be read has failed")]
    pub fn batch(&mut self) -> Option<Value> {
        let mut records = Vec::new();
        for place in &mut self.iterators {
            let Some(iterator) = place.take() else { continue };
            let request = GetRecordsRequest { shard_iterator: iterator, limit: Some(100) };
            let found = self.database.get_records(request).expect("records");
            *place = found.next_shard_iterator;
            records.extend(found.records.iter().map(|record| serde_json::to_value(record).expect("JSON")));
        }
        records.retain(|record| {
            record["eventName"] == "INSERT" && record["dynamodb"]["NewImage"]["et"]["S"] == "event"
        });
        (!records.is_empty()).then(|| json!({ "Records": records }))
    }
}
