//! An SMTP server (RFC 5321) that takes letters, or refuses what it was told to.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What one client has said, and the letters that it has brought.
#[derive(Clone, Default)]
pub struct Heard {
    pub commands: Vec<String>,
    pub letters: Vec<String>,
}

pub struct SmtpServer {
    pub url: String,
    heard: Arc<Mutex<Heard>>,
}

impl SmtpServer {
    pub fn start() -> Self {
        Self::refusing(&[])
    }

    /// Answers these instead of "250" to the first letters, after they have been brought.
    pub fn refusing(answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Heard::default()));
        let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
        let server = Self {
            url,
            heard: heard.clone(),
        };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (heard, answers) = (heard.clone(), answers.clone());
                thread::spawn(move || talk(&client, &heard, &answers));
            }
        });
        server
    }

    pub fn heard(&self) -> Heard {
        self.heard.lock().unwrap().clone()
    }
}

fn talk(client: &TcpStream, heard: &Mutex<Heard>, answers: &Mutex<VecDeque<&'static str>>) {
    let mut lines = BufReader::new(client).lines().map_while(Result::ok);
    say(client, "220 test");
    while let Some(line) = lines.next() {
        heard.lock().unwrap().commands.push(line.clone());
        match line
            .split([' ', ':'])
            .next()
            .unwrap()
            .to_uppercase()
            .as_str()
        {
            "EHLO" => say(client, "250-test\r\n250 8BITMIME"),
            "DATA" => {
                say(client, "354 go on");
                let letter: Vec<_> = lines.by_ref().take_while(|line| line != ".").collect();
                heard.lock().unwrap().letters.push(letter.join("\n"));
                say(
                    client,
                    answers.lock().unwrap().pop_front().unwrap_or("250 taken"),
                );
            }
            "QUIT" => return say(client, "221 bye"),
            _ => say(client, "250 ok"),
        }
    }
}

fn say(mut client: &TcpStream, line: &str) {
    _ = client.write_all(format!("{line}\r\n").as_bytes());
}
