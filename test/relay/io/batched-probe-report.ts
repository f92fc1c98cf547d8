export enum Found {
  AsItShouldBe = 'as it should be',
  Otherwise = 'otherwise',
}

/** What `batched-probe.ts` has found on a machine. */
export interface ProbeReport {
  readonly architecture: string;
  /** Whether its memory is where telling the kernel of it costs no object. */
  readonly isLow: boolean;
  readonly selfTest: { readonly segmentation: boolean };
  /** Datagrams between two relay sockets, sent together. */
  readonly ipv4: Found;
  readonly ipv6: Found;
  /** Where answers came from, for clients that had sent to 127.0.0.1 and to 127.0.0.2. */
  readonly answersFrom: readonly string[];
  /** ICMP errors for datagrams to a port where nobody is, without the DF bit and with it. */
  readonly icmp: readonly string[];
}
