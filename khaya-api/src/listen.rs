//! Connections: accepted, limited, and ended in order.
//!
//! HTTP/1.1 alone is spoken, without a look at what else it might be: that look doubles the buffer of each connection, and most
//! connections are streams that stay open. Whatever stands in front speaks HTTP/2 with the world.

use std::convert::Infallible;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::edge::chain;

/// How long a client may take for the head of a request, from the connection or the answer before on: who is slower is let go. Longer
/// than the usual minute for which a balancer keeps a connection that nobody uses: it, not we, should be the one who ends it.
const HEAD_TIME: Duration = Duration::from_secs(75);
/// How large a head may be, in bytes, and how much of a body is read ahead.
const BUFFER: usize = 32 * 1024;
/// A client that acknowledges nothing for so long is gone: what waits for it is let go.
const SILENCE: Duration = Duration::from_secs(30);
/// How long no connection is accepted when the process has as many files open as it may.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until told to stop; then takes nothing new, and waits for what runs.
pub(crate) async fn listen(
    listener: TcpListener,
    routes: Router,
    mut stopped: watch::Receiver<bool>,
) -> Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(BUFFER);
    let running = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // The sender is gone only when the server is: that is a stop as well.
            _ = stopped.wait_for(|stopped| *stopped) => break,
        };
        let (connection, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::error!(error = chain(&error), "no connection can be accepted at the moment");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if let Err(error) = give_up_the_silent(&connection) {
            tracing::debug!(error = chain(&error), "a connection has no time limit");
        }
        let routes = routes.clone();
        let service = service_fn(move |request| answer(routes.clone(), client, request));
        let served = running.watch(http.serve_connection(TokioIo::new(connection), service));
        tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::debug!(error = chain(&error), "a connection has ended early");
            }
        });
    }
    drop(listener);
    running.shutdown().await;
    Ok(())
}

async fn answer(
    routes: Router,
    client: SocketAddr,
    request: Request<Incoming>,
) -> std::result::Result<Response<Body>, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(client));
    routes.oneshot(request).await
}

/// Whether a connection failed before it was accepted, which says nothing of the next.
fn is_of_one_connection(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// Tells the kernel when to give up a connection (RFC 5482), which for a stream may be the only one who notices.
fn give_up_the_silent(connection: &TcpStream) -> Result<()> {
    connection.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(connection).set_tcp_user_timeout(Some(SILENCE))?;
    Ok(())
}
