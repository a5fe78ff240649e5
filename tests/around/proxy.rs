//! A slow network: passes bytes on, in both directions, a while after they have come.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::{sleep, spawn},
    time::{Duration, Instant},
};

/// Listens on a port of its own until the process ends.
pub struct Proxy {
    pub port: u16,
    /// Milliseconds, each way.
    latency: Arc<AtomicU64>,
}

type Chunk = (Instant, Vec<u8>);

impl Proxy {
    /// In front of a port of this machine. It is fast until told otherwise.
    pub fn start(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let latency = Arc::new(AtomicU64::new(0));
        let shared = latency.clone();
        spawn(move || {
            for client in listener.incoming().flatten() {
                if let Ok(server) = TcpStream::connect(("127.0.0.1", target)) {
                    connect(&client, &server, &shared);
                }
            }
        });
        Self { port, latency }
    }

    pub fn slow_down(&self, each_way: Duration) {
        let millis = u64::try_from(each_way.as_millis()).unwrap();
        self.latency.store(millis, Ordering::Relaxed);
    }
}

fn connect(client: &TcpStream, server: &TcpStream, latency: &Arc<AtomicU64>) {
    for stream in [client, server] {
        stream.set_nodelay(true).unwrap();
    }
    pass(client, server, latency.clone());
    pass(server, client, latency.clone());
}

fn pass(from: &TcpStream, to: &TcpStream, latency: Arc<AtomicU64>) {
    let (sender, receiver) = channel();
    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    spawn(move || read(from, &sender, &latency));
    spawn(move || write(to, &receiver));
}

fn read(mut from: TcpStream, chunks: &Sender<Chunk>, latency: &AtomicU64) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).unwrap_or(0);
        let due = Instant::now() + Duration::from_millis(latency.load(Ordering::Relaxed));
        let is_open = chunks.send((due, buffer[..length].to_vec())).is_ok();
        if length == 0 || !is_open {
            return;
        }
    }
}

/// An empty chunk is the end.
fn write(mut to: TcpStream, chunks: &Receiver<Chunk>) {
    for (due, chunk) in chunks {
        sleep(due.saturating_duration_since(Instant::now()));
        if chunk.is_empty() || to.write_all(&chunk).is_err() {
            break;
        }
    }
    _ = to.shutdown(Shutdown::Write);
}
