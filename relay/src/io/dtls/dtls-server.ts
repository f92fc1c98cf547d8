import { randomInt } from 'node:crypto';
import { Endpoint } from '../../net/endpoint';
import { EndpointMap } from '../../net/endpoint-map';
import { Flow } from '../../turn/flow';
import type { Opened } from '../datagram';
import type { CookieKeeper, OpenSsl } from '../ffi/openssl';
import type { Certificate } from '../stream-server';
import { UdpListener } from '../udp-listener';
import { Cookies } from './cookies';
import { DtlsAssociation, type Transmit } from './dtls-association';
import { DtlsContext } from './dtls-context';
import { isClientHello, isDtls, isUnprotected } from './dtls-record';
import { DtlsSession, type DtlsWatcher } from './dtls-session';
import type { DtlsSessions } from './dtls-sessions';

/**
 * A UDP port of DTLS clients (RFC 7350): tells by source address whose session a datagram belongs to. A source without
 * one costs nothing but the answer until it has sent a cookie back.
 *
 * A ClientHello from the source of an established session may be forged, or the client may have lost its keys. So it is
 * asked for a cookie like any other, and its handshake must be through before it takes the session's place
 * (RFC 6347 4.2.8).
 */
export class DtlsServer implements DtlsWatcher {
  private readonly cookies: Cookies;
  private readonly socket: UdpListener;
  private context: DtlsContext;
  /** Has no state from one ClientHello to the next; becomes the session of the one that brings a valid cookie. */
  private greeter: DtlsAssociation | undefined;
  /** By client. */
  private readonly sessions = new EndpointMap<DtlsSession>(randomInt(2 ** 31));
  /** Handshakes of clients that have a session already, which ends when they are through. */
  private readonly successors = new EndpointMap<DtlsSession>(randomInt(2 ** 31));
  private readonly client = new Endpoint();

  /** @throws Error if the certificate cannot be used. */
  constructor(
    private readonly listener: string,
    certificate: Certificate,
    private readonly openssl: OpenSsl,
    private readonly host: DtlsSessions,
  ) {
    this.cookies = new Cookies(host.clock);
    this.context = DtlsContext.of(openssl, certificate);
    this.socket = new UdpListener(host.texts, host.counts);
  }

  /** Listens on every local address, by IPv4 and IPv6 where the host has both. `opened` is called once. */
  listen(port: number, opened: Opened): void {
    this.socket.bind(
      port,
      (datagram, { address, port }) => {
        if (this.host.texts.read(address, port, this.client)) this.receive(datagram, this.client);
        else this.host.counts.add('source without answer');
      },
      error => {
        if (error !== undefined) this.close();
        opened(error);
      },
    );
  }

  /** New handshakes get the certificate; sessions go on. @throws Error if it cannot be used: the old one stays. */
  setCertificate(certificate: Certificate): void {
    const context = DtlsContext.of(this.openssl, certificate);
    this.dropGreeter();
    this.context.free();
    this.context = context;
  }

  /** Ends the sessions too: nothing can reach them any more. */
  close(): void {
    this.host.endListener(this.listener);
    this.dropGreeter();
    this.context.free();
    this.socket.close();
  }

  /** The client has shown that it is who is at this address now. */
  established(session: DtlsSession): void {
    const { client } = session.flow;
    if (this.successors.get(0, client) !== session) return;
    this.successors.delete(0, client);
    this.sessions.get(0, client)?.drop();
    this.sessions.set(0, client, session);
  }

  closed(session: DtlsSession): void {
    const { client } = session.flow;
    const successor = this.successors.get(0, client);
    if (successor !== undefined) this.successors.delete(0, client);
    if (successor === session || this.sessions.get(0, client) !== session) return;
    if (successor === undefined) this.sessions.delete(0, client);
    else this.sessions.set(0, client, successor);
  }

  private receive(datagram: Uint8Array, client: Endpoint): void {
    if (!isDtls(datagram)) {
      this.host.counts.add('not DTLS');
      return;
    }
    const session = this.sessions.get(0, client);
    if (session === undefined) this.greet(datagram, client);
    else if (session.isEstablished) this.receiveEstablished(session, datagram, client);
    else session.receive(datagram);
  }

  private receiveEstablished(session: DtlsSession, datagram: Uint8Array, client: Endpoint): void {
    const successor = this.successors.get(0, client);
    if (successor === undefined) {
      if (isClientHello(datagram)) this.greet(datagram, client);
      else session.receive(datagram);
      return;
    }
    // Which keys protect a record cannot be seen; with the wrong ones it is passed over (RFC 6347 4.1.2.7).
    if (isUnprotected(datagram) || !session.receive(datagram)) successor.receive(datagram);
  }

  private greet(datagram: Uint8Array, client: Endpoint): void {
    if (!isClientHello(datagram)) {
      this.host.counts.add('no ClientHello');
      return;
    }
    const greeter = (this.greeter ??= new DtlsAssociation(this.openssl, this.context));
    const cookies = this.cookies.of(client);
    const transmit: Transmit = (bytes, length) => this.socket.send(client, bytes, 0, length);
    if (!greeter.put(datagram) || !greeter.listen(cookies, transmit)) return;
    this.greeter = undefined;
    if (this.host.admits(client)) this.start(greeter, client.clone(), cookies);
    else greeter.free();
  }

  private start(association: DtlsAssociation, client: Endpoint, cookies: CookieKeeper): void {
    const flow = new Flow('dtls', this.listener, this.host.numbers.next(), client);
    const transmit: Transmit = (bytes, length) => this.socket.send(client, bytes, 0, length);
    const session = new DtlsSession(flow, association, transmit, this.host, [this.host, this]);
    const place = this.sessions.get(0, client) === undefined ? this.sessions : this.successors;
    place.set(0, client, session);
    this.host.add(session);
    session.start(cookies);
  }

  private dropGreeter(): void {
    this.greeter?.free();
    this.greeter = undefined;
  }
}
