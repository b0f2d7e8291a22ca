//! What jobs and queries say, for whoever keeps them: [`Index`] ranks what is in memory, [`embedding`] says where a job or a
//! query stands among vectors that others keep. Nothing here reads or writes anything.
//!
//! | room | what is in it |
//! | --- | --- |
//! | [`Index`] | BM25 over words and concepts, with vectors of n-grams and the trade that is meant |
//! | [`embedding`] | a job and a query as vectors of one space |
//! | `words` | texts as words: stemmed, without diacritics and common words |
//! | `concepts` | different names of one thing, in four languages |
//! | `vocabulary` | what a misspelt word may have been meant to be |
//! | `vector` | hashed n-grams of words |

mod concepts;
pub mod embedding;
mod index;
mod vector;
mod vocabulary;
mod words;

pub use index::Index;
