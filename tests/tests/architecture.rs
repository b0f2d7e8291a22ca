//! The crates depend on each other as `docs/architecture.md` says, and on nothing that their room has no place for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .exec()
        .unwrap()
}

/// What a crate needs to be used; what its tests need is another matter.
fn needs(package: &Package) -> BTreeSet<String> {
    let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
    normal.map(|dependency| dependency.name.clone()).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Which crates of the house each may depend on.
const EDGES: [(&str, &[&str]); 10] = [
    ("khaya-domain", &[]),
    ("khaya-ports", &["khaya-domain"]),
    ("khaya-app", &["khaya-domain", "khaya-ports"]),
    // What jobs and queries say: both adapters of the search use it.
    ("khaya-search", &["khaya-domain", "khaya-ports"]),
    ("khaya-adapters-local", &["khaya-domain", "khaya-ports", "khaya-search"]),
    ("khaya-adapters-aws", &["khaya-domain", "khaya-ports", "khaya-search"]),
    ("khaya-adapters-http", &["khaya-domain", "khaya-ports"]),
    (
        "khaya-api",
        &[
            "khaya-adapters-aws",
            "khaya-adapters-http",
            "khaya-adapters-local",
            "khaya-app",
            "khaya-domain",
            "khaya-ports",
        ],
    ),
    // The same parts, started by other events: it reaches the adapters through the shell's wiring only.
    ("khaya-lambda", &["khaya-api", "khaya-app", "khaya-ports"]),
    // Tests may use everything.
    (
        "khaya-tests",
        &[
            "khaya-adapters-aws",
            "khaya-adapters-http",
            "khaya-adapters-local",
            "khaya-api",
            "khaya-app",
            "khaya-domain",
            "khaya-ports",
        ],
    ),
];

#[test]
fn arrows_point_inward_only() {
    let metadata = metadata();
    let allowed: BTreeMap<_, _> = EDGES.iter().map(|(name, edges)| (*name, names(edges))).collect();
    let mut seen = BTreeSet::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        seen.insert(name.to_owned());
        let own: BTreeSet<_> = needs(package).into_iter().filter(|need| need.starts_with("khaya-")).collect();
        let allowed = allowed.get(name).cloned().unwrap_or_default();
        let beyond: Vec<_> = own.difference(&allowed).collect();
        assert!(beyond.is_empty(), "{name} must not depend on {beyond:?}");
    }
    assert_eq!(seen, EDGES.iter().map(|(name, _)| (*name).to_owned()).collect(), "a crate without a place");
}

/// What the inner crates may use of others. A longer list is a decision: write it down in `docs/decisions/`.
const FOREIGN: [(&str, &[&str]); 3] = [
    ("khaya-domain", &["chrono", "rust_decimal", "serde", "subtle", "thiserror", "uuid"]),
    (
        "khaya-ports",
        &["async-trait", "chrono", "mockall", "secrecy", "serde", "serde_json", "thiserror", "uuid"],
    ),
    (
        "khaya-app",
        &[
            "base64",
            "chrono",
            "futures",
            "hmac",
            "img-parts",
            "kamadak-exif",
            "secrecy",
            "serde",
            "serde_json",
            "sha2",
            "subtle",
            "thiserror",
            "tracing",
            "uuid",
        ],
    ),
];

#[test]
fn the_inner_crates_use_nothing_that_does_input_or_output() {
    let metadata = metadata();
    for (name, allowed) in FOREIGN {
        let package =
            metadata.workspace_packages().into_iter().find(|package| package.name.as_str() == name).unwrap();
        let foreign: BTreeSet<_> =
            needs(package).into_iter().filter(|need| !need.starts_with("khaya-")).collect();
        let allowed = names(allowed);
        let beyond: Vec<_> = foreign.difference(&allowed).collect();
        assert!(beyond.is_empty(), "{name} must not depend on {beyond:?}");
    }
}

#[test]
fn only_the_composition_root_names_an_adapter() {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../khaya-api/src");
    let mut folders = vec![std::path::PathBuf::from(source)];
    let mut elsewhere = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let place = path.strip_prefix(source).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read_to_string(&path).unwrap().contains("khaya_adapters_") {
                elsewhere.push(place);
            }
        }
    }
    elsewhere.sort();
    // The settings carry those of Twilio and Paystack, the inbox and the checkout of development and the files on this
    // machine are served by routes of their own, streams listen to the hub of this process, the simulated provider is at work beside the server, and the local secret is drawn before anything is wired.
    let known = [
        "commands/table.rs",
        "config/mod.rs",
        "config/outside.rs",
        "config/providers.rs",
        "config/secrets.rs",
        "config/stores.rs",
        "live.rs",
        "routes/dev.rs",
        "routes/file_store.rs",
        "simulation.rs",
        "state.rs",
        "wiring/mod.rs",
        "wiring/outside.rs",
    ];
    assert_eq!(elsewhere, known);
}
