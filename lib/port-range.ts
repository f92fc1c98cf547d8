import { complaint, reject } from './private/errors';

const MAX_PORT = 65535;

/**
 * The UDP ports of a media server that clients may reach through the relay (`port` and `endPort` of a UDPRoute
 * backendRef). These are ports of the pod, as RTP uses them; a Service's `targetPort` mapping plays no part.
 */
export class PortRange {
  /**
   * All ports from `first` to `last`, both included.
   *
   * @param first lowest port, 1 to 65535
   * @param last highest port, `first` to 65535
   */
  public static of(first: number, last: number): PortRange {
    for (const port of [first, last]) checkPort(port);
    if (last < first) {
      const fix = `write PortRange.of(${last}, ${first})`;
      reject(complaint('port range runs backwards', `${first}-${last}`, 'the last port is at least the first', fix));
    }
    return new PortRange(first, last);
  }

  /**
   * Exactly one port, as a media server with one multiplexed UDP port has it.
   *
   * @param port 1 to 65535
   */
  public static single(port: number): PortRange {
    return PortRange.of(port, port);
  }

  /** Every port: rendered by leaving `port` and `endPort` out. Opens all UDP services of the pod to clients. */
  public static any(): PortRange {
    return new PortRange(1, MAX_PORT);
  }

  private constructor(
    /** Lowest port. */
    public readonly first: number,
    /** Highest port. */
    public readonly last: number,
  ) {}

  /** Whether every port is in the range. */
  public get isAny(): boolean {
    return this.first === 1 && this.last === MAX_PORT;
  }

  /** The range as `first-last`. */
  public toString(): string {
    return `${this.first}-${this.last}`;
  }
}

function checkPort(port: number): void {
  if (!Number.isInteger(port) || port < 1 || port > MAX_PORT) {
    reject(complaint('port is out of range', port, `a whole number from 1 to ${MAX_PORT}`, 'correct the port'));
  }
}
