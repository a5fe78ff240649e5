//! The connections of the server: how many there are at most, and how long one may keep us waiting.
//!
//! Without this, requests that are sent by half and responses that are not read stay open for ever, and use up the
//! connections of everybody else (CWE-400).

mod connection;
mod stream;

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::{ConnectInfo, Request, connect_info::Connected},
    http::{HeaderValue, StatusCode, Version, header},
    middleware::Next,
    response::Response,
    serve::{IncomingStream, Listener},
};
use http_body_util::BodyExt;
use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use connection::{AwaitedBody, Connection};
use stream::Stream;

/// How many there may be, and how long they may keep us waiting.
#[derive(Clone, Copy)]
pub struct Patience {
    /// Connections at a time. When there are more, the one that keeps us waiting for longest is closed.
    pub max: usize,
    /// For a whole head, from its first byte, or from when the connection was opened.
    pub head: Duration,
    /// For the next request. Longer than proxies keep a connection that they do not use (nginx a minute, Caddy two), so that it
    /// is they who close it.
    pub idle: Duration,
    /// For a client to read something of a response.
    pub write: Duration,
    /// Bytes that a head may have before it is complete.
    pub head_size: usize,
}

/// 900 fit into the 1024 files that a process may usually open (`ulimit -n`).
pub const PATIENCE: Patience = Patience {
    max: 900,
    head: Duration::from_secs(10),
    idle: Duration::from_secs(130),
    write: Duration::from_secs(30),
    head_size: 64 * 1024,
};

/// How long a connection has to close before another one is closed, too.
const CLOSING: Duration = Duration::from_millis(100);

/// A listener that keeps count of what it has accepted.
pub struct Connections {
    listener: TcpListener,
    patience: Patience,
    free: Arc<Semaphore>,
    open: Open,
    last: u64,
    /// Whether that has been logged.
    is_full: AtomicBool,
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
            is_full: AtomicBool::new(false),
        }
    }

    /// A place for one more: if there is none, that of the connection that keeps us waiting for longest.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.free.clone().try_acquire_owned() {
            return Some(place);
        }
        if !self.is_full.swap(true, Ordering::Relaxed) {
            tracing::warn!(self.patience.max, "all connections are taken");
        }
        loop {
            self.close_longest();
            // None may be waiting, or what has been closed may just have gone on.
            let place = timeout(CLOSING, self.free.clone().acquire_owned()).await;
            if let Ok(place) = place {
                return place.ok();
            }
        }
    }

    fn close_longest(&self) {
        let longest = lock(&self.open)
            .values()
            .filter_map(|connection| Some((connection.waiting_since()?, connection.clone())))
            .min_by_key(|(since, _)| *since);
        if let Some((_, connection)) = longest {
            connection.close();
        }
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
        let listed = Listed {
            number: self.last,
            open: self.open.clone(),
            _place: place,
        };
        (Stream::new(stream, connection, listed), peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// An entry in the list of open connections. Dropped with the connection, it makes room for another one.
struct Listed {
    number: u64,
    open: Open,
    _place: Option<OwnedSemaphorePermit>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        lock(&self.open).remove(&self.number);
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
            connection: stream.io().connection().clone(),
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
    let request = awaited(request, &peer.connection);
    let in_use = InUse(peer.connection);
    let is_first_version = request.version() < Version::HTTP_2;
    let mut response = next.run(request).await;
    if is_first_version && in_use.0.has_unread_body() {
        // The connection is going to be closed, and whoever keeps it has to know (RFC 9112, section 9.6).
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
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

fn awaited(request: Request, connection: &Arc<Connection>) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    // In chunks, its end is not known.
    let length = request.body().size_hint().exact().unwrap_or(u64::MAX);
    let awaited = AwaitedBody::of(connection, length);
    request.map(|body| {
        Body::new(body.map_frame(move |frame| {
            awaited.has_read(frame.data_ref().map_or(0, |data| data.len() as u64));
            frame
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
