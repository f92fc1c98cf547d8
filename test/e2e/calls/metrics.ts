/** A reading of the relay's metrics (Prometheus' text format). */
export class Metrics {
  private readonly samples: readonly (readonly [series: string, value: number])[];

  constructor(text: string) {
    this.samples = text
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
      .map(line => {
        const end = line.lastIndexOf(' ');
        return [line.slice(0, end), Number(line.slice(end + 1))] as const;
      });
  }

  /** Sum of a metric's series, of those that have all of these labels. */
  sum(name: string, ...labels: readonly string[]): number {
    return this.samples
      .filter(([series]) => series.split('{')[0] === name && labels.every(label => series.includes(label)))
      .reduce((total, [, value]) => total + value, 0);
  }

  get allocations(): number {
    return this.sum('stunner_allocations_active');
  }

  /** Datagrams to peers, and from them. */
  get toPeers(): number {
    return this.sum('stunner_cluster_packets_total', 'direction="tx"');
  }

  get fromPeers(): number {
    return this.sum('stunner_cluster_packets_total', 'direction="rx"');
  }

  /** Reasons for which the relay dropped packets, each with how many. */
  get drops(): readonly string[] {
    const dropped = this.samples.filter(
      ([series, value]) => series.startsWith('turn_packets_dropped_total') && value > 0,
    );
    return dropped.map(([series, value]) => `${/reason="([^"]*)"/.exec(series)?.[1]}: ${value}`);
  }

  /** Packets that the relay dropped, whatever the reason. */
  get dropped(): number {
    return this.sum('turn_packets_dropped_total');
  }
}
