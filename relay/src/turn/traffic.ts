/** Packets and bytes of one listener or route. `rx`: received by the relay from that side; `tx`: sent to it. */
export class Traffic {
  rxPackets = 0;
  rxBytes = 0;
  txPackets = 0;
  txBytes = 0;

  received(bytes: number): void {
    this.rxPackets++;
    this.rxBytes += bytes;
  }

  sent(bytes: number): void {
    this.txPackets++;
    this.txBytes += bytes;
  }
}

/** Traffic by listener and by route name. Names come from the configuration, so their number is bounded. */
export class TrafficByName {
  private readonly byName = new Map<string, Traffic>();

  of(name: string): Traffic {
    let traffic = this.byName.get(name);
    if (traffic === undefined) this.byName.set(name, (traffic = new Traffic()));
    return traffic;
  }

  entries(): IterableIterator<[string, Traffic]> {
    return this.byName.entries();
  }
}
