//! Khaya.
