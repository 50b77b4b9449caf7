//! One connection through the proxy.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::rule::{Damage, Passing};
use super::wire::{self, Message};
use super::{Ending, Mode, Shared, close};

/// How a connection goes on after its first packets.
enum Login {
    /// PostgreSQL's messages.
    Messages,
    /// Bytes that only the two sides understand.
    Opaque,
    /// Not at all.
    Over,
}

/// What both directions of a connection know.
#[derive(Default)]
struct State {
    /// The client has sent something that the server has not answered.
    asked: AtomicBool,
    /// The server has said for the first time that it is ready.
    logged_in: AtomicBool,
    /// Requests that were forwarded and that the server has not answered to the end.
    outstanding: AtomicU64,
    /// How many answers must come until the connection is cut; none arrives. 0: none is to be lost.
    losing: AtomicU64,
}

/// Serves a client until either side ends the connection, or the proxy does.
pub(super) async fn serve(mut client: TcpStream, shared: &Shared) {
    let mut ending = shared.ending.subscribe();
    if *shared.mode.borrow() == Mode::Refuse {
        return close(&client, Ending::Reset);
    }
    let mut mode = shared.mode.subscribe();
    let how = tokio::select! {
        () = refusal(&mut ending) => ending.borrow().1,
        () = gate(&mut mode) => {
            let Ok(mut server) = TcpStream::connect(shared.server).await else {
                return close(&client, Ending::Reset);
            };
            // As PostgreSQL and its drivers do: no packet waits for another.
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let how = tokio::select! {
                () = refusal(&mut ending) => ending.borrow().1,
                how = pass(&mut client, &mut server, shared) => how,
            };
            close(&server, how);
            how
        }
    };
    close(&client, how);
}

/// Waits until the proxy ends all connections.
async fn refusal(ending: &mut watch::Receiver<(u64, Ending)>) {
    if ending.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Holds a packet for as long as the mode says.
async fn gate(mode: &mut watch::Receiver<Mode>) {
    let now = *mode.borrow_and_update();
    match now {
        Mode::Forward | Mode::Refuse => {}
        Mode::Delay(pause) => tokio::time::sleep(pause).await,
        Mode::BlackHole => {
            // Gone with the proxy, the connection is ended anyway.
            let _ = mode.wait_for(|mode| *mode != Mode::BlackHole).await;
        }
    }
}

/// Passes on what the two say, until one of them ends it or a rule does.
async fn pass(client: &mut TcpStream, server: &mut TcpStream, shared: &Shared) -> Ending {
    let state = State::default();
    let mut early = BytesMut::new();
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let login = login(
        (&mut from_client, &mut to_server),
        (&mut from_server, &mut to_client),
        &mut early,
        shared,
    );
    let has_messages = match login.await {
        Login::Messages => true,
        Login::Opaque => false,
        Login::Over => return Ending::Cut,
    };
    state.asked.store(true, Ordering::SeqCst);
    let requests = requests(
        &mut from_client,
        &mut to_server,
        early,
        has_messages,
        &state,
        shared,
    );
    let answers = answers(
        &mut from_server,
        &mut to_client,
        has_messages,
        &state,
        shared,
    );
    // Either ends the other.
    tokio::select! {
        ending = requests => ending,
        ending = answers => ending,
    }
}

/// Passes on what the client sends.
async fn requests(
    client: &mut (impl AsyncRead + Unpin),
    server: &mut (impl AsyncWrite + Unpin),
    mut buffer: BytesMut,
    has_messages: bool,
    state: &State,
    shared: &Shared,
) -> Ending {
    let mut mode = shared.mode.subscribe();
    let mut is_to_be_lost = false;
    loop {
        let mut ready = match has_messages {
            true => BytesMut::new(),
            false => buffer.split(),
        };
        while has_messages && let Some(message) = Message::split_from(&mut buffer) {
            match shared.strike_request(&message, state) {
                None => {}
                Some(Damage::LoseAnswer) => is_to_be_lost = true,
                Some(damage) => {
                    if damage == Damage::Halve {
                        ready.extend_from_slice(&message.0[..message.0.len() / 2]);
                    }
                    gate(&mut mode).await;
                    let _ = server.write_all(&ready).await;
                    if damage == Damage::Silence {
                        // Until the client gives up.
                        while more(client, &mut buffer).await {
                            buffer.clear();
                        }
                    }
                    return Ending::Cut;
                }
            }
            ready.extend_from_slice(&message.0);
            if message.wants_answer() {
                let outstanding = state.outstanding.fetch_add(1, Ordering::SeqCst) + 1;
                if std::mem::take(&mut is_to_be_lost) {
                    state.losing.store(outstanding, Ordering::SeqCst);
                }
            }
        }
        if !ready.is_empty() {
            gate(&mut mode).await;
            state.asked.store(true, Ordering::SeqCst);
            if server.write_all(&ready).await.is_err() {
                return Ending::Cut;
            }
        }
        if !more(client, &mut buffer).await {
            gate(&mut mode).await;
            return Ending::Cut;
        }
    }
}

/// Passes on what the server sends.
async fn answers(
    server: &mut (impl AsyncRead + Unpin),
    client: &mut (impl AsyncWrite + Unpin),
    has_messages: bool,
    state: &State,
    shared: &Shared,
) -> Ending {
    let mut mode = shared.mode.subscribe();
    let mut buffer = BytesMut::new();
    loop {
        if !more(server, &mut buffer).await {
            gate(&mut mode).await;
            return Ending::Cut;
        }
        if state.asked.swap(false, Ordering::SeqCst) {
            shared.round_trips.fetch_add(1, Ordering::SeqCst);
        }
        let mut ready = match has_messages {
            true => BytesMut::new(),
            false => buffer.split(),
        };
        let mut is_ready_for_query = false;
        while has_messages && let Some(message) = Message::split_from(&mut buffer) {
            if message.tag() == wire::READY_FOR_QUERY {
                is_ready_for_query = true;
                // The first one ends the login, which no request asked for.
                if state.logged_in.load(Ordering::SeqCst) {
                    state.outstanding.fetch_sub(1, Ordering::SeqCst);
                    if state.losing.load(Ordering::SeqCst) > 0
                        && state.losing.fetch_sub(1, Ordering::SeqCst) == 1
                    {
                        return Ending::Cut;
                    }
                }
            }
            ready.extend_from_slice(&message.0);
        }
        if ready.is_empty() || state.losing.load(Ordering::SeqCst) > 0 {
            continue;
        }
        let damage = shared.strike_answer(state);
        if is_ready_for_query || !has_messages {
            state.logged_in.store(true, Ordering::SeqCst);
        }
        gate(&mut mode).await;
        let part = match damage {
            None => &ready[..],
            Some(Damage::Halve) => &ready[..ready.len() / 2],
            Some(Damage::CutBefore | Damage::LoseAnswer | Damage::Silence) => &[],
        };
        if client.write_all(part).await.is_err() {
            return Ending::Cut;
        }
        match damage {
            None => {}
            // Until the client gives up, which the other direction sees.
            Some(Damage::Silence) => std::future::pending().await,
            Some(_) => return Ending::Cut,
        }
    }
}

/// Passes the packets on that come before the messages.
async fn login(
    (from_client, to_server): (
        &mut (impl AsyncRead + Unpin),
        &mut (impl AsyncWrite + Unpin),
    ),
    (from_server, to_client): (
        &mut (impl AsyncRead + Unpin),
        &mut (impl AsyncWrite + Unpin),
    ),
    early: &mut BytesMut,
    shared: &Shared,
) -> Login {
    let mut mode = shared.mode.subscribe();
    loop {
        let (code, packet) = loop {
            match wire::split_startup(early) {
                Some(first) => break first,
                None if more(from_client, early).await => {}
                None => return Login::Over,
            }
        };
        gate(&mut mode).await;
        if to_server.write_all(&packet).await.is_err() {
            return Login::Over;
        }
        match code {
            wire::SSL_REQUEST | wire::GSS_REQUEST => {
                let mut answer = [0];
                if from_server.read_exact(&mut answer).await.is_err() {
                    return Login::Over;
                }
                gate(&mut mode).await;
                if to_client.write_all(&answer).await.is_err() {
                    return Login::Over;
                }
                if answer != *b"N" {
                    return Login::Opaque;
                }
            }
            wire::CANCEL_REQUEST => {
                shared.cancels.fetch_add(1, Ordering::SeqCst);
                return Login::Opaque;
            }
            _ => return Login::Messages,
        }
    }
}

/// Reads more. Says whether the other side may send still more.
async fn more(from: &mut (impl AsyncRead + Unpin), buffer: &mut BytesMut) -> bool {
    buffer.reserve(16 * 1024);
    matches!(from.read_buf(buffer).await, Ok(count) if count > 0)
}

impl Shared {
    /// The damage that waits for this message of a client.
    fn strike_request(&self, message: &Message, state: &State) -> Option<Damage> {
        // Logging in is no request.
        if !state.logged_in.load(Ordering::SeqCst) {
            return None;
        }
        let sql = message.sql();
        self.strike_first(|passing| passing.fits_request(sql))
    }

    /// The damage that waits for an answer of the server.
    fn strike_answer(&self, state: &State) -> Option<Damage> {
        if !state.logged_in.load(Ordering::SeqCst) {
            return None;
        }
        self.strike_first(|passing| *passing == Passing::Answer)
    }

    fn strike_first(&self, fits: impl Fn(&Passing) -> bool) -> Option<Damage> {
        let mut rules = self.rules();
        let index = rules.iter().position(|rule| fits(&rule.passing))?;
        self.struck.fetch_add(1, Ordering::SeqCst);
        Some(rules.remove(index).damage)
    }
}
