//! The API behind API Gateway's HTTP API.

/// As in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let (settings, parts) = khaya_lambda::start().await?;
    lambda_http::run(khaya_lambda::front::routes(&settings, &parts)).await
}
