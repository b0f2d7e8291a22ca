//! How a table differs from what it must be, for whoever starts the server or changes the infrastructure.

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_dynamodb::types::{
    BillingMode, GlobalSecondaryIndexDescription, IndexStatus, KeySchemaElement, PointInTimeRecoveryStatus,
    ProjectionType, ScalarAttributeType, StreamViewType, TableDescription, TableStatus, TimeToLiveStatus,
};
use khaya_ports::table::{Index, TableError};

use super::DynamoTable;
use super::error::CallError;
use super::item::{EXPIRY, PARTITION, SORT, names};
use super::schema::{SHOWN, TableOptions, key_attributes, key_schema};
use super::vectors;

/// One thing about a table that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// There is no such table.
    #[error("the table does not exist")]
    TableMissing,
    /// It is being made, changed or removed.
    #[error("the table is not active")]
    TableNotActive,
    /// Its capacity is provisioned: what is beyond is refused.
    #[error("the table is not billed on demand")]
    NotOnDemand,
    /// Its key is another.
    #[error("the table's key is not PK and SK")]
    TableKey,
    /// A key attribute holds numbers or bytes.
    #[error("attribute {0} is not text")]
    AttributeType(&'static str),
    /// An index is not there.
    #[error("index {0} does not exist")]
    IndexMissing(&'static str),
    /// An index is being built.
    #[error("index {0} is not active")]
    IndexNotActive(&'static str),
    /// An index has another key.
    #[error("index {0} has another key")]
    IndexKey(&'static str),
    /// An index shows more or less than `et` and `s`: it costs too much, or cannot be read.
    #[error("index {0} does not show exactly et and s")]
    IndexProjection(&'static str),
    /// An index holds other vectors: another attribute, other dimensions, another distance.
    #[error("index {0} is not of these vectors")]
    IndexVectors(&'static str),
    /// What has expired stays.
    #[error("expiry by ttl is not switched on")]
    Expiry,
    /// Nothing hears of changes.
    #[error("the stream of new and old images is not switched on")]
    Stream,
    /// It can be deleted by one call.
    #[error("deletion protection is not switched on")]
    DeletionProtection,
    /// It cannot be restored.
    #[error("point-in-time recovery is not switched on")]
    PointInTimeRecovery,
}

impl DynamoTable {
    /// Each thing that is not as it must be; none when the table is right. Protection beyond `options` is no difference.
    ///
    /// # Errors
    ///
    /// [`TableError::Unavailable`] when DynamoDB does not tell.
    pub async fn check_table(&self, options: TableOptions) -> Result<Vec<Difference>, TableError> {
        let Some(table) = self.describe().await? else { return Ok(vec![Difference::TableMissing]) };
        let mut differences = shape(&table).map_err(TableError::unavailable)?;
        if options.vector_index {
            differences.extend(vectors::shape(&table).map_err(TableError::unavailable)?);
        }
        if !self.expires().await? {
            differences.push(Difference::Expiry);
        }
        if options.deletion_protection && table.deletion_protection_enabled() != Some(true) {
            differences.push(Difference::DeletionProtection);
        }
        if options.point_in_time_recovery && !self.recovers().await? {
            differences.push(Difference::PointInTimeRecovery);
        }
        Ok(differences)
    }

    async fn describe(&self) -> Result<Option<TableDescription>, TableError> {
        match self.reader.describe_table().table_name(&self.table).send().await {
            Ok(answer) => Ok(answer.table),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(CallError::of("DescribeTable", &error).not_applied()),
        }
    }

    async fn expires(&self) -> Result<bool, TableError> {
        let call = self.reader.describe_time_to_live().table_name(&self.table);
        let answer =
            call.send().await.map_err(|error| CallError::of("DescribeTimeToLive", &error).not_applied())?;
        Ok(answer.time_to_live_description().is_some_and(|expiry| {
            let on = [&TimeToLiveStatus::Enabled, &TimeToLiveStatus::Enabling];
            expiry.time_to_live_status().is_some_and(|status| on.contains(&status))
                && expiry.attribute_name() == Some(EXPIRY)
        }))
    }

    async fn recovers(&self) -> Result<bool, TableError> {
        let call = self.reader.describe_continuous_backups().table_name(&self.table);
        let answer = call
            .send()
            .await
            .map_err(|error| CallError::of("DescribeContinuousBackups", &error).not_applied())?;
        let status = answer
            .continuous_backups_description()
            .and_then(|backups| backups.point_in_time_recovery_description())
            .and_then(|recovery| recovery.point_in_time_recovery_status());
        Ok(status == Some(&PointInTimeRecoveryStatus::Enabled))
    }
}

fn shape(table: &TableDescription) -> Result<Vec<Difference>, BuildError> {
    let mut differences = Vec::new();
    let mut expect = |holds: bool, difference| {
        if !holds {
            differences.push(difference);
        }
    };
    expect(table.table_status() == Some(&TableStatus::Active), Difference::TableNotActive);
    let billing = table.billing_mode_summary().and_then(|billing| billing.billing_mode());
    expect(billing == Some(&BillingMode::PayPerRequest), Difference::NotOnDemand);
    expect(same_key(table.key_schema(), &key_schema(PARTITION, SORT)?), Difference::TableKey);
    for attribute in key_attributes().chain(vectors::NAMED) {
        let defined =
            table.attribute_definitions().iter().find(|defined| defined.attribute_name() == attribute);
        let is_text = defined.is_none_or(|defined| *defined.attribute_type() == ScalarAttributeType::S);
        expect(is_text, Difference::AttributeType(attribute));
    }
    let images = table.stream_specification().filter(|stream| stream.stream_enabled());
    let both = images.and_then(|stream| stream.stream_view_type()) == Some(&StreamViewType::NewAndOldImages);
    expect(both, Difference::Stream);
    for index in Index::ALL {
        differences.extend(index_shape(table, index)?);
    }
    Ok(differences)
}

fn index_shape(table: &TableDescription, index: Index) -> Result<Vec<Difference>, BuildError> {
    let names = names(index);
    let found = table.global_secondary_indexes().iter().find(|found| found.index_name() == Some(names.name));
    let Some(found) = found else { return Ok(vec![Difference::IndexMissing(names.name)]) };
    let mut differences = Vec::new();
    if found.index_status() != Some(&IndexStatus::Active) {
        differences.push(Difference::IndexNotActive(names.name));
    }
    if !same_key(found.key_schema(), &key_schema(names.partition, names.sort)?) {
        differences.push(Difference::IndexKey(names.name));
    }
    if !shows_what_it_must(found) {
        differences.push(Difference::IndexProjection(names.name));
    }
    Ok(differences)
}

fn same_key(found: &[KeySchemaElement], expected: &[KeySchemaElement]) -> bool {
    found.len() == expected.len() && expected.iter().all(|element| found.contains(element))
}

fn shows_what_it_must(index: &GlobalSecondaryIndexDescription) -> bool {
    index.projection().is_some_and(|projection| {
        let shown = projection.non_key_attributes();
        projection.projection_type() == Some(&ProjectionType::Include)
            && shown.len() == SHOWN.len()
            && SHOWN.iter().all(|attribute| shown.iter().any(|found| found == attribute))
    })
}
