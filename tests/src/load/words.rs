//! What users say, and about what.

use serde_json::{Value, json};

use super::user::User;

/// Jobs as people describe them, by trade.
const TOPICS: &str = include_str!("../../data/search/topics.txt");

const PLACES: [(&str, &str, f64, f64); 6] = [
    ("Orlando West", "Soweto", -26.2485, 27.9080),
    ("Melville", "Johannesburg", -26.1750, 28.0060),
    ("Hatfield", "Pretoria", -25.7487, 28.2380),
    ("Observatory", "Cape Town", -33.9376, 18.4706),
    ("Umlazi", "Durban", -29.9676, 30.8840),
    ("Summerstrand", "Gqeberha", -34.0050, 25.6580),
];

/// A job to be posted.
pub(super) struct NewJob {
    /// Its title, with a word in it that no other job has.
    pub(super) title: String,
    /// Its trade.
    pub(super) category: String,
    /// What it may cost, in cents.
    pub(super) budget: i64,
    description: String,
    address: Value,
}

impl NewJob {
    /// Another one each time.
    pub(super) fn draw(user: &mut User) -> Self {
        let topics: Vec<Vec<&str>> = TOPICS
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        let topic = pick(user, &topics).cloned().unwrap_or_default();
        let mut one_of = |column: usize| {
            let texts: Vec<&str> =
                topic.get(column).map(|text| text.split("; ").collect()).unwrap_or_default();
            pick(user, &texts).copied().unwrap_or("Fix it").trim_end_matches(';').to_owned()
        };
        let (category, title, description) = (one_of(1), one_of(2), one_of(3));
        let word: String =
            (0..8).map(|_| char::from(b'a' + u8::try_from(user.below(26)).unwrap_or_default())).collect();
        let budget = i64::from(500 + user.below(45) * 100) * 100;
        let number = 1 + user.below(200);
        let (suburb, city, latitude, longitude) = *pick(user, &PLACES).unwrap_or(&PLACES[0]);
        let address = json!({
            "street": format!("{number} Vilakazi Street"), "suburb": suburb, "city": city,
            "point": {"latitude": latitude, "longitude": longitude},
        });
        let description = format!("{description} For a load test.");
        Self { title: format!("{title} ({word})"), category, budget, description, address }
    }

    /// As it is asked about.
    pub(super) fn question(&self) -> Value {
        json!({"title": self.title, "description": self.description, "category": self.category})
    }

    /// As it is posted.
    pub(super) fn post(&self) -> Value {
        json!({
            "title": self.title, "description": self.description, "category": self.category,
            "budget": {"amount": self.budget, "currency": "ZAR"}, "address": self.address,
        })
    }
}

fn pick<'a, T>(user: &mut User, all: &'a [T]) -> Option<&'a T> {
    let place = user.below(u32::try_from(all.len()).unwrap_or(u32::MAX));
    all.get(usize::try_from(place).unwrap_or_default())
}

/// A text as a part of a query.
pub(super) fn in_query(text: &str) -> String {
    text.bytes().fold(String::new(), |mut query, byte| {
        if byte.is_ascii_alphanumeric() {
            query.push(char::from(byte));
        } else {
            query.push_str(&format!("%{byte:02X}"));
        }
        query
    })
}
