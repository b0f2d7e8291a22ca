//! The inverted index.

use std::collections::{BTreeMap, HashMap};

use khaya_domain::category::Category;
use khaya_domain::geo::GeoPoint;
use khaya_domain::ids::JobId;
use khaya_domain::money::Money;
use khaya_ports::search::{Hit, SearchEntry, SearchFilter};

use crate::concepts::CONCEPTS;
use crate::vector::{self, Vector};
use crate::vocabulary::Vocabulary;
use crate::words;

/// How much more often a word of the title counts.
const TITLE: u8 = 3;
/// BM25: how soon repetition stops to count, and how much a long text is held back.
const K1: f32 = 1.2;
const B: f32 = 0.5;
/// What a cosine of 1 is worth beside BM25.
const COSINE: f32 = 2.0;
/// Hits by vector alone must be at least this near.
const NEAR: f32 = 0.45;
/// The trade of the jobs that fit best is taken for the one that is meant. From how many of them it is read, and how much
/// a job gains that is of the same trade as all of these.
const LEADING: usize = 5;
const TRADE: f32 = 2.0;
/// Only so many words of a query count.
const QUERY_WORDS: usize = 24;

/// One job: a slot's content.
struct Slot {
    job: JobId,
    category: Category,
    budget: Money,
    place: GeoPoint,
    terms: Box<[u32]>,
}

impl Slot {
    fn passes(&self, filter: &SearchFilter) -> bool {
        filter.category.is_none_or(|category| category == self.category)
            && filter.min_budget.is_none_or(|least| least <= self.budget)
            && filter.max_budget.is_none_or(|most| self.budget <= most)
            && filter
                .around
                .is_none_or(|around| around.point.distance_metres(&self.place) <= around.within_metres)
    }
}

/// A job that has a term, and how often.
#[derive(Clone, Copy)]
struct Posting {
    slot: u32,
    count: u8,
}

/// Jobs in memory, found by words and what they mean.
pub struct Index {
    vocabulary: Vocabulary,
    /// By the term's number, in order of slots.
    postings: Vec<Vec<Posting>>,
    slots: Vec<Option<Slot>>,
    /// By slot, apart from the rest because every search reads all of them: how many words a job has.
    lengths: Vec<u16>,
    /// By slot: the vectors, of zeros where no job is.
    vectors: Vec<Vector>,
    vector_lengths: Vec<f32>,
    free: Vec<u32>,
    by_job: HashMap<JobId, u32>,
    total_length: u64,
}

impl Default for Index {
    fn default() -> Self {
        let mut vocabulary = Vocabulary::default();
        for word in &CONCEPTS.words {
            vocabulary.number(word);
        }
        let postings = vec![Vec::new(); CONCEPTS.words.len()];
        Self {
            vocabulary,
            postings,
            slots: Vec::new(),
            lengths: Vec::new(),
            vectors: Vec::new(),
            vector_lengths: Vec::new(),
            free: Vec::new(),
            by_job: HashMap::new(),
            total_length: 0,
        }
    }
}

impl Index {
    /// Puts a job in, in place of what was there under its id.
    pub fn put(&mut self, entry: &SearchEntry) {
        self.remove(entry.id);
        let counts = counts(entry);
        let vector = vector::of(
            counts
                .iter()
                .filter(|(word, _)| !word.starts_with('='))
                .map(|(word, count)| (word.as_str(), f32::from(*count).sqrt())),
        );
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.lengths.push(0);
            self.vectors.push([0; vector::DIMENSIONS]);
            self.vector_lengths.push(0.0);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let mut length = 0_u16;
        let mut terms = Vec::with_capacity(counts.len());
        for (word, count) in counts {
            let term = self.vocabulary.number(&word);
            if self.postings.len() <= term as usize {
                self.postings.resize(term as usize + 1, Vec::new());
            }
            if let Some(list) = self.postings.get_mut(term as usize) {
                let at = list.partition_point(|posting| posting.slot < slot);
                list.insert(at, Posting { slot, count });
            }
            length = length.saturating_add(u16::from(count));
            terms.push(term);
        }
        self.total_length += u64::from(length);
        self.by_job.insert(entry.id, slot);
        let job = Slot {
            job: entry.id,
            category: entry.category,
            budget: entry.budget,
            place: entry.place,
            terms: terms.into(),
        };
        self.fill(slot, Some(job), length, vector);
    }

    /// What a slot holds from now on.
    fn fill(&mut self, slot: u32, job: Option<Slot>, length: u16, vector: Vector) {
        let at = slot as usize;
        if let (Some(slot), Some(old_length), Some(old_vector), Some(vector_length)) = (
            self.slots.get_mut(at),
            self.lengths.get_mut(at),
            self.vectors.get_mut(at),
            self.vector_lengths.get_mut(at),
        ) {
            *slot = job;
            *old_length = length;
            *old_vector = vector;
            *vector_length = vector::length(&vector);
        }
    }

    /// Takes a job out.
    pub fn remove(&mut self, job: JobId) {
        let Some(number) = self.by_job.remove(&job) else { return };
        let Some(slot) = self.slots.get_mut(number as usize).and_then(Option::take) else { return };
        for term in &slot.terms {
            if let Some(list) = self.postings.get_mut(*term as usize)
                && let Ok(at) = list.binary_search_by_key(&number, |posting| posting.slot)
            {
                list.remove(at);
            }
        }
        self.total_length -= u64::from(self.lengths.get(number as usize).copied().unwrap_or_default());
        self.fill(number, None, 0, [0; vector::DIMENSIONS]);
        self.free.push(number);
    }

    /// See [`khaya_ports::search::JobSearch::search`].
    pub fn search(&self, text: &str, filter: &SearchFilter, after: Option<Hit>, limit: usize) -> Vec<Hit> {
        let groups = self.read(text);
        if groups.is_empty() {
            return Vec::new();
        }
        let mut scores = vec![0.0_f32; self.slots.len()];
        let mut best_of_group = scores.clone();
        for group in &groups {
            self.add_group(group, &mut best_of_group, &mut scores);
        }
        let words = groups.iter().flatten().filter(|(word, _)| !word.starts_with('='));
        let wanted = vector::of(words.map(|(word, weight)| (word.as_str(), *weight)));
        let wanted_length = vector::length(&wanted);
        // Vectors alone decide only where no job has a word of the query.
        let by_words = scores.iter().any(|score| *score > 0.0);
        let mut fitting: Vec<(f32, &Slot)> = Vec::new();
        let vectors = self.vectors.iter().zip(&self.vector_lengths);
        for ((slot, score), (vector, vector_length)) in self.slots.iter().zip(scores).zip(vectors) {
            let Some(slot) = slot else { continue };
            if by_words && score == 0.0 {
                continue;
            }
            let product = vector::dot(&wanted, vector) as f32;
            let cosine = product / (wanted_length * vector_length).max(1.0);
            if by_words || cosine >= NEAR {
                fitting.push((score + COSINE * cosine.max(0.0), slot));
            }
        }
        let trades = trades(&fitting);
        let mut hits = Vec::new();
        for (score, slot) in fitting {
            let share = trades.get(&slot.category).copied().unwrap_or_default();
            let hit = Hit { score: whole(score * (1.0 + TRADE * share)), job: slot.job };
            if after.is_none_or(|after| hit.is_after(&after)) && slot.passes(filter) {
                hits.push(hit);
            }
        }
        best(hits, limit)
    }

    /// How rare a term is: BM25's inverse document frequency.
    fn rarity(&self, having: usize) -> f32 {
        let (jobs, having) = (self.by_job.len() as f32, having as f32);
        (1.0 + (jobs - having + 0.5) / (having + 0.5)).ln()
    }

    /// The jobs that have a term.
    fn postings(&self, term: &str) -> &[Posting] {
        let list = self.vocabulary.find(term).and_then(|term| self.postings.get(term as usize));
        list.map_or(&[], Vec::as_slice)
    }

    /// Adds a group's BM25 to the scores of the jobs that have one of its terms: of several the one that is worth most,
    /// so that two names of one thing are not counted twice. `best` is a scratch list of zeros, and left so.
    fn add_group(&self, group: &Group, best: &mut [f32], scores: &mut [f32]) {
        let mean = (self.total_length as f32 / (self.by_job.len() as f32).max(1.0)).max(1.0);
        for (term, weight) in group {
            let list = self.postings(term);
            let rarity = weight * self.rarity(list.len());
            for posting in list {
                let at = posting.slot as usize;
                if let (Some(length), Some(best)) = (self.lengths.get(at), best.get_mut(at)) {
                    let count = f32::from(posting.count);
                    let held = K1 * (1.0 - B + B * f32::from(*length) / mean);
                    *best = best.max(rarity * count * (K1 + 1.0) / (count + held));
                }
            }
        }
        for (score, best) in scores.iter_mut().zip(best) {
            *score += std::mem::take(best);
        }
    }

    /// What is looked for: for each word of the query itself, what it may have been meant to be, and the concepts that
    /// it names, alone or with its neighbours.
    fn read(&self, text: &str) -> Vec<Group> {
        self.read_as(text, Spelling::Doubted)
    }

    pub(crate) fn read_as(&self, text: &str, spelling: Spelling) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        let mut read = Vec::new();
        for word in words::words(text).take(QUERY_WORDS) {
            if read.contains(&word) {
                continue;
            }
            let mut group = Group::new();
            let is_known = self.vocabulary.find(&word).is_some_and(|term| self.counts(term));
            let near = match spelling {
                Spelling::Doubted if !is_known => self.vocabulary.nearest(&word, |term| self.counts(term)),
                Spelling::Doubted | Spelling::Believed => Vec::new(),
            };
            group.insert(word.clone(), 1.0);
            for (known, weight) in &near {
                note(&mut group, known, *weight);
                for (_, concept) in CONCEPTS.of(&[(*known).to_owned()]) {
                    note(&mut group, concept, *weight);
                }
            }
            read.push(near.first().map_or(word, |(known, _)| (*known).to_owned()));
            groups.push(group);
        }
        for (span, concept) in CONCEPTS.of(&read) {
            // A name of several words is worth as much as a name of one.
            let share = 1.0 / span.len() as f32;
            for group in groups.get_mut(span).into_iter().flatten() {
                note(group, concept, share);
            }
        }
        groups
    }

    /// Whether a word is one to go by: a job has it, or it names a concept.
    fn counts(&self, term: u32) -> bool {
        (term as usize) < CONCEPTS.words.len()
            || self.postings.get(term as usize).is_some_and(|list| !list.is_empty())
    }
}

/// What is made of a word that nobody knows.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Spelling {
    /// It may have been meant to be another.
    Doubted,
    /// It is what it says.
    Believed,
}

/// One place of the query: the terms that a job may answer it with, each with a weight.
pub(crate) type Group = BTreeMap<String, f32>;

fn note(group: &mut Group, term: &str, weight: f32) {
    let known = group.entry(term.to_owned()).or_default();
    *known = known.max(weight);
}

/// How often each word and concept stands in an entry.
pub(crate) fn counts(entry: &SearchEntry) -> BTreeMap<String, u8> {
    let mut counts: BTreeMap<String, u8> = BTreeMap::new();
    let category = entry.category.as_str().replace('_', " ");
    let area = format!("{} {}", entry.area.suburb.as_str(), entry.area.city.as_str());
    let parts = [
        (entry.title.as_str(), TITLE),
        (entry.description.as_str(), 1),
        (category.as_str(), 1),
        (area.as_str(), 1),
    ];
    for (text, weight) in parts {
        let words: Vec<String> = words::words(text).collect();
        let concepts = CONCEPTS.of(&words).into_iter().map(|(_, concept)| concept);
        for word in words.iter().map(String::as_str).chain(concepts) {
            let count = counts.entry(word.to_owned()).or_default();
            *count = count.saturating_add(weight);
        }
    }
    counts
}

/// The trades of the jobs that fit best, with the share of the score that each has among them.
fn trades(fitting: &[(f32, &Slot)]) -> HashMap<Category, f32> {
    let is_before = |one: &(f32, &Slot), other: &(f32, &Slot)| {
        one.0.total_cmp(&other.0).then(one.1.job.as_uuid().cmp(other.1.job.as_uuid())).is_gt()
    };
    let mut first: Vec<&(f32, &Slot)> = Vec::with_capacity(LEADING + 1);
    for job in fitting {
        if first.len() == LEADING && first.last().is_some_and(|last| is_before(last, job)) {
            continue;
        }
        let place = first.partition_point(|other| is_before(other, job));
        first.insert(place, job);
        first.truncate(LEADING);
    }
    let mut shares: HashMap<Category, f32> = HashMap::new();
    let mut total = 0.0;
    for (score, slot) in first {
        *shares.entry(slot.category).or_default() += score;
        total += score;
    }
    for share in shares.values_mut() {
        *share /= total;
    }
    shares
}

/// Thousandths: fine enough to tell, coarse enough to be the same in every run.
fn whole(score: f32) -> u32 {
    (score * 1000.0 + 0.5) as u32
}

/// The first hits, in order.
fn best(mut hits: Vec<Hit>, limit: usize) -> Vec<Hit> {
    let order =
        |one: &Hit, other: &Hit| (other.score, other.job.as_uuid()).cmp(&(one.score, one.job.as_uuid()));
    if limit < hits.len() {
        hits.select_nth_unstable_by(limit, order);
        hits.truncate(limit);
    }
    hits.sort_unstable_by(order);
    hits
}
