//! `docs/first-steps.md`, command by command.

use std::path::Path;
use std::process::Command;

use khaya_tests::documents;
use khaya_tests::http::{Binary, binary};
use serde_json::Value;

/// The commands of a document: its `sh` blocks, in order.
pub(crate) fn commands(text: &str) -> String {
    let mut script = String::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => {
                script.push_str(line);
                script.push('\n');
            }
            _ => {}
        }
    }
    script
}

/// Runs commands in a folder: whether all went well, what they printed, and what they complained of.
pub(crate) fn run(script: &str, folder: &Path) -> (bool, String, String) {
    let output =
        Command::new("bash").args(["-euo", "pipefail", "-c", script]).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_journey_of_the_first_steps_works_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let text = documents::read("docs/first-steps.md");
    assert!(
        text.contains(concat!(
            "curl -s -X POST http://127.0.0.1:8080/auth/signUp -H \"Content-Type: application/json\" \\\n",
            "  -d '{\"phone\":\"+27812345678\",\"password\":\"test1234\",\"userType\":\"buyer\",\"name\":\"Test User\"}'"
        )),
        "the first command is the product's own example"
    );
    // Passwords cost what they cost in real life. The port is another, so that the test meets no server that runs here.
    let server = Binary::serve(folder.path(), &[("KHAYA_PASSWORD_COST", "12"), ("KHAYA_RATE_LIMITS", "on")]);
    let script = commands(&text).replace("http://127.0.0.1:8080", &server.base);
    assert!(script.contains(&server.base), "no command was found");
    let (succeeded, out, err) = run(&script, folder.path());
    assert!(succeeded, "{out}\n{err}\n{}", server.kill());

    let answers: Vec<Value> = out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let problems: Vec<_> = answers.iter().filter(|answer| answer["type"].is_string()).collect();
    assert!(problems.is_empty(), "{problems:#?}");
    let [
        me,
        suggestion,
        feed,
        search,
        others_bid,
        own_bid,
        asked,
        conversations,
        messages,
        read,
        picture,
        shown,
        summary,
        events,
        bids,
        agreed,
        told,
        job,
        fee,
        paid,
        submitted,
        confirmed,
        statement,
        needed,
        account,
        arrived,
        transactions,
        second,
        third,
        second_statement,
        third_statement,
        review,
    ] = answers.as_slice()
    else {
        panic!("{} answers: {out}", answers.len())
    };
    assert_eq!((&me["role"], &me["phone"]), (&"buyer".into(), &"+27812345678".into()));
    assert_eq!(suggestion["source"], "guide");
    assert!(suggestion["lowPrice"]["amount"].as_i64() < suggestion["highPrice"]["amount"].as_i64());
    assert_eq!(feed["items"][0]["title"], "Geyser is leaking");
    assert_eq!(search["items"][0]["title"], "Geyser is leaking");
    assert_eq!(others_bid["amount"]["amount"], 150_000);
    assert_eq!((own_bid["rank"].as_str(), own_bid["bidCount"].as_u64()), (Some("upper_half"), Some(2)));
    assert_eq!((&asked["number"], &asked["text"]), (&1.into(), &"Can you come before ten?".into()));
    assert_eq!(conversations["items"][0]["unread"], 1);
    assert_eq!(messages["items"][0]["text"], asked["text"]);
    assert_eq!(read["unread"], 0);
    assert_eq!((&picture["ready"], &picture["used"]), (&true.into(), &false.into()));
    assert_eq!((&shown["number"], &shown["files"][0]["id"]), (&2.into(), &picture["id"]));
    assert_eq!((&summary["source"], &summary["upTo"]), (&"extract".into(), &2.into()));
    let seen = std::fs::read(folder.path().join("seen.png")).unwrap();
    let sent = std::fs::read(folder.path().join("leak.png")).unwrap();
    let tells_where = |bytes: &[u8]| bytes.windows(13).any(|window| window == b"taken at home");
    assert!(tells_where(&sent) && !tells_where(&seen) && seen.starts_with(b"\x89PNG"));
    let messages_of = |event: &Value| event["type"] == "message";
    assert_eq!(events["items"].as_array().unwrap().iter().filter(|event| messages_of(event)).count(), 2);
    assert!(out.contains("event: message\n") && out.contains("\"messageNumber\":2"), "{out}");
    assert_eq!(bids["items"].as_array().unwrap().len(), 2);
    assert_eq!(agreed["status"], "awaiting_payment");
    assert!(agreed["payBy"].is_string());
    assert_eq!(told["items"][0]["kind"], "bid_accepted");
    assert_eq!(job["address"]["street"], "12 Vilakazi Street");
    assert_eq!((fee["waived"].as_bool(), fee["workerGets"]["amount"].as_i64()), (Some(true), Some(165_000)));
    assert_eq!(paid["status"], "funded");
    assert_eq!(submitted["status"], "awaiting_confirmation");
    assert!(submitted["confirmBy"].is_string() && submitted["payBy"].is_null());
    assert_eq!(confirmed["status"], "completed");
    assert_eq!(statement["held"]["amount"], 0);
    let movements: Vec<_> =
        statement["lines"].as_array().unwrap().iter().map(|line| line["held"].as_i64()).collect();
    assert_eq!(movements, [Some(165_000), Some(-165_000)]);

    let tells =
        |page: &Value, kind: &str| page["items"].as_array().unwrap().iter().any(|item| item["kind"] == kind);
    assert!(tells(needed, "bank_account_needed"), "{needed}");
    assert_eq!((&account["lastDigits"], &account["hasFailed"]), (&"890".into(), &false.into()));
    assert!(tells(arrived, "payout_arrived"), "{arrived}");
    let kinds: Vec<_> = transactions["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
    assert_eq!(kinds, ["payout", "earning"]);
    let fee_of =
        |earning: &Value| (earning["fee"]["waived"].as_bool(), earning["fee"]["fee"]["amount"].as_i64());
    assert_eq!(fee_of(second), (Some(true), Some(0)));
    assert_eq!(fee_of(third), (Some(false), Some(5_000)));
    assert_eq!(third["transaction"]["amount"]["amount"], 95_000);
    for statement in [second_statement, third_statement] {
        assert_eq!(statement["held"]["amount"], 0);
        let lines = statement["lines"].as_array().unwrap();
        let legs = lines.iter().flat_map(|line| line["legs"].as_array().unwrap());
        assert_eq!(legs.map(|leg| leg["cents"].as_i64().unwrap()).sum::<i64>(), 0);
    }
    assert_eq!(review["stars"], 5);

    // All of it survives a kill.
    let job = job["id"].as_str().unwrap().to_owned();
    server.kill();
    let proof = Command::new(binary())
        .current_dir(folder.path())
        .env_clear()
        .args(["books", "prove"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&proof.stdout).into_owned();
    assert!(proof.status.success() && said.contains("The books hold"), "{said}");
    let server = Binary::serve(folder.path(), &[]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let buyer = server.sign_in("0812345678").await;
        let kept = server.get(&format!("/jobs/{job}")).by(&buyer).send().await.expect(200);
        assert_eq!(kept["status"], "completed");
        assert_eq!(kept["agreement"], agreed["agreement"]);
    });
}
