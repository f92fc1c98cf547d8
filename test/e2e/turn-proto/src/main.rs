//! Calls an echoing peer through a TURN relay with the client of turn-proto, and tells as JSON what came back and how
//! the requests were secured. The only client in the field with all of RFC 8489.
//!
//! turn-proto-client SERVER PEER[,PEER] USERNAME PASSWORD sha1|sha256|any userhash|username channel|send

use std::collections::BTreeSet;
use std::error::Error;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant as StdInstant};

use turn_client_proto::api::{TurnClientApi, TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet};
use turn_client_proto::stun::agent::Transmit;
use turn_client_proto::stun::auth::Feature;
use turn_client_proto::stun::Instant;
use turn_client_proto::types::prelude::DelayedTransmitBuild;
use turn_client_proto::types::stun::message::IntegrityAlgorithm;
use turn_client_proto::types::{AddressFamily, TransportType, TurnCredentials};
use turn_client_proto::udp::TurnClientUdp;

const PACKETS: u32 = 20;
const PATIENCE: Duration = Duration::from_secs(4);

/// Of the attributes that secure a request (RFC 8489 18.3), those that the client has sent.
const SECURITY: [(u16, &str); 6] = [
    (0x0006, "USERNAME"),
    (0x0008, "MESSAGE-INTEGRITY"),
    (0x001c, "MESSAGE-INTEGRITY-SHA256"),
    (0x001d, "PASSWORD-ALGORITHM"),
    (0x001e, "USERHASH"),
    (0x8002, "PASSWORD-ALGORITHMS"),
];

struct Call {
    socket: UdpSocket,
    client: TurnClientUdp,
    server: SocketAddr,
    local: SocketAddr,
    start: StdInstant,
    security: BTreeSet<&'static str>,
    relayed: Vec<SocketAddr>,
    ready: usize,
    received: u32,
    failure: Option<String>,
}

impl Call {
    fn now(&self) -> Instant {
        Instant::from_std(self.start)
    }

    /// Sends what the client wants sent, hands it what has come, and notes what it tells.
    fn turn_once(&mut self) -> Result<(), Box<dyn Error>> {
        let now = self.now();
        if let TurnPollRet::Closed = self.client.poll(now) {
            self.failure = Some("closed".into());
        }
        while let Some(transmit) = self.client.poll_transmit(now) {
            note_security(&transmit.data, &mut self.security);
            self.socket.send_to(&transmit.data, transmit.to)?;
        }
        while let Some(event) = self.client.poll_event() {
            match event {
                TurnEvent::AllocationCreated(_, address) => self.relayed.push(address),
                TurnEvent::PermissionCreated(..) | TurnEvent::ChannelCreated(..) => self.ready += 1,
                failed => self.failure = Some(format!("{failed:?}")),
            }
        }
        let mut bytes = [0; 2048];
        match self.socket.recv_from(&mut bytes) {
            Ok((length, from)) => {
                let transmit = Transmit::new(&bytes[..length], TransportType::Udp, from, self.local);
                if let TurnRecvRet::PeerData(_) = self.client.recv(transmit, now) {
                    self.received += 1;
                }
                while self.client.poll_recv(now).is_some() {
                    self.received += 1;
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// True once `done` holds; false if the client fails, or nothing happens in time.
    fn until(&mut self, done: impl Fn(&Call) -> bool) -> Result<bool, Box<dyn Error>> {
        let deadline = StdInstant::now() + PATIENCE;
        while !done(self) {
            if self.failure.is_some() || StdInstant::now() > deadline {
                return Ok(false);
            }
            self.turn_once()?;
        }
        Ok(true)
    }

    fn echo(&mut self, peers: &[SocketAddr], channels: bool) -> Result<u32, Box<dyn Error>> {
        for peer in peers {
            let now = self.now();
            match channels {
                true => self.client.bind_channel(TransportType::Udp, *peer, now)?,
                false => self.client.create_permission(TransportType::Udp, peer.ip(), now)?,
            }
        }
        // A channel brings its permission along, and tells of both.
        let expected = peers.len() * if channels { 2 } else { 1 };
        if !self.until(|call| call.ready >= expected)? {
            return Ok(0);
        }
        let mut sent = 0;
        for _ in 0..PACKETS {
            for peer in peers {
                let now = self.now();
                let message = self.client.send_to(TransportType::Udp, *peer, [7u8; 172], now)?;
                if let Some(message) = message {
                    self.socket.send_to(&message.data.build(), self.server)?;
                }
                sent += 1;
                self.until(|call| call.received >= sent)?;
            }
        }
        Ok(sent)
    }
}

fn note_security(message: &[u8], seen: &mut BTreeSet<&'static str>) {
    if message.len() < 20 || message[0] & 0xc0 != 0 {
        return;
    }
    let mut at = 20;
    while at + 4 <= message.len() {
        let kind = u16::from_be_bytes([message[at], message[at + 1]]);
        let length = u16::from_be_bytes([message[at + 2], message[at + 3]]) as usize;
        seen.extend(SECURITY.iter().filter(|(code, _)| *code == kind).map(|(_, name)| *name));
        at += 4 + length.div_ceil(4) * 4;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [server, peers, username, password, integrity, user, data] = args.as_slice() else {
        return Err("usage: SERVER PEER[,PEER] USERNAME PASSWORD sha1|sha256|any userhash|username channel|send".into());
    };
    let server: SocketAddr = server.parse()?;
    let peers = peers.split(',').map(str::parse).collect::<Result<Vec<SocketAddr>, _>>()?;

    let mut config = TurnConfig::new(TurnCredentials::new(username, password));
    config.set_supported_integrity(match integrity.as_str() {
        "sha1" => IntegrityAlgorithm::Sha1,
        _ => IntegrityAlgorithm::Sha256,
    });
    if integrity == "any" {
        config.add_supported_integrity(IntegrityAlgorithm::Sha1);
    }
    config.set_anonymous_username(match user.as_str() {
        "userhash" => Feature::Required,
        _ => Feature::Disabled,
    });
    config.set_address_family(family(&peers[0]));
    for peer in &peers[1..] {
        config.add_address_family(family(peer));
    }

    let socket = UdpSocket::bind((if server.is_ipv6() { "::1" } else { "127.0.0.1" }, 0))?;
    socket.set_read_timeout(Some(Duration::from_millis(5)))?;
    let local = socket.local_addr()?;
    let mut call = Call {
        socket,
        client: TurnClientUdp::allocate(local, server, config),
        server,
        local,
        start: StdInstant::now(),
        security: BTreeSet::new(),
        relayed: Vec::new(),
        ready: 0,
        received: 0,
        failure: None,
    };
    let allocated = call.until(|call| call.relayed.len() == peers.len())?;
    let sent = if allocated { call.echo(&peers, data == "channel")? } else { 0 };
    if allocated {
        let now = call.now();
        call.client.delete(now)?;
        call.turn_once()?;
    }
    println!(
        "{{\"relayed\":{:?},\"sent\":{sent},\"received\":{},\"security\":{:?},\"failure\":{:?}}}",
        call.relayed.iter().map(ToString::to_string).collect::<Vec<_>>(),
        call.received,
        call.security.iter().collect::<Vec<_>>(),
        call.failure.unwrap_or_default(),
    );
    Ok(())
}

fn family(address: &SocketAddr) -> AddressFamily {
    if address.is_ipv6() { AddressFamily::IPV6 } else { AddressFamily::IPV4 }
}
