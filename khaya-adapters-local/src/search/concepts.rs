//! Different names of one thing. The table is data: `local_words.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words;

/// The table: a line is a concept and the names that people have for it, names of several words included.
const TABLE: &str = include_str!("local_words.txt");

/// The most words that a name has.
const LONGEST: usize = 4;

/// Names, as stemmed words, with their concepts.
pub(super) static CONCEPTS: LazyLock<Concepts> = LazyLock::new(|| Concepts::read(TABLE));

pub(super) struct Concepts {
    names: HashMap<String, Vec<String>>,
    /// Every word of a name: known to be spelt right, whether a job has it or not.
    pub(super) words: Vec<String>,
}

impl Concepts {
    fn read(table: &str) -> Self {
        let mut names: HashMap<String, Vec<String>> = HashMap::new();
        let mut known = Vec::new();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let Some((concept, list)) = line.split_once(':') else { continue };
            for name in list.split(',') {
                let name: Vec<_> = words::words(name).collect();
                known.extend(name.iter().cloned());
                names.entry(name.join(" ")).or_default().push(format!("={}", concept.trim()));
            }
        }
        names.remove("");
        known.sort();
        known.dedup();
        Self { names, words: known }
    }

    /// The concepts that stemmed words name, each once for every name.
    pub(super) fn of(&self, words: &[String]) -> Vec<&str> {
        let mut found = Vec::new();
        for start in 0..words.len() {
            for end in start + 1..=words.len().min(start + LONGEST) {
                let name = words.get(start..end).unwrap_or_default().join(" ");
                found.extend(self.names.get(&name).into_iter().flatten().map(String::as_str));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts(text: &str) -> Vec<&'static str> {
        CONCEPTS.of(&words::words(text).collect::<Vec<_>>())
    }

    #[test]
    fn names_of_one_thing_are_one_concept() {
        for name in ["geyser", "geiser", "boiler", "hot water cylinder"] {
            assert!(concepts(name).contains(&"=geyser"), "{name}");
        }
        assert!(concepts("my bakkie").contains(&"=bakkie"));
    }
}
