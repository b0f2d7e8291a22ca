//! Where state is kept.

use std::path::Path;

use khaya_adapters_aws::table::DynamoSettings;

use super::reader::Reader;
use super::{ConfigError, StoreSettings, Variables};

#[derive(Clone, Copy)]
enum Engine {
    Memory,
    Sqlite,
    Dynamodb,
}

pub(super) fn store(reader: &mut Reader<'_>, data: &Path, in_production: bool) -> StoreSettings {
    if in_production && reader.get("KHAYA_STORE").is_none() {
        reader.refuse("KHAYA_STORE must be set: in production the store is chosen, dynamodb or sqlite");
    }
    let words = [("sqlite", Engine::Sqlite), ("memory", Engine::Memory), ("dynamodb", Engine::Dynamodb)];
    let chosen = reader.chosen("KHAYA_STORE", &words, Engine::Sqlite);
    if reader.get("DYNAMODB_TABLE").is_some() && !matches!(chosen, Engine::Dynamodb) {
        reader.refuse("DYNAMODB_TABLE names a table, and KHAYA_STORE is not dynamodb: set KHAYA_STORE=dynamodb, or no table");
    }
    match chosen {
        Engine::Memory => {
            if in_production {
                reader.refuse(
                    "KHAYA_STORE=memory loses everything when the process ends: use dynamodb or sqlite",
                );
            }
            StoreSettings::Memory
        }
        Engine::Sqlite => StoreSettings::Sqlite { path: data.join("khaya.sqlite") },
        Engine::Dynamodb => {
            let Table { table, region, endpoint } = table(reader, in_production);
            let is_made = endpoint.is_some() && !in_production;
            StoreSettings::Dynamodb { table, region, endpoint, is_made }
        }
    }
}

/// Where a table is.
struct Table {
    table: String,
    region: Option<String>,
    endpoint: Option<String>,
}

fn table(reader: &mut Reader<'_>, in_production: bool) -> Table {
    let endpoint = reader.get("KHAYA_DYNAMODB_ENDPOINT").map(str::to_owned);
    if let Some(endpoint) = &endpoint {
        reader.must_be_safe("KHAYA_DYNAMODB_ENDPOINT", endpoint, in_production);
    }
    let table = reader.required("DYNAMODB_TABLE", "the name of the table that KHAYA_STORE=dynamodb uses");
    Table { table, region: reader.get("AWS_REGION").map(str::to_owned), endpoint }
}

/// The table alone, for commands that work on it before anything else is set up.
pub(super) fn dynamodb(variables: &Variables) -> Result<DynamoSettings, ConfigError> {
    let mut reader = Reader::new(variables);
    let Table { table, region, endpoint } = table(&mut reader, false);
    reader.finish()?;
    Ok(super::dynamo_settings(&table, region, endpoint))
}
