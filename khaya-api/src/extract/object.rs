//! JSON objects only: serde also reads a structure from an array of its fields in order, which nobody documents.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// A structure from an object, and from nothing else: for `#[serde(deserialize_with = "object")]`.
pub fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(ObjectVisitor(PhantomData))
}

struct OptionalVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for OptionalVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or null")
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        object(deserializer).map(Some)
    }
}

/// The same for a field that need not be there.
pub fn optional_object<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_option(OptionalVisitor(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Pair {
        left: u8,
        right: u8,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Holder {
        #[serde(deserialize_with = "object")]
        pair: Pair,
        #[serde(default, deserialize_with = "optional_object")]
        other: Option<Pair>,
    }

    #[test]
    fn an_array_is_no_structure() {
        let read = |text: &str| serde_json::from_str::<Holder>(text);
        let pair = || Pair { left: 1, right: 2 };
        let both = r#"{"pair": {"left": 1, "right": 2}, "other": {"left": 1, "right": 2}}"#;
        assert_eq!(read(both).unwrap(), Holder { pair: pair(), other: Some(pair()) });
        let one = read(r#"{"pair": {"left": 1, "right": 2}, "other": null}"#).unwrap();
        assert_eq!(one, Holder { pair: pair(), other: None });
        assert!(read(r#"{"pair": [1, 2]}"#).is_err());
        assert!(read(r#"{"pair": {"left": 1, "right": 2}, "other": [1, 2]}"#).is_err());
    }
}
