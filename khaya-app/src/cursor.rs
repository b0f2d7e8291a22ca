//! Cursors: where a list goes on, sealed so that a client can carry them but neither read nor make them.
//!
//! A cursor is bound to its list, its filters and, where the list is somebody's, to that somebody: with any other it is
//! [`Code::InvalidCursor`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use khaya_ports::table::{Key, Position};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::error::{AppError, Code};
use crate::keys::{KeyPurpose, Keys};

const SEAL_BYTES: usize = 16;

#[derive(Serialize, Deserialize)]
struct Place(String, String, String);

/// Seals a position for one scope: the list's name, its filters, and whose it is.
pub(crate) fn seal(keys: &Keys, scope: &str, position: &Position) -> Result<String, AppError> {
    let place = Place(position.sort.clone(), position.key.partition.clone(), position.key.sort.clone());
    let text = serde_json::to_vec(&place).map_err(|error| AppError::caused(Code::Internal, error))?;
    let seal = keys.mac(KeyPurpose::Cursor, &[scope.as_bytes(), &text]);
    let mut bytes = seal.get(..SEAL_BYTES).unwrap_or_default().to_vec();
    bytes.extend_from_slice(&text);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Opens a cursor of the same scope.
pub(crate) fn open(keys: &Keys, scope: &str, cursor: Option<&str>) -> Result<Option<Position>, AppError> {
    cursor.map(|cursor| open_sealed(keys, scope, cursor).ok_or_else(refusal)).transpose()
}

fn open_sealed(keys: &Keys, scope: &str, cursor: &str) -> Option<Position> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (seal, text) = bytes.split_at_checked(SEAL_BYTES)?;
    let expected = keys.mac(KeyPurpose::Cursor, &[scope.as_bytes(), text]);
    if !bool::from(expected.get(..SEAL_BYTES)?.ct_eq(seal)) {
        return None;
    }
    let Place(sort, partition, document_sort) = serde_json::from_slice(text).ok()?;
    Some(Position { sort, key: Key::new(partition, document_sort) })
}

fn refusal() -> AppError {
    AppError::new(
        Code::InvalidCursor,
        "This cursor is not one that this list gave you for these filters. Begin again without a cursor.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position() -> Position {
        Position { sort: "0001#a".to_owned(), key: Key::new("J#a", "JOB") }
    }

    fn keys(secret: &str) -> Keys {
        Keys::derive(secret.to_owned().into())
    }

    #[test]
    fn a_cursor_opens_in_its_own_scope_only() {
        let keys = keys("a secret of thirty-two bytes or more");
        let cursor = seal(&keys, "jobs|open", &position()).unwrap();
        assert_eq!(open(&keys, "jobs|open", Some(&cursor)).unwrap(), Some(position()));
        assert_eq!(open(&keys, "jobs|mine", Some(&cursor)).unwrap_err().code, Code::InvalidCursor);
    }

    #[test]
    fn a_cursor_that_was_changed_by_one_character_is_refused() {
        let keys = keys("a secret of thirty-two bytes or more");
        let cursor = seal(&keys, "s", &position()).unwrap();
        for index in 0..cursor.len() {
            let mut forged = cursor.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(open(&keys, "s", Some(&forged)).is_err(), "position {index}");
        }
    }

    #[test]
    fn nonsense_is_refused_without_a_panic() {
        let keys = keys("a secret of thirty-two bytes or more");
        for nonsense in ["", "A", "!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\u{1F600}"] {
            assert!(open(&keys, "s", Some(nonsense)).is_err(), "{nonsense}");
        }
    }
}
