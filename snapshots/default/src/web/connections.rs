//! The connections of the server: how many there are at most, and how long one may keep us waiting.
//!
//! Without this, half-sent requests stay open for ever and use up the connections of everybody else (CWE-400).

use std::{
    collections::HashMap,
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, connect_info::Connected},
    http::StatusCode,
    middleware::Next,
    response::Response,
    serve::{IncomingStream, Listener},
};
use http_body_util::BodyExt;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, Sleep, sleep_until},
};

/// How many there may be, and how long they may keep us waiting.
#[derive(Clone, Copy)]
pub struct Patience {
    /// Connections at a time. When there are more, the one that has been waiting for longest is closed.
    pub max: usize,
    /// For a whole head, from its first byte, or from when the connection was opened.
    pub head: Duration,
    /// For the next request. Longer than proxies keep a connection that they do not use (nginx a minute, Caddy two), so that it
    /// is they who close it.
    pub idle: Duration,
}

/// 900 fit into the 1024 files that a process may usually open (`ulimit -n`).
pub const PATIENCE: Patience = Patience {
    max: 900,
    head: Duration::from_secs(10),
    idle: Duration::from_secs(130),
};

/// A listener that keeps count of what it has accepted.
pub struct Connections {
    listener: TcpListener,
    patience: Patience,
    free: Arc<Semaphore>,
    open: Open,
    last: u64,
}

type Open = Arc<Mutex<HashMap<u64, Arc<Connection>>>>;

impl Connections {
    pub fn new(listener: TcpListener, patience: Patience) -> Self {
        Self {
            listener,
            patience,
            free: Arc::new(Semaphore::new(patience.max)),
            open: Open::default(),
            last: 0,
        }
    }

    /// A place for one more: if there is none, that of whoever has been waiting for longest.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.free.clone().try_acquire_owned() {
            return Some(place);
        }
        let longest = lock(&self.open)
            .values()
            .filter_map(|connection| Some((connection.waiting_since()?, connection.clone())))
            .min_by_key(|(since, _)| *since);
        if let Some((_, connection)) = longest {
            connection.close();
        }
        self.free.clone().acquire_owned().await.ok()
    }
}

impl Listener for Connections {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        let place = self.place().await;
        let connection = Arc::new(Connection::new(self.patience));
        self.last += 1;
        lock(&self.open).insert(self.last, connection.clone());
        let stream = Stream {
            stream,
            alarm: Box::pin(sleep_until(Instant::now())),
            connection,
            number: self.last,
            open: self.open.clone(),
            _place: place,
        };
        (stream, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What a connection is doing.
struct Connection {
    patience: Patience,
    state: Mutex<State>,
}

struct State {
    /// None while a request is being answered.
    waiting: Option<Waiting>,
    reader: Option<Waker>,
    /// It is a WebSocket, and never waits again.
    is_upgraded: bool,
}

struct Waiting {
    since: Instant,
    until: Instant,
    /// Whether `until` is about a head that has begun to come.
    head: bool,
}

impl Connection {
    fn new(patience: Patience) -> Self {
        let since = Instant::now();
        let waiting = Waiting {
            since,
            until: since + patience.head,
            head: true,
        };
        Self {
            patience,
            state: Mutex::new(State {
                waiting: Some(waiting),
                reader: None,
                is_upgraded: false,
            }),
        }
    }

    fn waiting_since(&self) -> Option<Instant> {
        lock(&self.state)
            .waiting
            .as_ref()
            .map(|waiting| waiting.since)
    }

    /// Something has come: from now on a head has to be finished.
    fn received(&self) {
        let mut state = lock(&self.state);
        let waiting = state.waiting.as_mut().filter(|waiting| !waiting.head);
        if let Some(waiting) = waiting {
            waiting.head = true;
            waiting.until = Instant::now() + self.patience.head;
        }
    }

    /// Until when it may keep us waiting. The reader is woken when that changes.
    fn waits_until(&self, reader: &Waker) -> Option<Instant> {
        let mut state = lock(&self.state);
        state.reader = Some(reader.clone());
        state.waiting.as_ref().map(|waiting| waiting.until)
    }

    fn is_in_use(&self) {
        lock(&self.state).waiting = None;
    }

    fn is_upgraded(&self) {
        lock(&self.state).is_upgraded = true;
    }

    fn is_idle(&self) {
        let since = Instant::now();
        let until = since + self.patience.idle;
        self.wait(Waiting {
            since,
            until,
            head: false,
        });
    }

    fn close(&self) {
        let now = Instant::now();
        self.wait(Waiting {
            since: now,
            until: now,
            head: true,
        });
    }

    fn wait(&self, waiting: Waiting) {
        let mut state = lock(&self.state);
        if state.is_upgraded {
            return;
        }
        state.waiting = Some(waiting);
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }
}

/// A connection, which ends itself when it keeps us waiting.
pub struct Stream {
    stream: TcpStream,
    alarm: Pin<Box<Sleep>>,
    connection: Arc<Connection>,
    number: u64,
    open: Open,
    _place: Option<OwnedSemaphorePermit>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.number);
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.connection.received();
        }
        if read.is_ready() {
            return read;
        }
        let Some(until) = self.connection.waits_until(cx.waker()) else {
            return Poll::Pending;
        };
        if self.alarm.deadline() != until {
            self.alarm.as_mut().reset(until);
        }
        ready!(self.alarm.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Who is at the other end of a connection.
#[derive(Clone)]
pub struct Peer {
    address: SocketAddr,
    connection: Arc<Connection>,
}

impl Connected<IncomingStream<'_, Connections>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        Self {
            address: *stream.remote_addr(),
            connection: stream.io().connection.clone(),
        }
    }
}

/// The outermost layer: a connection is in use until its response was sent, or for good once it is a WebSocket.
pub async fn in_use(mut request: Request, next: Next) -> Response {
    let Some(ConnectInfo(peer)) = request.extensions_mut().remove::<ConnectInfo<Peer>>() else {
        return next.run(request).await;
    };
    request.extensions_mut().insert(ConnectInfo(peer.address));
    peer.connection.is_in_use();
    let in_use = InUse(peer.connection);
    let response = next.run(request).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        in_use.0.is_upgraded();
        return response;
    }
    response.map(|body| {
        Body::new(body.map_err(move |error| {
            let _until_the_body_is_dropped = &in_use;
            error
        }))
    })
}

struct InUse(Arc<Connection>);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.is_idle();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
