/** The names of a Gateway, and of the second one beside it where no load balancer serves both transports. */
export class GatewayNames {
  private apart?: string;

  /**
   * @param name name of the Gateway
   * @param first DNS name at which clients reach it, if it is known
   * @param isStandalone without an operator one Gateway object has a Service for each transport
   */
  public constructor(
    private readonly name: string,
    private readonly first: string | undefined,
    private readonly isStandalone: boolean,
  ) {}

  /** Whether the transports have load balancers of their own. */
  public get isSplit(): boolean {
    return this.apart !== undefined;
  }

  /** Gives a transport a load balancer of its own. */
  public split(transport: string): void {
    this.apart = transport;
  }

  /** Name of the Gateway object that serves a transport. */
  public of(transport?: string): string {
    return this.isApart(transport) && !this.isStandalone ? `${this.name}-${transport}` : this.name;
  }

  /** DNS name at which clients reach a transport. */
  public hostname(transport?: string): string | undefined {
    return this.isApart(transport) && this.first !== undefined ? `${transport}.${this.first}` : this.first;
  }

  /** The DNS names of all transports. */
  public hostnames(): string[] {
    const names = [this.hostname(), this.hostname(this.apart)].filter(name => name !== undefined);
    return [...new Set(names)];
  }

  private isApart(transport: string | undefined): transport is string {
    return transport !== undefined && transport === this.apart;
  }
}
