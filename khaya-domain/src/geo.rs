//! Places in South Africa: points, distances, and the cells by which jobs nearby are found.
//!
//! A point is kept in whole microdegrees (about 11 cm), so that two equal points are equal. This is the one module
//! that calculates with floating point: the earth is round, and nothing here touches money.
#![expect(clippy::float_arithmetic, reason = "angles and distances, never money")]

use crate::text::{City, Street, Suburb};
use serde::{Deserialize, Serialize};

/// Why a point was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GeoError {
    /// The latitude is not a number from -35.5 to -21.5.
    #[error("the latitude must be from -35.5 to -21.5: Khaya works in South Africa")]
    Latitude,
    /// The longitude is not a number from 15.5 to 33.5.
    #[error("the longitude must be from 15.5 to 33.5: Khaya works in South Africa")]
    Longitude,
}

const SOUTH: f64 = -35.5;
const NORTH: f64 = -21.5;
const WEST: f64 = 15.5;
const EAST: f64 = 33.5;
/// Mean radius of the earth in metres.
const EARTH_RADIUS: f64 = 6_371_008.8;
/// Metres in one degree of latitude.
const METRES_PER_DEGREE: f64 = EARTH_RADIUS * std::f64::consts::PI / 180.0;
const GEOHASH_ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";

/// A point on the map, somewhere in South Africa. Where a person lives is personal: `Debug` does not print it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Degrees", into = "Degrees")]
pub struct GeoPoint {
    latitude_e6: i32,
    longitude_e6: i32,
}

/// The shape of [`GeoPoint`] in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Degrees {
    latitude: f64,
    longitude: f64,
}

impl GeoPoint {
    /// A point from degrees, rounded to microdegrees.
    ///
    /// # Errors
    /// [`GeoError`] when it lies outside the box around South Africa (-35.5 to -21.5, 15.5 to 33.5).
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, GeoError> {
        // A NaN is in no range.
        if !(SOUTH..=NORTH).contains(&latitude) {
            return Err(GeoError::Latitude);
        }
        if !(WEST..=EAST).contains(&longitude) {
            return Err(GeoError::Longitude);
        }
        // In range, hence the casts lose nothing.
        let micro = |degrees: f64| (degrees * 1e6).round() as i32;
        Ok(Self { latitude_e6: micro(latitude), longitude_e6: micro(longitude) })
    }

    /// Degrees north of the equator; negative here.
    #[must_use]
    pub fn latitude(&self) -> f64 {
        f64::from(self.latitude_e6) / 1e6
    }

    /// Degrees east of Greenwich.
    #[must_use]
    pub fn longitude(&self) -> f64 {
        f64::from(self.longitude_e6) / 1e6
    }

    /// The great-circle distance, in whole metres (haversine; within 0.5% of the true distance).
    #[must_use]
    pub fn distance_metres(&self, other: &Self) -> u32 {
        metres(self.latitude(), self.longitude(), other.latitude(), other.longitude()).round() as u32
    }

    /// The middle of the hundredth of a degree (about a kilometre) around this point: what may be shown of a place, and
    /// compared with, without giving the house away.
    #[must_use]
    pub const fn approximate(&self) -> Self {
        /// Rounds down to the hundredth below and goes half a hundredth up, but never past the edge of the country's box.
        const fn middle(degrees_e6: i32, edge_e6: i32) -> i32 {
            let middle = degrees_e6.div_euclid(10_000) * 10_000 + 5_000;
            if middle > edge_e6 { edge_e6 } else { middle }
        }
        Self {
            latitude_e6: middle(self.latitude_e6, (NORTH * 1e6) as i32),
            longitude_e6: middle(self.longitude_e6, (EAST * 1e6) as i32),
        }
    }

    /// The geohash of this point, 1 to 12 characters; a length outside that is brought inside.
    #[must_use]
    pub fn geohash(&self, length: usize) -> String {
        geohash(self.latitude(), self.longitude(), length.clamp(1, 12))
    }
}

impl std::fmt::Debug for GeoPoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GeoPoint(…)")
    }
}

impl TryFrom<Degrees> for GeoPoint {
    type Error = GeoError;

    fn try_from(Degrees { latitude, longitude }: Degrees) -> Result<Self, GeoError> {
        Self::new(latitude, longitude)
    }
}

impl From<GeoPoint> for Degrees {
    fn from(point: GeoPoint) -> Self {
        Self { latitude: point.latitude(), longitude: point.longitude() }
    }
}

/// The geohash cells of `length` characters (1 to 12) which together cover the circle, in no promised order.
///
/// Every point of the box around South Africa within `radius_metres` of the centre lies in one of them. The number of
/// cells grows with the radius and the length: choose a length at which a cell is about as wide as the radius
/// ([`cell_length`] does), and there are at most a few dozen.
#[must_use]
pub fn cells_within(centre: GeoPoint, radius_metres: u32, length: usize) -> Vec<String> {
    let length = length.clamp(1, 12);
    let (height, width) = cell_size(length);
    let (latitude, longitude) = (centre.latitude(), centre.longitude());
    // One metre more, so that rounding never loses a point on the rim.
    let reach = f64::from(radius_metres) + 1.0;
    let up = reach / METRES_PER_DEGREE;
    let (south, north) = ((latitude - up).max(SOUTH), (latitude + up).min(NORTH));
    // A degree of longitude is shortest in the south; the widest part of the circle lies within this. Beyond the
    // radius of the country the circle holds everything.
    let across = up / (SOUTH - 0.5).to_radians().cos();
    let (west, east) = ((longitude - across).max(WEST), (longitude + across).min(EAST));

    let index = |degrees: f64, start: f64, size: f64| ((degrees - start) / size).floor() as i64;
    let mut cells = Vec::new();
    for row in index(south, -90.0, height)..=index(north, -90.0, height) {
        let bottom = row as f64 * height - 90.0;
        for column in index(west, -180.0, width)..=index(east, -180.0, width) {
            let left = column as f64 * width - 180.0;
            let nearest_latitude = latitude.clamp(bottom, bottom + height);
            let nearest_longitude = longitude.clamp(left, left + width);
            // The nearest point of a cell to the east or west lies a little off the parallel; at a cell's size the
            // difference is covered by a per cent.
            if metres(latitude, longitude, nearest_latitude, nearest_longitude) * 0.99 <= reach {
                cells.push(geohash(bottom + height / 2.0, left + width / 2.0, length));
            }
        }
    }
    cells
}

/// The longest geohash whose cells are still at least as high as the radius: a circle then meets at most a few dozen
/// cells. From 1 to 12.
#[must_use]
pub fn cell_length(radius_metres: u32) -> usize {
    let reach = f64::from(radius_metres) + 1.0;
    let fits = |length: &usize| cell_size(*length).0 * METRES_PER_DEGREE >= reach;
    (1..=12).rev().find(fits).unwrap_or(1)
}

/// Height and width of a cell in degrees. Bits alternate, longitude first.
fn cell_size(length: usize) -> (f64, f64) {
    let bits = 5 * length as i32;
    (180.0 / 2_f64.powi(bits / 2), 360.0 / 2_f64.powi(bits - bits / 2))
}

fn geohash(latitude: f64, longitude: f64, length: usize) -> String {
    let (mut latitudes, mut longitudes) = ((-90.0, 90.0), (-180.0, 180.0));
    let mut hash = String::with_capacity(length);
    let mut is_longitude = true;
    for _ in 0..length {
        let mut letter = 0;
        for _ in 0..5 {
            let (range, value) =
                if is_longitude { (&mut longitudes, longitude) } else { (&mut latitudes, latitude) };
            let middle = (range.0 + range.1) / 2.0;
            letter <<= 1;
            if value >= middle {
                letter |= 1;
                range.0 = middle;
            } else {
                range.1 = middle;
            }
            is_longitude = !is_longitude;
        }
        hash.push(char::from(GEOHASH_ALPHABET[letter]));
    }
    hash
}

fn metres(latitude_a: f64, longitude_a: f64, latitude_b: f64, longitude_b: f64) -> f64 {
    let (a, b) = (latitude_a.to_radians(), latitude_b.to_radians());
    let half_up = (b - a) / 2.0;
    let half_across = (longitude_b - longitude_a).to_radians() / 2.0;
    let h = half_up.sin().powi(2) + a.cos() * b.cos() * half_across.sin().powi(2);
    2.0 * EARTH_RADIUS * h.sqrt().min(1.0).asin()
}

/// Where a job is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Address {
    /// Street and number: for the buyer and the accepted worker only.
    pub street: Street,
    /// The suburb, for everyone.
    pub suburb: Suburb,
    /// The city, for everyone.
    pub city: City,
    /// The exact point; others are shown a distance.
    pub point: GeoPoint,
}

impl Address {
    /// What everyone may see.
    #[must_use]
    pub fn suburb_only(&self) -> Area {
        Area { suburb: self.suburb.clone(), city: self.city.clone() }
    }
}

/// The part of an address that everyone may see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Area {
    /// The suburb.
    pub suburb: Suburb,
    /// The city.
    pub city: City,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geohashes_agree_with_published_ones() {
        assert_eq!(geohash(42.6, -5.6, 5), "ezs42");
        assert_eq!(geohash(57.64911, 10.40744, 11), "u4pruydqqvj");
    }

    #[test]
    fn the_country_has_borders() {
        assert!(GeoPoint::new(-26.2041, 28.0473).is_ok(), "Johannesburg");
        assert_eq!(GeoPoint::new(51.5, 0.1), Err(GeoError::Latitude));
        assert_eq!(GeoPoint::new(-26.0, 50.0), Err(GeoError::Longitude));
        assert_eq!(GeoPoint::new(f64::NAN, 28.0), Err(GeoError::Latitude));
        assert_eq!(GeoPoint::new(-26.0, f64::INFINITY), Err(GeoError::Longitude));
    }

    #[test]
    fn johannesburg_is_1262_km_from_cape_town_as_the_crow_flies() {
        let johannesburg = GeoPoint::new(-26.2041, 28.0473).unwrap();
        let cape_town = GeoPoint::new(-33.9249, 18.4241).unwrap();
        // By the spherical law of cosines, another way to the same distance.
        assert_eq!(johannesburg.distance_metres(&cape_town), 1_261_577);
        assert_eq!(cape_town.distance_metres(&cape_town), 0);
    }

    #[test]
    fn a_suitable_cell_length_gives_few_cells() {
        let centre = GeoPoint::new(-29.85, 31.02).unwrap();
        for radius in [0, 1, 500, 5_000, 20_000, 50_000, 200_000, 3_000_000] {
            let cells = cells_within(centre, radius, cell_length(radius));
            assert!((1..=40).contains(&cells.len()), "{radius} m: {} cells", cells.len());
            assert!(cells.contains(&centre.geohash(cell_length(radius))));
        }
    }
}
