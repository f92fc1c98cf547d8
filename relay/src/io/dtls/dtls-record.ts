/** Where things are in the first record of a datagram (RFC 6347 4.1), and in the handshake message it holds (4.2.2). */
const TYPE = 0;
const EPOCH = 3;
const MESSAGE_TYPE = 13;
const MIN_HANDSHAKE_RECORD = 25;

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

/** Whether a first byte is that of a DTLS record rather than of STUN or ChannelData (RFC 7983 7). */
export function isDtls(datagram: Uint8Array): boolean {
  const first = datagram[TYPE] ?? 0;
  return first >= 20 && first <= 63;
}

/** Whether a datagram starts with a record that no keys protect: of a handshake, that is. */
export function isUnprotected(datagram: Uint8Array): boolean {
  return datagram[EPOCH] === 0 && datagram[EPOCH + 1] === 0;
}

/** Whether a datagram asks for a handshake, as somebody does who has no session, or has lost it. */
export function isClientHello(datagram: Uint8Array): boolean {
  return (
    datagram.length >= MIN_HANDSHAKE_RECORD &&
    datagram[TYPE] === HANDSHAKE &&
    isUnprotected(datagram) &&
    datagram[MESSAGE_TYPE] === CLIENT_HELLO
  );
}
