//! What calls have consumed, as DynamoDB's answers tell it. A call that failed tells nothing, though it may cost.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::ConsumedCapacity;
use khaya_ports::table::Consumption;

/// Totals since the table was opened. Each is counted on its own; together they are no snapshot.
#[derive(Debug, Default)]
pub(super) struct Meter {
    reads: AtomicU64,
    writes: AtomicU64,
    read_half_units: AtomicU64,
    write_units: AtomicU64,
}

impl Meter {
    /// A reading call goes out.
    pub(super) fn reading(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    /// A writing call goes out. Each attempt counts: each is one at DynamoDB's end.
    pub(super) fn writing(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    /// What a reading call was answered to have cost.
    pub(super) fn read<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        for capacity in consumed {
            self.add_read(capacity.capacity_units());
        }
    }

    /// What a writing call was answered to have cost. A transaction that is replayed under its token costs reads
    /// (API Reference, `TransactWriteItems`, "Idempotency"), and then says so.
    pub(super) fn wrote<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        for capacity in consumed {
            match (capacity.read_capacity_units(), capacity.write_capacity_units()) {
                (None, None) => self.add_write(capacity.capacity_units()),
                (read, write) => {
                    self.add_read(read);
                    self.add_write(write);
                }
            }
        }
    }

    /// The totals so far.
    pub(super) fn total(&self) -> Consumption {
        Consumption {
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            read_half_units: self.read_half_units.load(Ordering::Relaxed),
            write_units: self.write_units.load(Ordering::Relaxed),
        }
    }

    fn add_read(&self, units: Option<f64>) {
        self.read_half_units.fetch_add(whole(units.unwrap_or_default() * 2.0), Ordering::Relaxed);
    }

    fn add_write(&self, units: Option<f64>) {
        self.write_units.fetch_add(whole(units.unwrap_or_default()), Ordering::Relaxed);
    }
}

/// Units come as floating point and are whole: halves for reads, ones for writes.
fn whole(units: f64) -> u64 {
    units.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_read_units_are_kept() {
        let meter = Meter::default();
        meter.read(&Some(ConsumedCapacity::builder().capacity_units(0.5).build()));
        meter.read(&Some(ConsumedCapacity::builder().capacity_units(1.5).build()));
        assert_eq!(meter.total().read_half_units, 4);
    }

    #[test]
    fn a_replayed_transaction_counts_as_reads() {
        let meter = Meter::default();
        meter.wrote(&[ConsumedCapacity::builder().capacity_units(4.0).read_capacity_units(4.0).build()]);
        assert_eq!((meter.total().read_half_units, meter.total().write_units), (8, 0));
    }

    #[test]
    fn a_plain_write_counts_its_units() {
        let meter = Meter::default();
        meter.wrote(&Some(ConsumedCapacity::builder().capacity_units(3.0).build()));
        assert_eq!(meter.total().write_units, 3);
    }
}
