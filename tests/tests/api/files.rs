//! Files over HTTP: the store takes what was signed for and nothing else, and serves it to those who have a link.

use khaya_tests::engines::Engine;
use khaya_tests::files::png;
use khaya_tests::http::{TestServer, files::announcement};
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_announced_sent_completed_used_and_fetched() {
    for engine in Engine::ALL {
        let server = TestServer::start(engine).await;
        let (buyer, worker) = (server.person("buyer").await, server.person("worker").await);
        let job = server.job_of(&buyer).await;
        let bid = server.bid_of(&worker, &job, 100_000).await;
        let bytes = png("26.2485 S 27.8540 E");
        let announced = server.announce(&buyer, "message", "image/png", &bytes).await;
        let body = announced.expect(201);
        assert_eq!(body["method"], "PUT");
        assert_eq!(body["headers"][0], json!({"name": "content-type", "value": "image/png"}));
        let (id, url) = (announced.field("id"), announced.field("url"));
        assert_eq!(announced.header("location"), format!("/uploads/{id}"));
        assert_eq!(server.complete(&buyer, &id).await.problem(409), "upload_state");
        assert_eq!(server.send_to(&url, "image/png", &bytes).await.status, 201);
        let completed = server.complete(&buyer, &id).await.expect(200);
        assert_eq!((&completed["ready"], &completed["used"]), (&json!(true), &json!(false)));
        assert_eq!(
            server.send_to(&url, "image/png", &bytes).await.problem(409),
            "upload_state",
            "used before"
        );

        let path = format!("/jobs/{job}/bids/{bid}/messages");
        let message = json!({"clientMessageId": "0199c0de-0000-7000-8000-000000000001", "uploadIds": [id]});
        let sent = server.post(&path).by(&buyer).json(&message).send().await.expect(201);
        assert_eq!((&sent["files"][0]["id"], &sent["text"]), (&json!(id), &json!(null)));
        let link = server.get(&format!("/uploads/{id}")).by(&worker).send().await;
        link.expect(200);
        let fetched = server.fetch(&link.field("url")).await;
        assert_eq!(fetched.status, 200);
        assert_eq!(fetched.header("content-type"), "image/png");
        assert_eq!(fetched.header("x-content-type-options"), "nosniff");
        assert_eq!(fetched.header("content-disposition"), "inline");
        assert!(fetched.text.contains("IDAT") && !fetched.text.contains("26.2485"));
        assert_eq!(server.get(&format!("/uploads/{id}")).send().await.problem(404), "not_found");
        server.stop().await;
    }
}

/// What is done wrong with a signed address, and how it is answered.
#[tokio::test(flavor = "multi_thread")]
async fn the_store_refuses_what_was_not_signed_for() {
    let server = TestServer::start(Engine::Memory).await;
    let (mine, theirs) = (server.person("buyer").await, server.person("buyer").await);
    let bytes = png("right");
    let (longer, shorter) = ([bytes.as_slice(), b"x"].concat(), bytes[..bytes.len() - 1].to_vec());
    let mut other = bytes.clone();
    other[20] ^= 1;
    let announced = server.announce(&mine, "message", "image/png", &bytes).await;
    let url = announced.field("url");
    let id = announced.field("id");
    let their_id = server.announce(&theirs, "message", "image/png", &bytes).await.field("id");
    let late = url.replace("until=1", "until=0");
    let table = [
        ("one byte over", url.clone(), "image/png", longer, 422, "upload_rejected"),
        ("one byte short", url.clone(), "image/png", shorter, 422, "upload_rejected"),
        ("another checksum", url.clone(), "image/png", other, 422, "upload_rejected"),
        ("another type", url.clone(), "text/html", bytes.clone(), 422, "upload_rejected"),
        ("another time", late, "image/png", bytes.clone(), 403, "link_invalid"),
        ("another's key", url.replace(&id, &their_id), "image/png", bytes.clone(), 403, "link_invalid"),
        ("the checked copy", url.replace("arrived", "kept"), "image/png", bytes.clone(), 403, "link_invalid"),
        (
            "a path upwards",
            url.replace("arrived/", "arrived/..%2f"),
            "image/png",
            bytes.clone(),
            403,
            "link_invalid",
        ),
        (
            "a path of the machine",
            url.replace("arrived/", "%2fetc%2f"),
            "image/png",
            bytes.clone(),
            403,
            "link_invalid",
        ),
        ("a NUL", url.replace(&id, "%00"), "image/png", bytes.clone(), 403, "link_invalid"),
        (
            "no signature",
            url.split("&signature").next().unwrap().to_owned(),
            "image/png",
            bytes.clone(),
            403,
            "link_invalid",
        ),
        ("a larger size", url.replace("size=", "size=1"), "image/png", bytes.clone(), 403, "link_invalid"),
    ];
    for (what, url, content_type, bytes, status, code) in table {
        assert_eq!(server.send_to(&url, content_type, &bytes).await.problem(status), code, "{what}");
    }
    let path = url.strip_prefix(server.base.as_str()).unwrap();
    assert_eq!(server.get(path).send().await.problem(403), "link_invalid", "to send is not to fetch");
    assert_eq!(server.call(Method::DELETE, path).send().await.problem(405), "method_not_allowed");
    // After all of that the right file is still welcome.
    assert_eq!(server.send_to(&url, "image/png", &bytes).await.status, 201);
    server.complete(&mine, &id).await.expect(200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_ten_megabytes_passes_and_a_larger_one_is_not_announced() {
    let server = TestServer::start(Engine::Sqlite).await;
    let buyer = server.person("buyer").await;
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.resize(10 * 1024 * 1024, b'x');
    let id = server.file(&buyer, "message", "application/pdf", &bytes).await;
    let link = server.get(&format!("/uploads/{id}")).by(&buyer).send().await.field("url");
    let fetched = server.fetch(&link).await;
    assert_eq!((fetched.status, fetched.text.len()), (200, bytes.len()));
    assert_eq!(fetched.header("content-disposition"), "attachment; filename=\"document.pdf\"");
    bytes.push(b'x');
    let larger = server.announce(&buyer, "message", "application/pdf", &bytes).await;
    assert_eq!(larger.problem(422), "invalid_input");
    for (field, value) in [
        ("contentType", json!("image/svg+xml")),
        ("sha256", json!("ABC")),
        ("size", json!(0)),
        ("purpose", json!("virus")),
        ("purpose", json!("avatar")),
    ] {
        let mut body = announcement("message", "application/pdf", b"%PDF-1.7");
        body[field] = value;
        let answer = server.post("/uploads").by(&buyer).json(&body).send().await;
        assert_eq!(answer.problem(422), "invalid_input", "{field}");
    }
    server.stop().await;
}
