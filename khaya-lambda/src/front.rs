//! The routes, behind API Gateway.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::Uri;
use axum::middleware::{self, Next};
use axum::response::Response;
use khaya_api::config::Settings;
use khaya_api::routes::router;
use khaya_api::state::ApiState;
use khaya_api::telemetry;
use khaya_api::wiring::Parts;
use lambda_http::RequestExt;
use lambda_http::request::RequestContext;

/// The routes, which see the client's address as they do on a server.
pub fn routes(settings: &Settings, parts: &Parts) -> Router {
    // Around the routes, not on each of them: what is changed here decides on the route.
    let routes = router(parts.state.clone(), &settings.cors_origins);
    let told = middleware::from_fn_with_state(parts.state.clone(), and_tell);
    Router::new().fallback_service(routes).layer(middleware::from_fn(as_on_a_server)).layer(told)
}

/// What the request added to the figures stands in the log before the function may be frozen.
async fn and_tell(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    telemetry::tell(&state).await;
    response
}

/// API Gateway says who calls: it is the one who has the connection.
async fn as_on_a_server(mut request: Request, next: Next) -> Response {
    let caller = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.as_deref(),
        _ => None,
    };
    let caller: Option<IpAddr> = caller.and_then(|address| address.parse().ok());
    if let Some(address) = caller {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 0))));
    }
    // An answer of API Gateway is whole: a stream would only run into its time limit. AppSync carries live updates here.
    if request.uri().path() == "/events/stream" {
        *request.uri_mut() = Uri::from_static("/no-streams-here");
    }
    next.run(request).await
}
