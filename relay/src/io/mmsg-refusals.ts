import { Endpoint } from '../net/endpoint';
import { EndpointMap } from '../net/endpoint-map';
import { AF_INET } from './ffi/linux';
import { readSockaddr } from './ffi/sockaddr';

/** Destinations remembered; with more, all are tried again. */
const CAPACITY = 1024;

/** Destinations that the kernel does not cut messages for, such as those behind a path of small packets. */
export class SegmentationRefusals {
  private destinations = new EndpointMap<true>(0);
  private readonly scratch = new Endpoint();

  has(destination: Endpoint): boolean {
    return this.destinations.size > 0 && this.destinations.get(0, destination) === true;
  }

  /** Adds the destination whose socket address is there. */
  add(view: DataView, at: number): void {
    if (this.destinations.size >= CAPACITY) this.destinations = new EndpointMap(0);
    readSockaddr(view, at, view.getUint16(at, true) === AF_INET ? 4 : 6, this.scratch);
    this.destinations.set(0, this.scratch, true);
  }
}
