//! A TCP stream that ends itself when its client keeps us waiting.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep_until},
};

use super::{Listed, connection::Connection};

/// What a client is told whose head is too long (RFC 6585, section 5).
const TOO_LARGE: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";

pub struct Stream {
    stream: TcpStream,
    /// Whether the client was told that its head is too long.
    is_refused: bool,
    connection: Arc<Connection>,
    reading: Alarm,
    writing: Alarm,
    _listed: Listed,
}

impl Stream {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>, listed: Listed) -> Self {
        Self {
            stream,
            is_refused: false,
            connection,
            reading: Alarm::new(),
            writing: Alarm::new(),
            _listed: listed,
        }
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Answers a head that is too long, and reads it to its end as long as it may take: a connection that is closed before
    /// would be reset, and the answer lost.
    fn refuse(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_refused {
            self.is_refused = true;
            // Nothing of a response is under way while a head comes.
            let _ = self.stream.try_write(TOO_LARGE);
            let _ = Pin::new(&mut self.stream).poll_shutdown(cx);
        }
        let mut scratch = [0; 4096];
        loop {
            let mut discarded = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut discarded))?;
            if discarded.filled().is_empty() {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
        }
    }

    /// What has been read, or an error when the client has sent nothing for too long.
    fn read_in_time(
        &mut self,
        cx: &mut Context<'_>,
        read: Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        if read.is_ready() && !self.connection.is_closed() {
            return read;
        }
        let Some(until) = self.connection.read_until(cx.waker()) else {
            return Poll::Pending;
        };
        ready!(self.reading.poll(cx, until));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// What has been written, or an error when the client has read nothing for too long.
    fn written_in_time(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() && !self.connection.is_closed() {
            self.connection.written();
            return written;
        }
        let until = self.connection.write_until(cx.waker());
        ready!(self.writing.poll(cx, until));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_refused || self.connection.is_too_long() {
            let refused = self.refuse(cx);
            return self.read_in_time(cx, refused);
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let received = buffer.filled().len() - before;
        if received > 0 {
            self.connection.received(received);
        }
        self.read_in_time(cx, read)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.written_in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.written_in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Rings at a moment that may change.
struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    fn new() -> Self {
        Self(Box::pin(sleep_until(Instant::now())))
    }

    fn poll(&mut self, cx: &mut Context<'_>, at: Instant) -> Poll<()> {
        if at <= Instant::now() {
            return Poll::Ready(());
        }
        if self.0.deadline() != at {
            self.0.as_mut().reset(at);
        }
        self.0.as_mut().poll(cx)
    }
}
