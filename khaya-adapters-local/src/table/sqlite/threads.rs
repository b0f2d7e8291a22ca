//! The threads of an open file, and how they are waited for: first the readers, then the writer, which closes the file.

use std::thread::{Builder, JoinHandle};

use khaya_ports::table::TableError;
use tokio::sync::oneshot;

/// All threads that were started.
#[derive(Default)]
pub(super) struct Threads {
    readers: Vec<Thread>,
    writer: Option<Thread>,
}

struct Thread {
    handle: JoinHandle<()>,
    /// Resolves, with an error, when the thread has dropped its end: as the last thing that it does.
    finished: oneshot::Receiver<()>,
}

impl Threads {
    pub(super) fn start_reader(&mut self, work: impl FnOnce() + Send + 'static) -> Result<(), TableError> {
        self.readers.push(start("table-read", work)?);
        Ok(())
    }

    pub(super) fn start_writer(&mut self, work: impl FnOnce() + Send + 'static) -> Result<(), TableError> {
        self.writer = Some(start("table-write", work)?);
        Ok(())
    }

    /// How many readers have not been waited for.
    pub(super) fn readers(&self) -> usize {
        self.readers.len()
    }

    /// Waits for the readers without blocking. May be dropped and called again.
    pub(super) async fn finish_readers(&mut self) {
        while let Some(reader) = self.readers.last_mut() {
            reader.wait().await;
            self.readers.pop().into_iter().for_each(Thread::join);
        }
    }

    /// Waits for the writer without blocking. May be dropped and called again.
    pub(super) async fn finish_writer(&mut self) {
        if let Some(writer) = &mut self.writer {
            writer.wait().await;
            self.writer.take().into_iter().for_each(Thread::join);
        }
    }

    /// Blocks until all have ended.
    pub(super) fn join(&mut self) {
        self.readers.drain(..).for_each(Thread::join);
        self.writer.take().into_iter().for_each(Thread::join);
    }
}

impl Thread {
    async fn wait(&mut self) {
        // Nothing is ever sent: the end of the sender is the message.
        let _ = (&mut self.finished).await;
    }

    fn join(self) {
        if self.handle.join().is_err() {
            tracing::error!("a thread of the table has panicked");
        }
    }
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Result<Thread, TableError> {
    let (running, finished) = oneshot::channel::<()>();
    let work = move || {
        work();
        drop(running);
    };
    let handle = Builder::new().name(name.to_owned()).spawn(work).map_err(TableError::unavailable)?;
    Ok(Thread { handle, finished })
}
