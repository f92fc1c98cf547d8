/** Serial numbers behind the newest that are remembered for each sender, to tell late from twice. */
const MEMORY = 32;

/** What was sent and received in one direction, by client. */
export class Tally {
  sent = 0;
  received = 0;
  duplicates = 0;
  reordered = 0;
  private readonly serials: Uint32Array;
  private readonly newest: Float64Array;
  /** One bit for each of the serial numbers up to the newest. */
  private readonly seen: Uint32Array;

  constructor(clients: number) {
    this.serials = new Uint32Array(clients);
    this.newest = new Float64Array(clients).fill(-1);
    this.seen = new Uint32Array(clients);
  }

  /** The serial number of the client's next datagram. */
  send(client: number): number {
    this.sent++;
    return this.serials[client]!++;
  }

  /** A datagram that comes twice is not received twice. */
  receive(client: number, serial: number): void {
    const ahead = serial - this.newest[client]!;
    if (ahead > 0) {
      this.seen[client] = ahead >= MEMORY ? 1 : (this.seen[client]! << ahead) | 1;
      this.newest[client] = serial;
      this.received++;
      return;
    }
    const bit = ahead > -MEMORY ? 1 << -ahead : 0;
    if ((this.seen[client]! & bit) !== 0) {
      this.duplicates++;
      return;
    }
    this.seen[client]! |= bit;
    this.reordered++;
    this.received++;
  }
}
