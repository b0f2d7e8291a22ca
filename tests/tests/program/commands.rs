//! The command line: what it says when all is well, and what when not.

use std::path::Path;
use std::process::{Command, Output};

use khaya_adapters_aws::search::VectorSearch;
use khaya_domain::text::SearchText;
use khaya_ports::search::{JobSearch as _, SearchFilter};
use khaya_tests::http::{Binary, PASSWORD, Person, binary};

fn run(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(binary());
    command.current_dir(folder).env_clear().args(arguments).envs(settings.iter().copied());
    command.output().unwrap()
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_set_starts_everything_and_says_where() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serve(folder.path(), &[]);
    let said = server.said().join("\n");
    for place in ["/docs", "/openapi.json", "/dev/inbox", "khaya-data/khaya.sqlite"] {
        assert!(said.contains(place), "{said}");
    }
    for place in ["/docs/", "/openapi.json", "/dev/inbox", "/health/ready"] {
        assert_eq!(server.get(place).send().await.status, 200, "{place}");
    }
    let page = server.get("/dev/inbox").header("accept", "text/html").send().await;
    assert!(page.header("content-type").starts_with("text/html"));
    let logs = server.terminate();
    assert!(!logs.contains("WARN") && !logs.contains("ERROR"), "it ends in order: {logs}");
}

#[test]
fn a_port_that_is_taken_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let server = Binary::serve(folder.path(), &[]);
    let address = server.base.trim_start_matches("http://");
    let second = run(folder.path(), &[], &[("KHAYA_BIND", address)]);
    let (_, err) = said(&second);
    assert!(!second.status.success());
    assert_eq!(
        err.trim(),
        format!(
            "{address} is in use: stop what listens there, or set KHAYA_BIND to another address, such as 127.0.0.1:8081"
        )
    );
}

#[test]
fn two_servers_on_one_data_folder_are_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let _server = Binary::serve(folder.path(), &[]);
    let second = run(folder.path(), &["serve"], &[("KHAYA_BIND", "127.0.0.1:0")]);
    let (_, err) = said(&second);
    assert!(!second.status.success());
    assert!(err.contains("the database file is in use by another process: stop that one first"), "{err}");
}

#[test]
fn production_refuses_everything_that_is_local_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), &[], &[("ENVIRONMENT", "production"), ("KHAYA_RATE_LIMITS", "off")]);
    let (_, err) = said(&refused);
    assert!(!refused.status.success());
    for name in ["KHAYA_STORE", "KHAYA_TEXTS", "KHAYA_METRICS_TOKEN", "KHAYA_RATE_LIMITS", "JWT_SECRET"] {
        assert!(err.contains(&format!("  - {name}")), "{name} is missing:\n{err}");
    }
    assert!(!folder.path().join("khaya-data").exists(), "nothing was made");
}

#[test]
fn a_damaged_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("khaya-data/khaya.sqlite");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let damage = b"this is no database, and long enough to look like one".repeat(200);
    std::fs::write(&file, &damage).unwrap();
    let refused = run(folder.path(), &[], &[("KHAYA_BIND", "127.0.0.1:0")]);
    let (_, err) = said(&refused);
    assert!(!refused.status.success());
    assert!(err.contains("restore a backup"), "{err}");
    assert_eq!(std::fs::read(&file).unwrap(), damage);
}

#[test]
fn the_description_is_printed_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let (out, _) = said(&run(folder.path(), &["openapi"], &[]));
    let description: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(description["openapi"], "3.1.0");
    assert!(!folder.path().join("khaya-data").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_is_made_on_the_command_line_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let cost = ("KHAYA_PASSWORD_COST", "4");
    let arguments = ["admin", "create", "--phone", "0839999999", "--name", "Admin"];
    let refused = run(
        folder.path(),
        &["admin", "create", "--phone", "011", "--name", ""],
        &[("KHAYA_ADMIN_PASSWORD", "x"), cost],
    );
    let (_, err) = said(&refused);
    for field in ["--phone: ", "--name: ", "the password: "] {
        assert!(err.contains(field), "{err}");
    }
    let made = run(folder.path(), &arguments, &[("KHAYA_ADMIN_PASSWORD", PASSWORD), cost]);
    let (out, err) = said(&made);
    assert!(made.status.success() && out.contains("can sign in now"), "{out}{err}");
    let again = run(folder.path(), &arguments, &[("KHAYA_ADMIN_PASSWORD", PASSWORD), cost]);
    assert!(!again.status.success());
    let server = Binary::serve(folder.path(), &[]);
    let admin: Person = server.sign_in("0839999999").await;
    server.get("/admin/events/parked").by(&admin).send().await.expect(200);
    let (phone, address) = server.newcomer();
    assert_eq!(server.sign_up(&phone, &address, "admin").await.problem(422), "invalid_input");
}

#[tokio::test(flavor = "multi_thread")]
async fn demonstration_data_can_be_seeded_twice() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let seeded = run(folder.path(), &["demo", "seed"], &[("KHAYA_PASSWORD_COST", "4")]);
        let (out, err) = said(&seeded);
        assert!(seeded.status.success() && out.contains("0821110001"), "{out}{err}");
    }
    let server = Binary::serve(folder.path(), &[]);
    let feed = server.get("/jobs").send().await.expect(200);
    assert_eq!(feed["items"].as_array().unwrap().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_finishes_what_runs() {
    let folder = tempfile::tempdir().unwrap();
    // At this cost a sign-up takes a while.
    let server = Binary::serve(folder.path(), &[("KHAYA_PASSWORD_COST", "13")]);
    let (phone, address) = server.newcomer();
    let (sent, ()) = tokio::join!(server.sign_up(&phone, &address, "buyer"), async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let told = Command::new("kill").args(["-TERM", &server.id().to_string()]).status();
        assert!(told.unwrap().success());
    });
    sent.expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_is_made_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let engine = khaya_tests::dynamodb::start().await;
    let settings = [("DYNAMODB_TABLE", "made-here"), ("KHAYA_DYNAMODB_ENDPOINT", engine.endpoint())];
    let (_, err) = said(&run(folder.path(), &["table", "check"], &[]));
    assert!(err.contains("  - DYNAMODB_TABLE must be set"), "{err}");
    let missing = run(folder.path(), &["table", "check"], &settings);
    let (_, err) = said(&missing);
    assert!(!missing.status.success() && err.contains("  - the table does not exist"), "{err}");
    let (out, err) = said(&run(folder.path(), &["table", "create", "--throwaway"], &settings));
    assert_eq!(out.trim(), "The table made-here is made and serves.", "{err}");
    let (out, err) = said(&run(folder.path(), &["table", "check", "--throwaway"], &settings));
    assert_eq!(out.trim(), "The table made-here is as it must be.", "{err}");
    let bare = run(folder.path(), &["table", "check"], &settings);
    let (_, err) = said(&bare);
    // The engine of the tests knows of no backups. What nobody tells is no yes.
    assert!(!bare.status.success() && err.contains("DescribeContinuousBackups"), "{err}");
    let (_, err) = said(&run(folder.path(), &["table", "create", "--throwaway"], &settings));
    assert!(err.contains("cannot be opened"), "a second one is refused: {err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_switched_on_later_is_filled_with_what_was_there_before() {
    let folder = tempfile::tempdir().unwrap();
    let engine = khaya_tests::dynamodb::start().await;
    let settings = [
        ("KHAYA_STORE", "dynamodb"),
        ("DYNAMODB_TABLE", khaya_tests::dynamodb::TABLE),
        ("KHAYA_DYNAMODB_ENDPOINT", engine.endpoint()),
        ("KHAYA_PASSWORD_COST", "4"),
        ("KHAYA_SEARCH", "dynamodb"),
    ];
    let (rest, before) = settings.split_last().map(|(last, before)| (*last, before)).unwrap();
    let (out, err) = said(&run(folder.path(), &["demo", "seed"], before));
    assert!(out.contains("0821110001"), "{out}{err}");
    let (_, err) = said(&run(folder.path(), &["search", "fill"], before));
    assert!(err.contains("nothing to fill"), "{err}");
    let settings = [before, &[rest]].concat();
    let table = khaya_tests::dynamodb::settings(khaya_tests::dynamodb::TABLE, engine.endpoint());
    let index = VectorSearch::connect(table).await;
    let (text, any) = (SearchText::parse("gyser").unwrap(), SearchFilter::default());
    assert_eq!(index.search(&text, &any, None, 10).await.unwrap(), []);
    // No server runs: no event is handled.
    let (out, err) = said(&run(folder.path(), &["search", "fill"], &settings));
    assert_eq!(out.trim(), "3 open jobs are in the index.", "{err}");
    assert!(!index.search(&text, &any, None, 10).await.unwrap().is_empty());
}
