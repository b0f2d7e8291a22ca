//! Secrets: whether one is strong, the one that local development makes for itself, and what guessing a password costs.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use khaya_adapters_local::random::SystemRandom;
use khaya_ports::random::RandomExt;
use secrecy::SecretString;

use super::StoreSettings;
use super::reader::Reader;

/// The fewest bytes of a secret.
const LEAST_BYTES: usize = 32;
/// The fewest different characters of a secret in production.
const LEAST_DIFFERENT: usize = 12;
/// Words of secrets that somebody copied from an example.
const EXAMPLE_WORDS: [&str; 6] = ["change", "example", "secret", "password", "khaya", "12345678"];

/// What is wrong with a secret; `None` when it will do.
fn weakness(secret: &str, in_production: bool) -> Option<&'static str> {
    if secret.len() < LEAST_BYTES {
        return Some("is too short: it must have at least 32 bytes");
    }
    if !in_production {
        return None;
    }
    let lower = secret.to_lowercase();
    let different = secret.chars().collect::<std::collections::HashSet<_>>().len();
    if different < LEAST_DIFFERENT || EXAMPLE_WORDS.iter().any(|word| lower.contains(word)) {
        return Some("looks like an example, not like random bytes: make one with `openssl rand -base64 48`");
    }
    None
}

/// A new secret.
fn fresh() -> SecretString {
    hex::encode(SystemRandom.bytes::<32>()).into()
}

/// The secret of this data folder; made at first use, readable by its owner only.
fn local(data: &Path) -> io::Result<SecretString> {
    let path = data.join("secret");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim().to_owned().into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(data)?;
            let secret = hex::encode(SystemRandom.bytes::<32>());
            match create(&path)
                .and_then(|mut file| file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()))
            {
                Ok(()) => Ok(secret.into()),
                // Another process made it at the same moment: its secret is the one.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    Ok(fs::read_to_string(&path)?.trim().to_owned().into())
                }
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)
}

/// What tokens are signed with, and what they were signed with before. Called last: it may make a file.
pub(super) fn tokens(
    reader: &mut Reader<'_>,
    store: &StoreSettings,
    data: &Path,
    in_production: bool,
) -> (SecretString, Option<SecretString>) {
    let previous = reader.get("JWT_SECRET_PREVIOUS").map(str::to_owned);
    // Tokens of both are believed: a weak one that was replaced is as good to who guesses it as before.
    if let Some(weakness) = previous.as_deref().and_then(|secret| weakness(secret, in_production)) {
        reader.refuse(format!("JWT_SECRET_PREVIOUS {weakness}"));
    }
    // The functions of Lambda have no folder in common.
    let must_be_given = in_production || reader.get("AWS_LAMBDA_FUNCTION_NAME").is_some();
    let secret = match reader.get("JWT_SECRET") {
        Some(secret) => {
            if let Some(weakness) = weakness(secret, in_production) {
                reader.refuse(format!("JWT_SECRET {weakness}"));
            }
            if previous.as_deref() == Some(secret) {
                reader.refuse("JWT_SECRET_PREVIOUS must be the secret before JWT_SECRET, or not be set");
            }
            Some(secret.to_owned().into())
        }
        None if must_be_given => {
            reader.refuse(
                "JWT_SECRET must be set: at least 32 random bytes, such as `openssl rand -base64 48` prints",
            );
            None
        }
        None if reader.has_refused() => None,
        None => {
            let made = match store {
                StoreSettings::Memory => Ok(fresh()),
                StoreSettings::Sqlite { .. } | StoreSettings::Dynamodb { .. } => local(data),
            };
            made.map_err(|error| reader.refuse(format!("the local secret in {}: {error}", data.display())))
                .ok()
        }
    };
    (secret.unwrap_or_default(), previous.map(SecretString::from))
}

/// The least cost in production, and the usual one.
const PASSWORD_COST: u32 = 12;

pub(super) fn password_cost(reader: &mut Reader<'_>, in_production: bool) -> u32 {
    let cost = reader.parsed("KHAYA_PASSWORD_COST", PASSWORD_COST, "a number from 4 to 16");
    if !(4..=16).contains(&cost) {
        reader.refuse("KHAYA_PASSWORD_COST must be a number from 4 to 16");
    } else if in_production && cost < PASSWORD_COST {
        reader.refuse(format!("KHAYA_PASSWORD_COST must be at least {PASSWORD_COST} in production"));
    }
    cost
}
