//! The ids that clients gave the last messages of a conversation, kept in its own record: most resends are of one of these,
//! and a record for each id costs as much as the message itself. An id that leaves here gets one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use khaya_domain::conversation::Author;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many are kept. With them, and names as most people have them, a conversation's item stays under the 1 KB up to which
/// DynamoDB charges the least.
const KEPT: usize = 10;

/// The last ids, oldest first, as one text: for each a letter for its author and the id in base64.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RecentIds(String);

/// How long one of them is.
const LENGTH: usize = 23;

fn encoded(author: Author, id: Uuid) -> String {
    let letter = match author {
        Author::Buyer => 'B',
        Author::Worker => 'W',
        Author::Khaya => 'K',
    };
    format!("{letter}{}", URL_SAFE_NO_PAD.encode(id.as_bytes()))
}

fn decoded(one: &str) -> Option<(Author, Uuid)> {
    let (letter, id) = one.split_at_checked(1)?;
    let author = match letter {
        "B" => Author::Buyer,
        "W" => Author::Worker,
        "K" => Author::Khaya,
        _ => return None,
    };
    Some((author, Uuid::from_slice(&URL_SAFE_NO_PAD.decode(id).ok()?).ok()?))
}

impl RecentIds {
    fn all(&self) -> impl DoubleEndedIterator<Item = &str> {
        (0..self.0.len() / LENGTH).filter_map(|place| self.0.get(place * LENGTH..(place + 1) * LENGTH))
    }

    /// The number of the message with this id, when it is one of these; the last of them has the number `last`.
    pub(crate) fn find(&self, author: Author, id: Uuid, last: u64) -> Option<u64> {
        let wanted = encoded(author, id);
        let back = self.all().rev().position(|one| one == wanted)?;
        last.checked_sub(u64::try_from(back).ok()?)
    }

    /// Adds the id of the next message. The oldest may leave for it, with the number it has when the next one's is `number`.
    pub(crate) fn push(&self, author: Author, id: Uuid, number: u64) -> (Self, Option<(Author, Uuid, u64)>) {
        let mut all: Vec<&str> = self.all().collect();
        let one = encoded(author, id);
        all.push(&one);
        let mut leaves = None;
        if all.len() > KEPT {
            let (author, id) = decoded(all.remove(0)).unzip();
            leaves = author.zip(id).map(|(author, id)| (author, id, number.saturating_sub(KEPT as u64)));
        }
        (Self(all.concat()), leaves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_under_its_number_until_it_leaves_and_leaves_with_it() {
        let mut ids = RecentIds::default();
        for number in 1..=40_u64 {
            let (author, id) = (AUTHORS[number as usize % 3], Uuid::from_u128(u128::from(number)));
            let (next, leaves) = ids.push(author, id, number);
            ids = next;
            let oldest = number.saturating_sub(KEPT as u64);
            assert_eq!(leaves.map(|(_, _, number)| number), (oldest > 0).then_some(oldest));
            if let Some((author, id, oldest)) = leaves {
                assert_eq!((author, id), (AUTHORS[oldest as usize % 3], Uuid::from_u128(u128::from(oldest))));
            }
            for asked in 1..=number {
                let (author, id) = (AUTHORS[asked as usize % 3], Uuid::from_u128(u128::from(asked)));
                assert_eq!(ids.find(author, id, number), (asked > oldest).then_some(asked));
                assert_eq!(ids.find(AUTHORS[(asked as usize + 1) % 3], id, number), None, "another's id");
            }
        }
    }

    const AUTHORS: [Author; 3] = [Author::Buyer, Author::Worker, Author::Khaya];
}
