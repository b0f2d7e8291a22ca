//! `/listings`: services of workers, products of sellers.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use khaya_app::listings::{self, ListingView};
use khaya_app::{AppError, Caller};
use khaya_domain::category::Category;
use khaya_domain::geo;
use khaya_domain::ids::ListingId;
use khaya_domain::listing;
use khaya_domain::text::{City, Description, Suburb, Title};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::names::CategoryName;
use super::wire::{Area, Money, Page, PageParameters, Party, created, page};
use crate::extract::{
    Command, Empty, Fields, ListerOnly, MaybeSignedIn, Parameters, PathIds, Permitted, object,
};
use crate::problem::Problem;
use crate::state::ApiState;

/// What is advertised.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListingKind {
    /// Work, by a worker.
    Service,
    /// Material or a product, by a seller.
    Product,
}

/// Whether others see a listing.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListingStatus {
    /// Others see it.
    Active,
    /// It is over.
    Closed,
}

/// What its owner writes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListingRequest {
    /// A line that says what it is.
    #[schema(min_length = 5, max_length = 120, example = "Geysers fitted and repaired")]
    title: String,
    /// What is offered.
    #[schema(
        min_length = 10,
        max_length = 4000,
        example = "All makes, with a certificate. Also on Saturdays."
    )]
    description: String,
    /// The trade.
    #[schema(value_type = CategoryName, example = "plumbing")]
    category: String,
    /// The price; of a service the price from which on it is done.
    #[serde(deserialize_with = "object")]
    price: Money,
    /// The suburb.
    #[schema(min_length = 1, max_length = 100, example = "Orlando West")]
    suburb: String,
    /// The city or town.
    #[schema(min_length = 1, max_length = 100, example = "Soweto")]
    city: String,
}

impl ListingRequest {
    fn parse(self) -> Result<listing::ListingDetails, AppError> {
        let mut fields = Fields::new();
        let title = fields.parse("title", self.title.as_str(), Title::parse);
        let description = fields.parse("description", self.description.as_str(), Description::parse);
        let category = fields.parse("category", self.category.as_str(), str::parse::<Category>);
        let price = fields.parse("price", self.price, Money::parse);
        let suburb = fields.parse("suburb", self.suburb.as_str(), Suburb::parse);
        let city = fields.parse("city", self.city.as_str(), City::parse);
        let whole = title.zip(description).zip(category).zip(price).zip(suburb).zip(city);
        let whole = whole.map(|(((((title, description), category), price), suburb), city)| {
            let area = geo::Area { suburb, city };
            listing::ListingDetails { title, description, category, price, area }
        });
        fields.finish(whole)
    }
}

/// A listing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListingResponse {
    /// The listing's id.
    id: Uuid,
    /// Whose it is.
    owner: Party,
    /// What is advertised.
    kind: ListingKind,
    /// A line that says what it is.
    title: String,
    /// What is offered.
    description: String,
    /// The trade.
    #[schema(value_type = CategoryName, example = "plumbing")]
    category: String,
    /// The price; of a service the price from which on it is done.
    price: Money,
    /// Where.
    area: Area,
    /// Whether others see it.
    status: ListingStatus,
    /// When it was posted.
    posted_at: DateTime<Utc>,
}

impl From<ListingView> for ListingResponse {
    fn from(view: ListingView) -> Self {
        let kind = match view.kind {
            listing::ListingKind::Service => ListingKind::Service,
            listing::ListingKind::Product => ListingKind::Product,
        };
        let status = match view.status {
            listing::ListingStatus::Active => ListingStatus::Active,
            listing::ListingStatus::Closed => ListingStatus::Closed,
        };
        Self {
            id: *view.id.as_uuid(),
            owner: view.owner.into(),
            kind,
            title: view.title.as_str().to_owned(),
            description: view.description.as_str().to_owned(),
            category: view.category.as_str().to_owned(),
            price: view.price.into(),
            area: view.area.into(),
            status,
            posted_at: view.posted_at,
        }
    }
}

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BrowseParameters {
    /// Services or products.
    #[param(inline)]
    kind: ListingKind,
    /// The trade.
    #[param(value_type = CategoryName)]
    category: String,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u16>,
    /// `nextCursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// Browse listings
///
/// The active ones of a kind in a category, newest first.
#[utoipa::path(get, path = "/listings", tag = "listings", params(BrowseParameters),
    responses((status = 200, description = "The listings.", body = Page<ListingResponse>)))]
pub async fn browse(
    State(state): State<ApiState>,
    Parameters(parameters): Parameters<BrowseParameters>,
) -> Result<Json<Page<ListingResponse>>, Problem> {
    let kind = match parameters.kind {
        ListingKind::Service => listing::ListingKind::Service,
        ListingKind::Product => listing::ListingKind::Product,
    };
    let category: Category =
        parameters.category.parse().map_err(|error| AppError::field("category", format!("{error}")))?;
    let page = page(parameters.limit, parameters.cursor)?;
    Ok(Json(Page::of(listings::browse(&state.app, kind, category, page).await?)))
}

/// Make a listing
///
/// A worker lists a service, a seller a product, as many as the tier allows.
#[utoipa::path(post, path = "/listings", tag = "listings", security(("bearer" = [])),
    request_body = ListingRequest,
    responses((status = 201, description = "The listing.", body = ListingResponse)))]
pub async fn create(
    State(state): State<ApiState>,
    caller: Permitted<ListerOnly>,
    command: Command<ListingRequest>,
) -> Result<Response, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    let view = listings::create(&state.app, &caller, command.body.parse()?).await?;
    Ok(created(&format!("/listings/{}", view.id), ListingResponse::from(view)))
}

/// List your listings
///
/// Active and closed, newest first.
#[utoipa::path(get, path = "/listings/mine", tag = "listings", security(("bearer" = [])), params(PageParameters),
    responses((status = 200, description = "The listings.", body = Page<ListingResponse>)))]
pub async fn list_mine(
    State(state): State<ApiState>,
    caller: Permitted<ListerOnly>,
    Parameters(parameters): Parameters<PageParameters>,
) -> Result<Json<Page<ListingResponse>>, Problem> {
    Ok(Json(Page::of(listings::list_mine(&state.app, &caller.actor, parameters.parse()?).await?)))
}

/// Show a listing
///
/// A closed one for its owner only.
#[utoipa::path(get, path = "/listings/{listingId}", tag = "listings", security((), ("bearer" = [])),
    params(("listingId" = Uuid, Path, description = "The listing.")),
    responses((status = 200, description = "The listing.", body = ListingResponse)))]
pub async fn details(
    State(state): State<ApiState>,
    viewer: MaybeSignedIn,
    PathIds(listing): PathIds<Uuid>,
) -> Result<Json<ListingResponse>, Problem> {
    let listing = ListingId::from_uuid(listing);
    Ok(Json(listings::details(&state.app, viewer.0.as_ref(), listing).await?.into()))
}

/// Change a listing
///
/// All of what it says.
#[utoipa::path(put, path = "/listings/{listingId}", tag = "listings", security(("bearer" = [])),
    request_body = ListingRequest, params(("listingId" = Uuid, Path, description = "The listing.")),
    responses((status = 200, description = "The listing as it is now.", body = ListingResponse)))]
pub async fn edit(
    State(state): State<ApiState>,
    caller: Permitted<ListerOnly>,
    PathIds(listing): PathIds<Uuid>,
    command: Command<ListingRequest>,
) -> Result<Json<ListingResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: None };
    let details = command.body.parse()?;
    Ok(Json(listings::edit(&state.app, &caller, ListingId::from_uuid(listing), details).await?.into()))
}

/// Close a listing
///
/// Its place is free for another.
#[utoipa::path(post, path = "/listings/{listingId}/close", tag = "listings", security(("bearer" = [])),
    request_body(content = Empty), params(("listingId" = Uuid, Path, description = "The listing.")),
    responses((status = 200, description = "The listing as it is now.", body = ListingResponse)))]
pub async fn close(
    State(state): State<ApiState>,
    caller: Permitted<ListerOnly>,
    PathIds(listing): PathIds<Uuid>,
    command: Command<Empty>,
) -> Result<Json<ListingResponse>, Problem> {
    let caller = Caller { actor: caller.actor, request_key: command.request_key.clone() };
    Ok(Json(listings::close(&state.app, &caller, ListingId::from_uuid(listing)).await?.into()))
}
