//! The built-in price guide: what a job of a trade usually costs, in rand, and how many days it usually takes.
//!
//! `docs/price-guide.md` names the source of each line. Where there is none, the line is the team's own estimate, to be
//! replaced by Khaya's figures as they come in (`GET /admin/estimates`).

use super::{Confidence, DayRange, Estimate, PriceRange, Source};
use crate::{
    category::Category,
    money::Money,
    text::{Description, EstimateReason, Title},
};

/// The edition of the guide: it takes the next number whenever a figure changes, so that estimates can be told apart.
pub const EDITION: u16 = 1;

/// What is usual in a trade.
struct Usual {
    rand: (u32, u32),
    days: (u16, u16),
}

/// One line of the guide.
const fn line(low: u32, high: u32, fewest: u16, most: u16) -> Usual {
    Usual { rand: (low, high), days: (fewest, most) }
}

const fn usual(category: Category) -> Usual {
    match category {
        Category::Plumbing => line(750, 8_000, 1, 3),
        Category::Electrical => line(750, 6_000, 1, 3),
        Category::Carpentry => line(1_000, 15_000, 1, 10),
        Category::Painting => line(1_500, 20_000, 1, 7),
        Category::Cleaning => line(400, 2_500, 1, 1),
        Category::Gardening => line(350, 4_000, 1, 3),
        Category::Roofing => line(2_000, 30_000, 1, 10),
        Category::Tiling => line(2_000, 20_000, 2, 8),
        Category::Paving => line(5_000, 40_000, 2, 10),
        Category::Building => line(5_000, 250_000, 3, 90),
        Category::ApplianceRepair => line(450, 3_500, 1, 5),
        Category::AirConditioning => line(900, 20_000, 1, 3),
        Category::Solar => line(5_000, 150_000, 1, 7),
        Category::Security => line(900, 20_000, 1, 5),
        Category::PestControl => line(500, 4_000, 1, 2),
        Category::Moving => line(1_500, 12_000, 1, 2),
        Category::Locksmith => line(350, 3_300, 1, 1),
        Category::Pool => line(500, 15_000, 1, 7),
        Category::Handyman => line(400, 4_000, 1, 3),
        Category::Other => line(500, 10_000, 1, 7),
    }
}

/// How large a job is, as far as its text gives it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Size {
    Small,
    Usual,
    Large,
}

/// Words that tell of a small job, and of a large one. Whole words only.
const SMALL: &[&str] =
    &["small", "little", "minor", "one", "single", "quick", "klein", "encane", "drip", "drips", "dripping"];
const LARGE: &[&str] = &[
    "large",
    "big",
    "whole",
    "entire",
    "complete",
    "full",
    "all",
    "replace",
    "replacement",
    "install",
    "installation",
    "renovate",
    "renovation",
    "groot",
    "enkulu",
];

/// From how many rooms on a job is large.
const MANY_ROOMS: u32 = 4;

impl Size {
    /// What the text gives away. Where it points both ways, the job is of the usual size.
    fn of(title: &str, description: &str) -> Self {
        let text = format!("{title} {description}").to_lowercase();
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let says = |list: &[&str]| words.iter().any(|word| list.contains(word));
        let rooms = words.windows(2).filter_map(|pair| match pair {
            [count, thing] if matches!(*thing, "room" | "rooms" | "bedroom" | "bedrooms") => {
                count.parse::<u32>().ok()
            }
            _ => None,
        });
        let rooms = rooms.max();
        let is_small = says(SMALL) || rooms == Some(1);
        let is_large = says(LARGE) || rooms.is_some_and(|rooms| rooms >= MANY_ROOMS);
        match (is_small, is_large) {
            (true, false) => Self::Small,
            (false, true) => Self::Large,
            (true, true) | (false, false) => Self::Usual,
        }
    }
}

/// What the guide says of a job. It always says something, and what a text says can choose between three ranges of the trade
/// and no more.
///
/// ```
/// use khaya_domain::{category::Category, estimate::guide};
///
/// let leak = guide::estimate(Category::Plumbing, &"Geyser is leaking".parse()?, &"It drips all night.".parse()?);
/// assert_eq!(leak.price.low().to_string(), "R750.00");
/// # Ok::<(), khaya_domain::text::TextError>(())
/// ```
#[must_use]
pub fn estimate(category: Category, title: &Title, description: &Description) -> Estimate {
    let Usual { rand: (low, high), days: (fewest, most) } = usual(category);
    let size = Size::of(title.as_str(), description.as_str());
    let (half, half_days) = (low.midpoint(high), fewest.midpoint(most));
    let (low, high, fewest, most) = match size {
        Size::Small => (low, half, fewest, half_days),
        Size::Usual => (low, high, fewest, most),
        Size::Large => (half, high, half_days, most),
    };
    let price = PriceRange { low: Money::of_rand(low), high: Money::of_rand(high) };
    Estimate {
        price,
        days: DayRange { low: fewest, high: most },
        confidence: Confidence::Low,
        reason: EstimateReason::of_guide(match size {
            Size::Small => "What small jobs of this trade usually cost, from Khaya's price guide.",
            Size::Usual => "What jobs of this trade usually cost, from Khaya's price guide.",
            Size::Large => "What large jobs of this trade usually cost, from Khaya's price guide.",
        }),
        source: Source::Guide { edition: EDITION },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_choose_the_half_of_the_range() {
        for (text, size) in [
            ("Paint one small bedroom wall", Size::Small),
            ("Paint 1 room in the house", Size::Small),
            ("Paint 5 rooms, walls only", Size::Large),
            ("Paint the entire house", Size::Large),
            ("Paint a small wall in a large house", Size::Usual),
            ("Paint 3 bedrooms", Size::Usual),
            ("Smallholding fence", Size::Usual),
        ] {
            assert_eq!(Size::of(text, ""), size, "{text}");
        }
    }
}
