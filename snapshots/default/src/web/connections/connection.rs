//! What a connection is doing, and since when it keeps us waiting.

use std::{
    sync::{Arc, Mutex},
    task::Waker,
};

use tokio::time::Instant;

use super::{Patience, lock};

pub struct Connection {
    patience: Patience,
    state: Mutex<State>,
}

struct State {
    /// The head that is to come. None while a request is being answered.
    head: Option<Head>,
    /// Since when nothing has come of a body that is not complete.
    body: Option<Instant>,
    /// Bytes that have not been read of the last request's body.
    unread: u64,
    /// Since when the client has read nothing of what is written.
    write: Option<Instant>,
    reader: Option<Waker>,
    writer: Option<Waker>,
    is_closed: bool,
    /// It is a WebSocket, and never waits for a head again.
    is_upgraded: bool,
}

struct Head {
    since: Instant,
    until: Instant,
    /// Bytes that have come of it. None: it has not begun.
    received: Option<usize>,
}

impl Connection {
    pub fn new(patience: Patience) -> Self {
        let since = Instant::now();
        let head = Head {
            since,
            until: since + patience.head,
            received: Some(0),
        };
        let state = State {
            head: Some(head),
            body: None,
            unread: 0,
            write: None,
            reader: None,
            writer: None,
            is_closed: false,
            is_upgraded: false,
        };
        Self {
            patience,
            state: Mutex::new(state),
        }
    }

    /// Since when it has kept us waiting, if it does: with a head, a body, or what it does not read. None, too, when it is being
    /// closed.
    pub fn waiting_since(&self) -> Option<Instant> {
        let state = lock(&self.state);
        if state.is_closed {
            return None;
        }
        // While it reads a response, no head is due.
        let head = state.head.as_ref().filter(|_| state.write.is_none());
        let head = head.map(|head| head.since);
        [head, state.body, state.write].into_iter().flatten().min()
    }

    /// Ends it: nothing is read from it or written to it any more.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.is_closed = true;
        for waker in [state.reader.take(), state.writer.take()] {
            waker.into_iter().for_each(Waker::wake);
        }
    }

    /// Notes that bytes have come: from the first one on, a head has to be finished.
    pub fn received(&self, bytes: usize) {
        let mut state = lock(&self.state);
        let Some(head) = &mut state.head else {
            return;
        };
        if head.received.is_none() {
            head.until = Instant::now() + self.patience.head;
        }
        *head.received.get_or_insert(0) += bytes;
    }

    /// Whether more has come of a head than it may have. A request that is complete is not a head any more.
    pub fn is_too_long(&self) -> bool {
        let state = lock(&self.state);
        let received = state.head.as_ref().and_then(|head| head.received);
        received.is_some_and(|received| received > self.patience.head_size)
    }

    /// Until when something has to come. None: that is not the client's turn. The reader is woken when this changes.
    pub fn read_until(&self, reader: &Waker) -> Option<Instant> {
        let mut state = lock(&self.state);
        state.reader = Some(reader.clone());
        if state.is_closed {
            return Some(Instant::now());
        }
        let head = state.head.as_ref().filter(|_| state.write.is_none());
        head.map(|head| head.until)
    }

    /// Until when the client has to read something. The writer is woken when this changes.
    pub fn write_until(&self, writer: &Waker) -> Instant {
        let mut state = lock(&self.state);
        let now = Instant::now();
        state.writer = Some(writer.clone());
        if state.is_closed {
            return now;
        }
        *state.write.get_or_insert(now) + self.patience.write
    }

    /// The client has read something. Only when it has read a response to the end, it has to send the next head: until then, a
    /// response that was handed over as a whole is still being sent.
    pub fn written(&self) {
        let mut state = lock(&self.state);
        if state.write.take().is_none() {
            return;
        }
        let now = Instant::now();
        if let Some(head) = state.head.as_mut().filter(|head| head.received.is_none()) {
            head.since = now;
            head.until = now + self.patience.idle;
        }
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    pub fn is_closed(&self) -> bool {
        lock(&self.state).is_closed
    }

    fn awaits_body(&self, length: u64) {
        let mut state = lock(&self.state);
        state.body = Some(Instant::now());
        state.unread = length;
    }

    fn has_read(&self, bytes: u64) {
        let mut state = lock(&self.state);
        state.body = Some(Instant::now());
        state.unread = state.unread.saturating_sub(bytes);
    }

    /// Whether the last request has a body that nobody has read to its end. What is left of it would have to be read before the
    /// next request.
    pub fn has_unread_body(&self) -> bool {
        lock(&self.state).unread > 0
    }

    fn body_has_come(&self) {
        lock(&self.state).body = None;
    }

    pub fn is_in_use(&self) {
        let mut state = lock(&self.state);
        state.head = None;
        state.unread = 0;
    }

    pub fn is_upgraded(&self) {
        lock(&self.state).is_upgraded = true;
    }

    pub fn is_idle(&self) {
        let mut state = lock(&self.state);
        if state.is_upgraded {
            return;
        }
        let since = Instant::now();
        state.head = Some(Head {
            since,
            until: since + self.patience.idle,
            received: None,
        });
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }
}

/// A request's body that is still to come. Dropped when a handler has read it, or does not want it.
pub struct AwaitedBody(Arc<Connection>);

impl AwaitedBody {
    /// `length` is in bytes.
    pub fn of(connection: &Arc<Connection>, length: u64) -> Self {
        connection.awaits_body(length);
        Self(connection.clone())
    }

    /// So many bytes of it have been read.
    pub fn has_read(&self, bytes: u64) {
        self.0.has_read(bytes);
    }
}

impl Drop for AwaitedBody {
    fn drop(&mut self) {
        self.0.body_has_come();
    }
}
