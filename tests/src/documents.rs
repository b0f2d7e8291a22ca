//! Documents that are made from the code. A test holds each to what the code says now;
//! `KHAYA_UPDATE_DOCUMENTS=1 cargo test --workspace` writes them anew, to be read in the diff.

use std::path::PathBuf;

/// A file of the repository.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// The text of a file of the repository.
///
/// # Panics
///
/// When it cannot be read.
pub fn read(name: &str) -> String {
    let text = std::fs::read_to_string(path(name));
    text.unwrap_or_else(|error| unreadable(name, &error))
}

/// Holds a whole file to what it should say.
///
/// # Panics
///
/// When it says something else.
#[track_caller]
pub fn check(name: &str, wanted: &str) {
    let there = std::fs::read_to_string(path(name)).unwrap_or_default();
    settle(name, &there, wanted.to_owned());
}

/// Holds the part of a file between `<!-- made: part -->` and `<!-- end: part -->` to what it should say.
///
/// # Panics
///
/// When the part is not there, or says something else.
#[track_caller]
pub fn check_part(name: &str, part: &str, wanted: &str) {
    let there = read(name);
    let (begin, end) = (format!("<!-- made: {part} -->\n"), format!("<!-- end: {part} -->"));
    let around = there.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    assert!(around.is_some(), "{name} has no part {part}");
    let (before, after) = around.unwrap_or_default();
    settle(name, &there, format!("{before}{begin}{wanted}{end}{after}"));
}

#[track_caller]
fn settle(name: &str, there: &str, wanted: String) {
    if there == wanted {
        return;
    }
    if std::env::var_os("KHAYA_UPDATE_DOCUMENTS").is_some() {
        let written = std::fs::write(path(name), wanted);
        return written.unwrap_or_else(|error| unreadable(name, &error));
    }
    let line = there.lines().zip(wanted.lines()).position(|(there, wanted)| there != wanted);
    let line = line.unwrap_or_else(|| there.lines().count().min(wanted.lines().count()));
    let shown = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
    differs(name, line + 1, &shown(there), &shown(&wanted));
}

#[track_caller]
#[expect(clippy::panic, reason = "a test whose document is out of date has failed")]
fn differs(name: &str, line: usize, there: &str, wanted: &str) -> ! {
    panic!(
        "{name} is out of date at line {line}:\n  it says     {there}\n  it should   {wanted}\n\
         Run `KHAYA_UPDATE_DOCUMENTS=1 cargo test -p khaya-tests` and read the difference."
    )
}

#[expect(clippy::panic, reason = "a test that cannot read its document has failed")]
fn unreadable<T>(name: &str, error: &std::io::Error) -> T {
    panic!("{name}: {error}")
}
