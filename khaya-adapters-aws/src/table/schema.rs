//! The table as it must be: on demand, keyed `PK` and `SK`, three indexes that show `et` and `s`, one of vectors, expiry by `ttl`, and a
//! stream of both images. In production the infrastructure makes it; local engines and tests make it here.

use std::time::Duration;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
    PointInTimeRecoverySpecification, Projection, ProjectionType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TableStatus, TimeToLiveSpecification,
};
use khaya_ports::table::{Index, TableError};
use tokio::time::{Instant, sleep};

use super::DynamoTable;
use super::error::CallError;
use super::item::{EXPIRY, KIND, PARTITION, SORT, SUMMARY, names};
use super::vectors;

/// What indexes show beside their keys.
pub(super) const SHOWN: [&str; 2] = [KIND, SUMMARY];

/// How long a table may take to become active.
const CREATION: Duration = Duration::from_secs(300);

/// The pause between two looks at a table that is being made.
const PAUSE: Duration = Duration::from_millis(500);

/// What a table has beyond its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableOptions {
    /// The table cannot be deleted until this is switched off.
    pub deletion_protection: bool,
    /// The table can be restored to any second of the last 35 days.
    pub point_in_time_recovery: bool,
    /// There is an index of vectors to search by. Some local engines know none.
    pub vector_index: bool,
}

impl TableOptions {
    /// What production must have.
    pub const PRODUCTION: Self =
        Self { deletion_protection: true, point_in_time_recovery: true, vector_index: true };
    /// For what may be thrown away.
    pub const THROWAWAY: Self =
        Self { deletion_protection: false, point_in_time_recovery: false, vector_index: true };
}

impl DynamoTable {
    /// Makes the table and waits, up to five minutes, until it serves.
    ///
    /// # Errors
    ///
    /// [`TableError::Unavailable`] when DynamoDB refuses (a table of that name exists, a permission is missing) or the
    /// time is up. What was made until then stays.
    pub async fn create_table(&self, options: TableOptions) -> Result<(), TableError> {
        let mut attributes = attributes(key_attributes()).map_err(TableError::unavailable)?;
        let mut vector_indexes = None;
        if options.vector_index {
            attributes.extend(self::attributes(vectors::NAMED).map_err(TableError::unavailable)?);
            vector_indexes = Some(vec![vectors::declaration().map_err(TableError::unavailable)?]);
        }
        let call = self
            .writer
            .create_table()
            .table_name(&self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes))
            .set_key_schema(Some(key_schema(PARTITION, SORT).map_err(TableError::unavailable)?))
            .set_global_secondary_indexes(Some(indexes().map_err(TableError::unavailable)?))
            .set_vector_indexes(vector_indexes)
            .stream_specification(stream().map_err(TableError::unavailable)?)
            .deletion_protection_enabled(options.deletion_protection);
        call.send().await.map_err(|error| CallError::of("CreateTable", &error).not_applied())?;
        self.wait_until_active().await?;
        self.enable_expiry().await?;
        if options.point_in_time_recovery {
            self.enable_recovery().await?;
        }
        Ok(())
    }

    async fn wait_until_active(&self) -> Result<(), TableError> {
        let deadline = Instant::now() + CREATION;
        loop {
            let call = self.reader.describe_table().table_name(&self.table);
            let answer =
                call.send().await.map_err(|error| CallError::of("DescribeTable", &error).not_applied())?;
            if answer.table().and_then(|table| table.table_status()) == Some(&TableStatus::Active) {
                return Ok(());
            }
            if Instant::now() + PAUSE > deadline {
                return Err(TableError::unavailable("the table did not become active in time"));
            }
            sleep(PAUSE).await;
        }
    }

    async fn enable_expiry(&self) -> Result<(), TableError> {
        let specification = TimeToLiveSpecification::builder().attribute_name(EXPIRY).enabled(true).build();
        let call = self
            .reader
            .update_time_to_live()
            .table_name(&self.table)
            .time_to_live_specification(specification.map_err(TableError::unavailable)?);
        call.send().await.map_err(|error| CallError::of("UpdateTimeToLive", &error).not_applied())?;
        Ok(())
    }

    async fn enable_recovery(&self) -> Result<(), TableError> {
        let specification =
            PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(true).build();
        let call = self
            .reader
            .update_continuous_backups()
            .table_name(&self.table)
            .point_in_time_recovery_specification(specification.map_err(TableError::unavailable)?);
        call.send().await.map_err(|error| CallError::of("UpdateContinuousBackups", &error).not_applied())?;
        Ok(())
    }
}

/// The attributes that keys are made of.
pub(super) fn key_attributes() -> impl Iterator<Item = &'static str> {
    let of_index = |index| [names(index).partition, names(index).sort];
    [PARTITION, SORT].into_iter().chain(Index::ALL.into_iter().flat_map(of_index))
}

/// All are text.
fn attributes(names: impl IntoIterator<Item = &'static str>) -> Result<Vec<AttributeDefinition>, BuildError> {
    let text = |name| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build()
    };
    names.into_iter().map(text).collect()
}

/// A partition and a sort attribute.
pub(super) fn key_schema(partition: &str, sort: &str) -> Result<Vec<KeySchemaElement>, BuildError> {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .into_iter()
        .map(|(name, role)| KeySchemaElement::builder().attribute_name(name).key_type(role).build())
        .collect()
}

fn indexes() -> Result<Vec<GlobalSecondaryIndex>, BuildError> {
    let projection = || {
        Projection::builder()
            .projection_type(ProjectionType::Include)
            .set_non_key_attributes(Some(SHOWN.map(str::to_owned).to_vec()))
            .build()
    };
    Index::ALL
        .into_iter()
        .map(|index| {
            let names = names(index);
            GlobalSecondaryIndex::builder()
                .index_name(names.name)
                .set_key_schema(Some(key_schema(names.partition, names.sort)?))
                .projection(projection())
                .build()
        })
        .collect()
}

fn stream() -> Result<StreamSpecification, BuildError> {
    StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::NewAndOldImages)
        .build()
}
