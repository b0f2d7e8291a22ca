//! Secrets: whether one is strong, and the one that local development makes for itself.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use khaya_adapters_local::random::SystemRandom;
use khaya_ports::random::RandomExt;
use secrecy::SecretString;

/// The fewest bytes of a secret.
const LEAST_BYTES: usize = 32;
/// The fewest different characters of a secret in production.
const LEAST_DIFFERENT: usize = 12;
/// Words of secrets that somebody copied from an example.
const EXAMPLE_WORDS: [&str; 6] = ["change", "example", "secret", "password", "khaya", "12345678"];

/// What is wrong with a secret; `None` when it will do.
pub(super) fn weakness(secret: &str, in_production: bool) -> Option<&'static str> {
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
pub(super) fn fresh() -> SecretString {
    hex::encode(SystemRandom.bytes::<32>()).into()
}

/// The secret of this data folder; made at first use, readable by its owner only.
pub(super) fn local(data: &Path) -> io::Result<SecretString> {
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
