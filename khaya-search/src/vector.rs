//! Honest lexical embeddings: hashed character n-grams of a text's words. Two texts are near when they are written alike.

/// Dimensions: at 128 bytes a job, a hundred thousand jobs are 13 MB.
pub(crate) const DIMENSIONS: usize = 128;

/// A direction, each component scaled to -127..=127 by the largest.
pub(crate) type Vector = [i8; DIMENSIONS];

/// The vector of weighted words.
pub(crate) fn of<'a>(words: impl Iterator<Item = (&'a str, f32)>) -> Vector {
    let mut sums = [0.0_f32; DIMENSIONS];
    for (word, weight) in words {
        let padded: Vec<u8> = [b"<", word.as_bytes(), b">"].concat();
        let grams = padded.windows(3);
        // A long word counts as much as a short one.
        let share = weight / (grams.len().max(1) as f32).sqrt();
        for gram in grams {
            let hash = fnv(gram);
            let sign = if hash & 0x100 == 0 { share } else { -share };
            if let Some(sum) = sums.get_mut((hash >> 16) as usize % DIMENSIONS) {
                *sum += sign;
            }
        }
    }
    let largest = sums.iter().fold(0.0_f32, |largest, sum| largest.max(sum.abs()));
    sums.map(|sum| if largest > 0.0 { (sum / largest * 127.0).round() as i8 } else { 0 })
}

/// How long a vector is.
pub(crate) fn length(vector: &Vector) -> f32 {
    (dot(vector, vector) as f32).sqrt()
}

/// The inner product. Two products at a time fit 16 bits, which lets eight of them be made at once.
pub(crate) fn dot(one: &Vector, other: &Vector) -> i32 {
    let (one, other) = (one.split_at(DIMENSIONS / 2), other.split_at(DIMENSIONS / 2));
    let product = |(a, b): (&i8, &i8)| i16::from(*a) * i16::from(*b);
    let products = one.0.iter().zip(other.0).map(product).zip(one.1.iter().zip(other.1).map(product));
    products.map(|(a, b)| i32::from(a + b)).sum()
}

fn fnv(bytes: &[u8]) -> u32 {
    let hash =
        bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(one: &str, other: &str) -> f32 {
        let (one, other) = (of([(one, 1.0)].into_iter()), of([(other, 1.0)].into_iter()));
        dot(&one, &other) as f32 / (length(&one) * length(&other))
    }

    #[test]
    fn words_that_are_written_alike_are_near() {
        assert!(cosine("electrician", "electrisian") > 0.5);
        assert!(cosine("electrician", "gardener") < 0.3);
    }
}
