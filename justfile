# What CI runs, by name. `just` is a convenience: every recipe is one command that works without it.

default: test

test:
    cargo test --workspace

format:
    cargo fmt --all

lint:
    cargo clippy --workspace --all-targets -- -D warnings

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

licences:
    cargo deny check bans licenses sources

# Writes the documents that are made from the code.
documents:
    KHAYA_UPDATE_DOCUMENTS=1 cargo test -p khaya-tests --test api --test app

# The long suites: fifty kills, many more random cases.
slow:
    KHAYA_KILLS=50 cargo test --release -p khaya-tests --test program kills -- --nocapture
    KHAYA_MODEL_CASES=1000 cargo test --release -p khaya-tests --test table_model

# Prints ratios; docs/performance.md says what they mean.
bench:
    cargo bench --workspace
