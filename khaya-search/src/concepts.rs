//! Different names of one thing. The table is data: `local_words.txt`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use crate::words;

/// The table: a line is a concept and the names that people have for it, names of several words included.
const TABLE: &str = include_str!("local_words.txt");

/// The most words that a name has.
const LONGEST: usize = 4;

/// Names, as stemmed words, with their concepts.
pub(crate) static CONCEPTS: LazyLock<Concepts> = LazyLock::new(|| Concepts::read(TABLE));

pub(crate) struct Concepts {
    names: HashMap<String, Vec<String>>,
    /// Every word of a name: known to be spelt right, whether a job has it or not.
    pub(crate) words: Vec<String>,
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

    /// The concepts that stemmed words name, each once for every name, and which of the words do.
    pub(crate) fn of(&self, words: &[String]) -> Vec<(Range<usize>, &str)> {
        let mut found = Vec::new();
        for start in 0..words.len() {
            for end in start + 1..=words.len().min(start + LONGEST) {
                let name = words.get(start..end).unwrap_or_default().join(" ");
                let concepts = self.names.get(&name).into_iter().flatten();
                found.extend(concepts.map(|concept| (start..end, concept.as_str())));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concepts(text: &str) -> Vec<&'static str> {
        CONCEPTS.of(&words::words(text).collect::<Vec<_>>()).into_iter().map(|(_, concept)| concept).collect()
    }

    #[test]
    fn names_of_one_thing_are_one_concept() {
        for name in ["geyser", "geiser", "boiler", "hot water cylinder"] {
            assert!(concepts(name).contains(&"=geyser"), "{name}");
        }
        assert!(concepts("my bakkie").contains(&"=bakkie"));
    }

    /// "Put up" would be "put", and name a concept in every job that puts something somewhere.
    #[test]
    fn no_name_shrinks_to_a_single_word_without_its_common_ones() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        for name in lines.filter_map(|line| line.split_once(':')).flat_map(|(_, list)| list.split(',')) {
            let (all, kept) = (words::raw_words(name).len(), words::words(name).count());
            assert!(kept == all || kept > 1, "{name}");
            assert!(kept <= LONGEST, "{name}");
        }
    }

    #[test]
    fn every_line_is_a_concept_of_its_own() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        let mut concepts: Vec<_> =
            lines.map(|line| line.split_once(':').map(|(concept, _)| concept)).collect();
        let all = concepts.len();
        concepts.sort_unstable();
        concepts.dedup();
        assert!(concepts.len() == all && !concepts.contains(&None));
    }
}
