import { Endpoint } from '../net/endpoint';

/**
 * Addresses as `node:net` spells them, to and from `Endpoint`. What was read or written lately is remembered, for
 * parsing costs more than the packet it comes with; a flood of forged sources costs the memory of `capacity` entries.
 */
export class AddressTexts {
  private readonly endpoints = new Map<string, Endpoint>();
  private readonly ipv4Texts = new Map<number, string>();

  constructor(private readonly capacity = 4096) {}

  /** Sets `into` to the address. False if it cannot be answered: it has a zone (link-local), or its port is 0. */
  read(address: string, port: number, into: Endpoint): boolean {
    if (port === 0 || address.includes('%')) return false;
    let known = this.endpoints.get(address);
    if (known === undefined) {
      known = Endpoint.of(address);
      if (this.endpoints.size >= this.capacity) this.endpoints.clear();
      this.endpoints.set(address, known);
    }
    into.copyFrom(known).port = port;
    return true;
  }

  write(endpoint: Endpoint): string {
    if (!endpoint.isIpv4) return endpoint.address;
    let text = this.ipv4Texts.get(endpoint.d);
    if (text === undefined) {
      text = endpoint.address;
      if (this.ipv4Texts.size >= this.capacity) this.ipv4Texts.clear();
      this.ipv4Texts.set(endpoint.d, text);
    }
    return text;
  }
}
