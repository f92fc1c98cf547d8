import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS, nameOfKind } from '../objects';
import { BackOff } from './back-off';
import type { KubeAnswer, KubeApi } from './kube-api';
import { apiVersionOf, neededRule, pathOf, type Resource } from './resource';
import { isTree } from './trim';

/** Objects to a page of a list. */
const PAGE = 500;
/** Seconds after which the API server ends a watch; each is ended at another time. */
const WATCH_SECONDS = [300, 600] as const;
/** Milliseconds of silence after which a watch is dead: a bookmark comes every minute or so. */
const SILENCE = 150_000;
/** Milliseconds; a watch that ends sooner did not go well. */
const SHORT = 1000;
/** How often a kind that is not installed is asked for again. */
const ABSENT_RETRY = 30_000;

/** Where objects go. Each has its `kind` and `apiVersion`. */
export interface ReflectorSink {
  put(object: Record<string, unknown>): void;
  remove(object: Record<string, unknown>): void;
  /** The list is whole: objects that were not put since the one before are gone. */
  listed(): void;
  /** The list begins. */
  listing(): void;
  /** Why the objects are not those of now; undefined once they are. */
  trouble(trouble: Trouble | undefined): void;
}

export interface Trouble {
  /** `absent`: the kind is not installed, so there are none of it. */
  readonly kind: 'absent' | 'forbidden' | 'unreachable';
  readonly message: string;
}

/** Keeps a copy of some objects of the API server: lists them, and follows their changes from there on. */
export class Reflector {
  private readonly ended = new AbortController();
  private readonly backOff = new BackOff();
  private readonly done: Promise<void>;
  /** Of `resource.versions`. */
  private version = 0;
  /** Where to go on watching; undefined before a list. */
  private resourceVersion: string | undefined;
  /** When the watch began, if there is one. */
  private openedAt = Infinity;

  constructor(
    private readonly api: KubeApi,
    private readonly resource: Resource,
    private readonly sink: ReflectorSink,
  ) {
    this.done = this.run();
  }

  close(): Promise<void> {
    this.ended.abort();
    return this.done;
  }

  private isClosed(): boolean {
    return this.ended.signal.aborted;
  }

  private async run(): Promise<void> {
    while (!this.isClosed()) {
      this.openedAt = Infinity;
      const failure = await this.follow().then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      if (this.isClosed()) return;
      const wasOpen = performance.now() - this.openedAt >= SHORT;
      if (wasOpen) this.backOff.reset();
      // The server ends every watch after a while, and that is all.
      if (wasOpen && failure === undefined) continue;
      const wait = failure === undefined ? this.backOff.wait() : this.failed(failure.error);
      await sleep(wait, undefined, { signal: this.ended.signal }).catch(() => undefined);
    }
  }

  private async follow(): Promise<void> {
    if (this.resourceVersion === undefined) await this.list();
    await this.watch();
  }

  /** Milliseconds to wait for. */
  private failed(error: unknown): number {
    // What the server does not want to tell from there on takes a list: 410 Gone above all.
    if (error instanceof Refused) this.resourceVersion = undefined;
    if (error instanceof Refused && error.status === 410) return this.backOff.wait();
    const trouble = this.troubleOf(error);
    this.sink.trouble(trouble);
    return trouble.kind === 'absent' ? ABSENT_RETRY : this.backOff.wait();
  }

  private async list(): Promise<void> {
    const { sink } = this;
    sink.listing();
    let page: Page | undefined;
    do {
      const answer = await this.get({ limit: PAGE, continue: page?.next });
      page = readPage(answer.body);
      for (const item of page.items) sink.put(this.named(item));
    } while (page.next !== undefined);
    this.resourceVersion = page.resourceVersion;
    sink.listed();
  }

  /** One page; the next version of the API if there is none of this one. @throws Refused */
  private async get(query: { limit: number; continue?: string }): Promise<KubeAnswer> {
    const { signal } = this.ended;
    for (let i = 0; ; i++) {
      const answer = await this.api.request('GET', this.path, {
        query: { ...query, ...this.selector },
        signal,
        timeout: 30_000,
      });
      if (answer.status === 200) return answer;
      if (answer.status !== 404 || i + 1 >= this.resource.versions.length) throw new Refused(answer);
      this.version = (this.version + 1) % this.resource.versions.length;
    }
  }

  /** Follows changes until the server ends it. */
  private async watch(): Promise<void> {
    const [min, max] = WATCH_SECONDS;
    const query = {
      ...this.selector,
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: this.resourceVersion,
      timeoutSeconds: Math.round(min + Math.random() * (max - min)),
    };
    const { signal } = this.ended;
    const answer = await this.api.stream(
      this.path,
      { query, signal, timeout: SILENCE },
      () => {
        this.openedAt = performance.now();
        this.sink.trouble(undefined);
      },
      event => this.event(event),
    );
    if (answer !== undefined) throw new Refused(answer);
  }

  private event(event: unknown): void {
    if (!isTree(event) || !isTree(event.object)) throw new Error('the watch is not readable');
    const { type, object } = event;
    if (type === 'ERROR') throw new Refused({ status: Number(object.code), body: object });
    const { resourceVersion } = isTree(object.metadata) ? object.metadata : {};
    if (typeof resourceVersion === 'string') this.resourceVersion = resourceVersion;
    if (type === 'ADDED' || type === 'MODIFIED') this.sink.put(this.named(object));
    else if (type === 'DELETED') this.sink.remove(this.named(object));
    this.backOff.reset();
  }

  /** Items of a list do not say what they are. */
  private named(object: Record<string, unknown>): Record<string, unknown> {
    const apiVersion = apiVersionOf(this.resource, this.resource.versions[this.version]!);
    return { ...object, apiVersion, kind: nameOfKind(this.resource.kind) };
  }

  private get path(): string {
    return pathOf(this.resource, this.resource.versions[this.version]!);
  }

  private get selector(): { readonly fieldSelector?: string } {
    const { name } = this.resource;
    return name === undefined ? {} : { fieldSelector: `metadata.name=${name}` };
  }

  private troubleOf(error: unknown): Trouble {
    const { kind, plural, versions } = this.resource;
    const { group } = KINDS[kind];
    const what = group === '' ? plural : `${plural}.${group}`;
    if (!(error instanceof Refused)) {
      const { code, message, cause } = error as NodeJS.ErrnoException;
      // A request that shares its connection fails for what that one failed of.
      const reason = (cause as NodeJS.ErrnoException | undefined)?.code ?? code ?? message;
      return {
        kind: 'unreachable',
        message: `the Kubernetes API cannot be used (got ${reason}); trying again`,
      };
    }
    switch (error.status) {
      case 404:
        return {
          kind: 'absent',
          message: `${what} are not installed (got no ${versions.join(' or ')}): the CRD; none is served`,
        };
      case 403:
        return { kind: 'forbidden', message: `${what} may not be read: ${neededRule(this.resource)}` };
      default:
        return { kind: 'unreachable', message: `${what} cannot be read (got ${error.message}); trying again` };
    }
  }
}

/** An answer that is not what was asked for. */
class Refused extends Error {
  readonly status: number;

  constructor({ status, body }: KubeAnswer) {
    super(`${status} ${isTree(body) && typeof body.message === 'string' ? body.message : ''}`.trim());
    this.status = status;
  }
}

interface Page {
  readonly items: readonly Record<string, unknown>[];
  readonly resourceVersion: string;
  readonly next?: string;
}

function readPage(body: unknown): Page {
  const metadata = isTree(body) ? body.metadata : undefined;
  if (!isTree(body) || !isTree(metadata) || typeof metadata.resourceVersion !== 'string') {
    throw new Error('the list is not readable');
  }
  const { resourceVersion, continue: next } = metadata;
  const items = Array.isArray(body.items) ? body.items.filter(isTree) : [];
  return { items, resourceVersion, ...(typeof next === 'string' && next !== '' ? { next } : {}) };
}
