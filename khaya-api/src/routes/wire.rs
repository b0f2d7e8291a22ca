//! The JSON forms that several families share.

use axum::http::HeaderValue;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::StatusCode};
use khaya_app::{AppError, PageRequest};
use khaya_domain::geo;
use khaya_domain::money;
use khaya_domain::text::{City, Street, Suburb};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::extract::{Fields, object};

/// An amount of money: a whole number of cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Cents: 95000 is R950.00.
    #[schema(minimum = 0, maximum = 10_000_000_000_000_i64, example = 95000)]
    pub amount: i64,
    /// The currency; always the South African rand.
    #[schema(example = "ZAR", pattern = "^ZAR$")]
    pub currency: String,
}

impl Money {
    /// Reads it as the domain's type.
    pub fn parse(self) -> Result<money::Money, String> {
        if self.currency != "ZAR" {
            return Err("must be in ZAR, the South African rand".to_owned());
        }
        money::Money::from_cents(self.amount).map_err(|error| error.to_string())
    }
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self { amount: money.cents(), currency: "ZAR".to_owned() }
    }
}

/// A place on the map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Point)]
pub struct Point {
    /// Degrees north of the equator (negative in South Africa).
    #[schema(minimum = -35.5, maximum = -21.5, example = -26.2485)]
    pub latitude: f64,
    /// Degrees east of Greenwich.
    #[schema(minimum = 15.5, maximum = 33.5, example = 27.854)]
    pub longitude: f64,
}

/// A whole address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// Street and number.
    #[schema(min_length = 1, max_length = 200, example = "12 Vilakazi Street")]
    pub street: String,
    /// The suburb.
    #[schema(min_length = 1, max_length = 100, example = "Orlando West")]
    pub suburb: String,
    /// The city or town.
    #[schema(min_length = 1, max_length = 100, example = "Soweto")]
    pub city: String,
    /// Where it is on the map.
    #[serde(deserialize_with = "object")]
    pub point: Point,
}

impl Address {
    /// Reads it as the domain's type; errors are noted under `field`.
    pub fn parse(self, field: &str, fields: &mut Fields) -> Option<geo::Address> {
        let street = fields.parse(&format!("{field}.street"), self.street.as_str(), Street::parse);
        let suburb = fields.parse(&format!("{field}.suburb"), self.suburb.as_str(), Suburb::parse);
        let city = fields.parse(&format!("{field}.city"), self.city.as_str(), City::parse);
        let point = fields.parse(&format!("{field}.point"), self.point, |point| {
            geo::GeoPoint::new(point.latitude, point.longitude)
        });
        Some(geo::Address { street: street?, suburb: suburb?, city: city?, point: point? })
    }
}

impl From<geo::Address> for Address {
    fn from(address: geo::Address) -> Self {
        Self {
            street: address.street.as_str().to_owned(),
            suburb: address.suburb.as_str().to_owned(),
            city: address.city.as_str().to_owned(),
            point: Point { latitude: address.point.latitude(), longitude: address.point.longitude() },
        }
    }
}

/// The part of an address that everybody may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Area {
    /// The suburb.
    #[schema(example = "Orlando West")]
    pub suburb: String,
    /// The city or town.
    #[schema(example = "Soweto")]
    pub city: String,
}

impl From<geo::Area> for Area {
    fn from(area: geo::Area) -> Self {
        Self { suburb: area.suburb.as_str().to_owned(), city: area.city.as_str().to_owned() }
    }
}

/// Somebody, by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Party {
    /// The user's id.
    pub id: Uuid,
    /// The name.
    #[schema(example = "Thandi Nkosi")]
    pub name: String,
}

impl From<khaya_app::jobs::Party> for Party {
    fn from(party: khaya_app::jobs::Party) -> Self {
        Self { id: *party.id.as_uuid(), name: party.name.as_str().to_owned() }
    }
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<u16>,
    /// `nextCursor` of the page before. It is good for this list, these filters and this caller only.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
}

impl PageParameters {
    /// Reads it as the application's type.
    pub fn parse(self) -> Result<PageRequest, AppError> {
        page(self.limit, self.cursor)
    }
}

/// A page request from its two parameters.
pub fn page(limit: Option<u16>, cursor: Option<String>) -> Result<PageRequest, AppError> {
    match limit {
        Some(limit) if !(1..=PageRequest::MOST).contains(&limit) => {
            Err(AppError::field("limit", format!("must be 1 to {}; this is {limit}", PageRequest::MOST)))
        }
        Some(_) | None => Ok(PageRequest { limit, cursor }),
    }
}

/// One page of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// What it shows. It may hold fewer than asked for while there are more.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of the application, item by item.
    pub fn of<U>(page: khaya_app::Page<U>) -> Self
    where
        T: From<U>,
    {
        Self { items: page.items.into_iter().map(T::from).collect(), next_cursor: page.next_cursor }
    }
}

/// 201 with the address of what was made.
pub fn created<T: Serialize>(location: &str, body: T) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}
