//! Bytes nobody can guess.

/// The only source of randomness: identifiers, seeds of codes and tokens.
#[cfg_attr(feature = "doubles", mockall::automock)]
pub trait Random: Send + Sync + 'static {
    /// Fills the whole buffer from a cryptographic source. It does not fail: a process without a source of randomness
    /// must not start.
    fn fill(&self, buffer: &mut [u8]);
}

/// Conveniences over [`Random`].
pub trait RandomExt: Random {
    /// `N` random bytes.
    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut buffer = [0; N];
        self.fill(&mut buffer);
        buffer
    }
}

impl<R: Random + ?Sized> RandomExt for R {}
