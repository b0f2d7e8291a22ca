//! The threads that read, each with its own connection, so that nothing blocks the async runtime and reads go on while
//! the writer waits for its disk.

use rusqlite::Connection;

/// A read, which answers by itself.
pub(super) type Read = Box<dyn FnOnce(&Connection) + Send>;

/// A message to one of the readers.
pub(super) enum Command {
    /// Do this.
    Do(Read),
    /// One reader shall stop.
    Stop,
}

/// Reads until it is stopped or nobody is left to ask.
pub(super) fn run(connection: &Connection, queue: &flume::Receiver<Command>) {
    while let Ok(Command::Do(read)) = queue.recv() {
        read(connection);
    }
}
