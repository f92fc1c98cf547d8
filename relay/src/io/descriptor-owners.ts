/** Descriptors that are accounted for: as many as a process may have, but for unusual limits. */
const DESCRIPTORS = 1 << 20;
const NOBODY = 0;

/**
 * Which thread has which file descriptor. A thread that dies without a word cannot close its own, and the kernel would go
 * on sending clients to a listening socket that nobody reads: so the main thread closes them for it.
 *
 * One word for each descriptor, written by whoever has it. Giving it away is one store: it never has two owners, or none.
 */
export class DescriptorOwners {
  private readonly owners: Int32Array;

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(DESCRIPTORS * Int32Array.BYTES_PER_ELEMENT);
  }

  constructor(memory: SharedArrayBuffer) {
    this.owners = new Int32Array(memory);
  }

  /** A descriptor is this thread's from now on. @param owner 1 or more */
  give(fd: number, owner: number): void {
    if (fd < this.owners.length) Atomics.store(this.owners, fd, owner);
  }

  /** To be called before it is closed: its number may be another's at once. False if it was not the owner's. */
  release(fd: number, owner: number): boolean {
    return fd < this.owners.length && Atomics.compareExchange(this.owners, fd, owner, NOBODY) === owner;
  }

  /** Takes all that a thread has left. @returns what is to be closed. */
  releaseAll(owner: number): number[] {
    const { owners } = this;
    const left: number[] = [];
    for (let fd = owners.indexOf(owner); fd >= 0; fd = owners.indexOf(owner, fd + 1)) {
      if (this.release(fd, owner)) left.push(fd);
    }
    return left;
  }
}
