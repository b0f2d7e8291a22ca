//! `/files`: the store of files on this machine, as clients reach it. What may be done is in each signed address; mounted only
//! where files are kept here.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use khaya_adapters_local::files::Refused;
use khaya_app::{AppError, Code};
use khaya_domain::file::FileKind;
use tokio_util::io::ReaderStream;

use crate::edge::FILE_ROUTE;
use crate::extract::no_such_endpoint;
use crate::problem::{EdgeCode, Problem};
use crate::state::ApiState;

/// The endpoints.
pub fn router() -> Router<ApiState> {
    Router::new().route(FILE_ROUTE, get(fetch).put(receive))
}

/// Stores a file that was signed for.
async fn receive(
    State(state): State<ApiState>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<StatusCode, Problem> {
    let Some(files) = &state.local_files else { return Err(no_such_endpoint().await) };
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let body = request.into_body().into_data_stream();
    let query = query.unwrap_or_default();
    files.receive(&path, &query, content_type.as_deref(), body).await.map_err(problem)?;
    Ok(StatusCode::CREATED)
}

/// Serves a file that was signed for, as what it is and as nothing else.
async fn fetch(
    State(state): State<ApiState>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Some(files) = &state.local_files else { return Err(no_such_endpoint().await) };
    let (file, link, size) = files.open(&path, &query.unwrap_or_default()).await.map_err(problem)?;
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(link.kind.content_type()));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(size));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, max-age=600"));
    // A document could hold a script: it is for saving, not for showing under this address.
    let shown = match link.kind {
        FileKind::Jpeg | FileKind::Png | FileKind::Webp => "inline",
        FileKind::Pdf => "attachment; filename=\"document.pdf\"",
    };
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static(shown));
    Ok(response)
}

fn problem(refused: Refused) -> Problem {
    let code = match &refused {
        Refused::Signature | Refused::Expired => Code::LinkInvalid,
        Refused::ContentType(_) | Refused::Size(_) | Refused::Checksum => Code::UploadRejected,
        Refused::Taken => Code::UploadState,
        Refused::NotFound => return AppError::not_found("file").into(),
        Refused::Interrupted => {
            return Problem::edge(EdgeCode::MalformedJson).detail("The file ends too early.");
        }
        Refused::Disk(_) => return AppError::caused(Code::Unavailable, refused).into(),
    };
    let text = refused.to_string();
    AppError::new(code, format!("Not taken: {text}.")).into()
}
