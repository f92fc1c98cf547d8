import { TurnListener } from '../turn-listener';

/** Whose routes the listeners of a Gateway let in: a listener's own choice, else the Gateway's, else its own namespace. */
export class Admission {
  private readonly admitted = new Set<string>();

  public constructor(private readonly own: string) {}

  /** Namespaces that the Gateway admits, whatever its listeners choose. */
  public get namespaces(): string[] {
    return [...this.admitted];
  }

  /** Lets the routes of a namespace attach to the listeners that do not choose for themselves. */
  public add(namespace: string): void {
    this.admitted.add(namespace);
  }

  /** The namespaces that a listener admits, sorted. */
  public to(listener: TurnListener): string[] {
    const namespaces = listener.routeNamespaces ?? [...this.admitted];
    return namespaces.length > 0 ? [...new Set(namespaces)].sort() : [this.own];
  }

  /** Asked for every route, so the common case, where listeners have no list of their own, makes none. */
  public admits(listener: TurnListener, namespace: string): boolean {
    if (listener.routeNamespaces === undefined && this.admitted.size > 0) return this.admitted.has(namespace);
    return this.to(listener).includes(namespace);
  }
}
