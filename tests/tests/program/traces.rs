//! Traces and figures of the real program, as a collector and a log get them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use khaya_tests::http::Binary;
use tokio::net::TcpListener;

type Bodies = Arc<Mutex<Vec<Bytes>>>;

/// A collector that keeps what it gets.
async fn collector() -> (String, Bodies) {
    let bodies = Bodies::default();
    let keep = async |State(bodies): State<Bodies>, body: Bytes| bodies.lock().unwrap().push(body);
    let routes = Router::new().route("/v1/traces", post(keep)).with_state(Arc::clone(&bodies));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (format!("http://{address}"), bodies)
}

fn holds(bodies: &Bodies, part: &[u8]) -> bool {
    bodies.lock().unwrap().iter().any(|body| body.windows(part.len()).any(|window| window == part))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_traced_under_its_caller() {
    let (endpoint, bodies) = collector().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_SERVICE_NAME", "khaya-test")];
    let logs = tokio::task::block_in_place(|| {
        let server = Binary::serve(folder.path(), &settings);
        tokio::runtime::Handle::current().block_on(async {
            let traced = server
                .get("/jobs")
                .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
            assert_eq!(traced.send().await.status, 200);
            let (phone, address) = server.newcomer();
            assert_eq!(server.sign_up(&phone, &address, "buyer").await.status, 202);
            server.code(&phone).await;
        });
        server.terminate()
    });
    let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
    assert!(holds(&bodies, &trace), "the caller's trace is not among what was sent");
    assert!(holds(&bodies, &0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()), "the caller's span is not the parent");
    for part in ["khaya-test", "request", "/jobs", "http.response.status_code", "event", "codeIssued"] {
        assert!(holds(&bodies, part.as_bytes()), "{part} was not sent");
    }
    for secret in ["+27", "\"082", "password"] {
        assert!(!holds(&bodies, secret.as_bytes()), "{secret} was sent");
    }
    assert!(logs.contains("4bf92f3577b34da6a3ce929d0e0e4736"), "the log names the trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")];
    let server = tokio::task::block_in_place(|| Binary::serve(folder.path(), &settings));
    assert_eq!(server.get("/jobs").send().await.status, 200);
    tokio::task::block_in_place(|| server.terminate());
}
