//! Points, distances, cells.

use crate::support::details;
use khaya_domain::geo::{GeoPoint, cell_length, cells_within};
use proptest::prelude::*;

fn points() -> impl Strategy<Value = GeoPoint> {
    (-35.5..=-21.5, 15.5..=33.5).prop_map(|(latitude, longitude)| GeoPoint::new(latitude, longitude).unwrap())
}

#[test]
fn everyone_else_sees_the_suburb() {
    let area = details().address.suburb_only();
    assert_eq!(serde_json::to_string(&area).unwrap(), r#"{"suburb":"Orlando West","city":"Soweto"}"#);
}

#[test]
fn a_point_outside_the_country_is_not_read() {
    assert!(serde_json::from_str::<GeoPoint>(r#"{"latitude":51.5,"longitude":0.1}"#).is_err());
    assert!(serde_json::from_str::<GeoPoint>(r#"{"latitude":-26.0,"longitude":28.0,"altitude":1}"#).is_err());
    assert!(serde_json::from_str::<GeoPoint>(r#"{"latitude":-26.0}"#).is_err());
}

proptest! {
    #[test]
    fn a_point_survives_json(point in points()) {
        let json = serde_json::to_string(&point).unwrap();
        prop_assert_eq!(serde_json::from_str::<GeoPoint>(&json).unwrap(), point);
    }

    #[test]
    fn an_approximate_point_is_near_and_tells_no_more_than_the_hundredth(point in points()) {
        let shown = point.approximate();
        prop_assert!(point.distance_metres(&shown) <= 800);
        prop_assert_eq!(shown.approximate(), shown);
        prop_assert_eq!(GeoPoint::new(shown.latitude(), shown.longitude()), Ok(shown), "it is in the country");
    }

    #[test]
    fn distance_has_no_direction(one in points(), other in points()) {
        prop_assert_eq!(one.distance_metres(&other), other.distance_metres(&one));
        prop_assert_eq!(one.distance_metres(&one), 0);
    }

    #[test]
    fn a_shorter_geohash_begins_a_longer_one(point in points(), length in 1_usize..12) {
        prop_assert!(point.geohash(12).starts_with(&point.geohash(length)));
        prop_assert_eq!(point.geohash(length).len(), length);
    }

    #[test]
    fn the_cells_of_a_circle_hold_every_point_in_it(
        centre in points(),
        bearing in 0.0_f64..std::f64::consts::TAU,
        part in prop_oneof![Just(0.9999_f64), 0.0_f64..1.0],
        radius in prop_oneof![10_u32..1_000, 1_000_u32..50_000, 50_000_u32..2_000_000],
    ) {
        // The rim is where a cell is most easily forgotten.
        let angle = f64::from(radius) * part / 6_371_008.8;
        let (latitude, longitude) = (centre.latitude().to_radians(), centre.longitude().to_radians());
        let to = (latitude.sin() * angle.cos() + latitude.cos() * angle.sin() * bearing.cos()).asin();
        let across = (bearing.sin() * angle.sin() * latitude.cos()).atan2(angle.cos() - latitude.sin() * to.sin());
        if let Ok(point) = GeoPoint::new(to.to_degrees(), (longitude + across).to_degrees()) {
            prop_assert!(centre.distance_metres(&point) <= radius + 1);
            let length = cell_length(radius);
            for length in [length, length + 1] {
                prop_assert!(cells_within(centre, radius, length).contains(&point.geohash(length)));
            }
        }
    }
}
