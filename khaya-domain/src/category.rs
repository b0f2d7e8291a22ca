//! The trades that are offered and asked for.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The text names no trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of the categories, such as plumbing, electrical or painting")]
pub struct UnknownCategory;

macro_rules! categories {
    ($($(#[$doc:meta])+ $name:ident => $text:literal,)+) => {
        /// A trade.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Category {
            $($(#[$doc])+ $name,)+
        }

        impl Category {
            /// Every trade, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The name that is stored and sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }

        impl FromStr for Category {
            type Err = UnknownCategory;

            fn from_str(text: &str) -> Result<Self, UnknownCategory> {
                match text {
                    $($text => Ok(Self::$name),)+
                    _ => Err(UnknownCategory),
                }
            }
        }
    };
}

categories! {
    /// Pipes, taps, geysers, drains.
    Plumbing => "plumbing",
    /// Wiring, distribution boards, compliance certificates.
    Electrical => "electrical",
    /// Doors, cupboards, decks.
    Carpentry => "carpentry",
    /// Inside and outside walls.
    Painting => "painting",
    /// Homes, carpets, windows.
    Cleaning => "cleaning",
    /// Lawns, hedges, trees, irrigation.
    Gardening => "gardening",
    /// Roofs, gutters, ceilings, waterproofing.
    Roofing => "roofing",
    /// Floors and walls.
    Tiling => "tiling",
    /// Driveways and paths.
    Paving => "paving",
    /// Walls, extensions, renovations.
    Building => "building",
    /// Fridges, washing machines, stoves.
    ApplianceRepair => "appliance_repair",
    /// Cooling and heating of air.
    AirConditioning => "air_conditioning",
    /// Panels, inverters, batteries, backup power.
    Solar => "solar",
    /// Alarms, cameras, gates, electric fences.
    Security => "security",
    /// Insects and rodents.
    PestControl => "pest_control",
    /// Moving house, transport of furniture.
    Moving => "moving",
    /// Locks and keys.
    Locksmith => "locksmith",
    /// Swimming pools.
    Pool => "pool",
    /// Small jobs of every kind.
    Handyman => "handyman",
    /// None of the above.
    Other => "other",
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_survives_text_and_json() {
        for category in Category::ALL {
            assert_eq!(category.as_str().parse(), Ok(*category));
            assert_eq!(serde_json::to_value(category).unwrap(), category.as_str());
        }
        assert_eq!("Plumbing".parse::<Category>(), Err(UnknownCategory));
    }
}
