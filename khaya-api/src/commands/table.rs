//! `table create` and `table check`: the table on DynamoDB as it must be.

use std::io::{self, Write};

use khaya_adapters_aws::table::{DynamoTable, TableOptions};

use super::TableCommand;
use super::run::CommandError;
use crate::config::{StoreSettings, Variables};
use crate::wiring;

/// Makes the table, or says how it differs. The settings are the table's own: nothing else need be set up yet.
pub(super) async fn run(variables: &Variables, command: TableCommand) -> Result<(), CommandError> {
    let settings = StoreSettings::of_table(variables)?;
    let name = settings.table.clone();
    let table = DynamoTable::connect(settings).await;
    // Some local engines know no vectors; what is thrown away has the index when something searches it.
    let vector_index = variables.get("KHAYA_SEARCH") == Some("dynamodb");
    let options = |throwaway| match throwaway {
        true => TableOptions { vector_index, ..TableOptions::THROWAWAY },
        false => TableOptions::PRODUCTION,
    };
    match command {
        TableCommand::Create { throwaway } => {
            table.create_table(options(throwaway)).await.map_err(wiring::WiringError::Store)?;
            writeln!(io::stdout(), "The table {name} is made and serves.")?;
            Ok(())
        }
        TableCommand::Check { throwaway } => {
            let found = table.check_table(options(throwaway)).await.map_err(wiring::WiringError::Store)?;
            if found.is_empty() {
                writeln!(io::stdout(), "The table {name} is as it must be.")?;
                return Ok(());
            }
            let found: Vec<_> = found.iter().map(|difference| format!("  - {difference}")).collect();
            Err(format!("The table {name} is not as it must be:\n{}", found.join("\n")).into())
        }
    }
}
