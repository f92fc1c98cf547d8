/**
 * Numbers for listening sockets and stream connections, `Flow.socket`. One counter serves them all, because the number
 * alone tells a 5-tuple's transport and server address apart; none is used twice, for an allocation may outlive its socket.
 */
export class SocketNumbers {
  private last = 0;

  next(): number {
    return ++this.last;
  }
}
