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
    KHAYA_SIMULATION_SEEDS=10000 cargo test --release -p khaya-tests --test simulation no_rule -- --nocapture
    KHAYA_SWEEP=all cargo test --release -p khaya-tests --test sweep -- --nocapture

# A year of a crowd, on a virtual clock.
simulate seed="1" days="365":
    cargo run --release -p khaya-tests --bin simulate -- --seed {{seed}} --days {{days}} --outcomes

# Two hundred users before the program itself: `just load`, `just load --store dynamodb`, `just load --url https://...`.
load *arguments:
    cargo run --release -p khaya-tests --bin load -- {{arguments}}

# The adapter of Paystack against its description of its API.
contract spec:
    .ci/contract {{spec}}

# The adapters of S3, SNS, SES, EventBridge and Cognito against an emulator. Needs Python 3.
moto:
    .ci/moto

# The template of AWS, without an account.
infra:
    infra/check

# Prints ratios; docs/performance.md says what they mean.
bench:
    cargo bench --workspace
