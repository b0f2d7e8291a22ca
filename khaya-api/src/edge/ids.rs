//! Ids of requests and traces. They tell requests apart and guard nothing, so they need no cryptographic source and no
//! call of the operating system for each: a random start, and a permutation of a counter (SplitMix64, Steele, Lea and
//! Flood 2014).

use std::sync::atomic::{AtomicU64, Ordering};

use khaya_ports::random::{Random, RandomExt};

/// Makes ids that this process, and by its random start any other, never makes twice.
pub struct RequestIds {
    start: u64,
    counter: AtomicU64,
}

/// The odd constant that SplitMix64 steps by.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl RequestIds {
    /// A sequence with a random start.
    pub fn new(random: &dyn Random) -> Self {
        Self {
            start: u64::from_be_bytes(random.bytes()),
            counter: AtomicU64::new(u64::from_be_bytes(random.bytes())),
        }
    }

    /// 32 hexadecimal digits, not all of them zero.
    pub fn next(&self) -> String {
        let number = self.counter.fetch_add(STEP, Ordering::Relaxed);
        let (first, second) = (mixed(number ^ self.start), mixed(number));
        hex::encode([first.to_be_bytes(), (second | 1).to_be_bytes()].concat())
    }
}

fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Random for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    #[test]
    fn no_id_comes_twice() {
        let ids = RequestIds::new(&Zeros);
        let seen: std::collections::HashSet<_> = (0..10_000).map(|_| ids.next()).collect();
        assert_eq!(seen.len(), 10_000);
        assert!(seen.iter().all(|id| id.len() == 32 && id.bytes().any(|digit| digit != b'0')));
    }
}
