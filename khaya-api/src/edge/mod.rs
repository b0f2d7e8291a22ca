//! What every request passes, from the outside in: a request id, the limit on requests, the time limit; and on the way
//! out: security headers, the problem's body, the log line, the metrics.

pub mod body;
pub mod cors;
pub mod headers;
pub mod ids;
pub mod rate_limit;
pub mod trace_context;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::problem::{EdgeCode, Problem};
use crate::state::ApiState;
use crate::telemetry::traces::{self, Parent};
use rate_limit::RouteClass;

/// Where files on this machine are sent to and fetched from.
pub const FILE_ROUTE: &str = "/files/{*key}";
/// How long a file may take that is being sent: ten megabytes over a slow network.
const FILE_TIME: Duration = Duration::from_secs(600);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// The network address that a request comes from, as far as proxies that we trust say.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// The middleware around every route.
pub async fn edge(State(state): State<ApiState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request_id(&state, request.headers());
    let parent = Parent::of(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.as_deref().unwrap_or("unmatched");
    let address = client_address(&request, state.trusted_proxies);
    request.extensions_mut().insert(ClientAddress(address));

    let span = tracing::info_span!(
        "request",
        %request_id,
        trace_id = tracing::field::Empty,
        parent_id = parent.as_ref().map(|parent| parent.span_id.as_str()),
        %method,
        route,
        otel.kind = "server",
    );
    if let Some(parent) = &parent {
        traces::follow(&span, parent);
    }
    // Where traces are sent, the log names the trace that is sent.
    let trace_id = traces::trace_id(&span).or(parent.map(|parent| parent.trace_id));
    span.record("trace_id", trace_id.unwrap_or_else(|| state.request_ids.next()));
    let limit =
        state.rate_limits.as_ref().map(|limits| limits.check(RouteClass::of(&method, route), address));
    let mut response = match &limit {
        Some(Err(refused)) => refused.problem().into_response(),
        Some(Ok(_)) | None => {
            let is_file = route == FILE_ROUTE && method == Method::PUT;
            let work = async {
                // A file is not held in memory: it goes to the store piece by piece.
                let read = if is_file { Ok(request) } else { body::read(request).await };
                match read {
                    Ok(request) => next.run(request).await,
                    Err(problem) => problem.into_response(),
                }
            };
            let time_limit = if is_file { FILE_TIME } else { state.time_limit };
            match tokio::time::timeout(time_limit, work.instrument(span.clone())).await {
                Ok(response) => response,
                Err(_) => Problem::edge(EdgeCode::TimedOut).into_response(),
            }
        }
    };
    if let Some(standing) = &limit {
        rate_limit::show(standing, response.headers_mut());
    }

    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>();
    if let Some(problem) = &problem {
        write_problem(problem, &request_id, &mut response);
    }
    if let Ok(value) = HeaderValue::try_from(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    headers::secure(response.headers_mut(), route, state.https_only);
    let elapsed = started.elapsed();
    span.in_scope(|| log(status.as_u16(), problem.as_ref(), elapsed));
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    let labels = [
        ("method", method.to_string()),
        ("route", route.to_owned()),
        ("status", status.as_u16().to_string()),
    ];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", "route" => route.to_owned())
        .record(elapsed.as_secs_f64());
    response
}

fn log(status: u16, problem: Option<&Problem>, elapsed: std::time::Duration) {
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    match problem {
        Some(Problem { code, cause, .. }) => {
            let cause = cause.as_deref().map(|cause| cause.as_ref() as &dyn std::error::Error);
            let cause = cause.map(chain);
            if status >= 500 {
                tracing::error!(status, milliseconds, code, cause, "request failed");
            } else {
                tracing::info!(status, milliseconds, code, cause, "request refused");
            }
        }
        None => tracing::info!(status, milliseconds, "request served"),
    }
}

/// An error and all that caused it, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn write_problem(problem: &Problem, request_id: &str, response: &mut Response) {
    let body = serde_json::to_vec(&problem.document(request_id)).unwrap_or_default();
    response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    *response.body_mut() = Body::from(body);
}

/// The client's own request id, if it is a sane one, else a new one.
fn request_id(state: &ApiState, headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| {
        (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    match given {
        Some(id) => id.to_owned(),
        None => state.request_ids.next(),
    }
}

/// Who called: the peer, or what the outermost of our own proxies saw. Each of them appends one address to
/// `X-Forwarded-For`; whatever stands before those is the client's own claim, and is not believed.
fn client_address(request: &Request, trusted_proxies: usize) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let Some(hops) = trusted_proxies.checked_sub(1) else { return peer };
    let forwarded: Vec<_> = request
        .headers()
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    forwarded.iter().rev().nth(hops).and_then(|address| address.parse().ok()).unwrap_or(peer)
}
