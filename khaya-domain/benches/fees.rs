//! How long it takes to work out a fee: every preview and every release does it.

use criterion::{Criterion, criterion_group, criterion_main};
use khaya_domain::{fees::quote, money::Money, policy::FeePolicy};
use std::hint::black_box;

fn quote_a_fee(c: &mut Criterion) {
    let policy = FeePolicy::default();
    let amount = Money::MAX;
    c.bench_function("quote a fee", |bencher| {
        bencher.iter(|| quote(black_box(amount), black_box(2), black_box(&policy)));
    });
}

criterion_group!(benches, quote_a_fee);
criterion_main!(benches);
