//! The request's body, read whole before anything is decided.
//!
//! A server that answers while the client is still sending closes the connection on it, and the client may never see why
//! it was refused. So a body is read first, and one that is too large is read on for a while and thrown away.

use axum::body::Body;
use axum::extract::Request;
use futures::StreamExt;

use crate::problem::{EdgeCode, Problem};

/// The largest body of any endpoint.
pub const BODY_BYTES: usize = 64 * 1024;
/// How much of a body that is too large is read before the connection is closed.
const DISCARDED_BYTES: usize = 16 * 1024 * 1024;

/// The request with its body in memory.
pub(super) async fn read(request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut seen = 0;
    while let Some(piece) = pieces.next().await {
        let piece =
            piece.map_err(|_| Problem::edge(EdgeCode::MalformedJson).detail("The body ends too early."))?;
        seen += piece.len();
        if seen <= BODY_BYTES {
            bytes.extend_from_slice(&piece);
        } else if seen > DISCARDED_BYTES {
            break;
        }
    }
    if seen <= BODY_BYTES {
        return Ok(Request::from_parts(parts, Body::from(bytes)));
    }
    let detail = format!("The body is larger than {} KiB, the most that is taken here.", BODY_BYTES / 1024);
    Err(Problem::edge(EdgeCode::BodyTooLarge).detail(detail))
}
