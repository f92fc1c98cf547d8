import { Endpoint } from '../../../relay/src/net/endpoint';
import { MessageClass } from '../../../relay/src/stun/constants';
import { Client, Harness, settings } from './harness';

function drained(harness: Harness): { calls: number } {
  const seen = { calls: 0 };
  harness.server.drain(() => seen.calls++);
  return seen;
}

describe('drain', () => {
  test('new clients are refused with 508, and those there are go on', () => {
    const harness = new Harness();
    const client = new Client(harness, { port: 1001 });
    client.allocate();
    const seen = drained(harness);
    expect(new Client(harness, { port: 1002 }).allocate().code).toBe(508);
    expect(harness.refusals).toEqual(['draining']);
    expect(client.refresh().messageClass).toBe(MessageClass.Success);
    expect(client.bind(0x4000, '10.1.0.1', 20_000).messageClass).toBe(MessageClass.Success);
    client.channelData(0x4000, 'on and on');
    expect(harness.toPeer).toHaveLength(1);
    expect(seen.calls).toBe(0);
  });

  test('new clients are sent to the other server, if there is one (RFC 8489 10)', () => {
    const harness = new Harness();
    harness.server.apply({ ...settings(), alternateServer: { addresses: [Endpoint.of('198.51.100.9', 3478)] } });
    drained(harness);
    expect(new Client(harness).allocate().code).toBe(300);
  });

  test.each<[string, (harness: Harness, client: Client) => unknown]>([
    ['is released', (_, client) => client.refresh(0)],
    ['expires', harness => harness.advance(602)],
    ['loses its listener', harness => harness.server.apply(settings({ listeners: [] }))],
  ])('tells once when the last allocation %s', (_, end) => {
    const harness = new Harness();
    const [first, last] = [new Client(harness, { port: 1001 }), new Client(harness, { port: 1002 })];
    first.allocate();
    last.allocate();
    const seen = drained(harness);
    first.refresh(0);
    expect(seen.calls).toBe(0);
    end(harness, last);
    expect(seen.calls).toBe(1);
    harness.advance(10);
    harness.server.relayFailed(harness.opened[0]!, harness.now);
    expect(seen.calls).toBe(1);
  });

  test('tells at once where there is none', () => {
    expect(drained(new Harness()).calls).toBe(1);
  });

  test('waits for an allocation that is being opened, and tells when it fails', () => {
    const harness = new Harness();
    harness.relayOpening = 'later';
    expect(() => new Client(harness).allocate()).toThrow('no answer');
    const seen = drained(harness);
    expect(seen.calls).toBe(0);
    harness.server.relayFailed(harness.opened[0]!, harness.now);
    expect(seen.calls).toBe(1);
  });
});

describe('a listener that keeps its name', () => {
  test.each([
    ['changes its port', { port: 3479 }],
    ['changes its transport', { transport: 'tcp' as const }],
  ])('and %s is another one: its allocations end', (_, change) => {
    const harness = new Harness();
    new Client(harness).allocate();
    const next = settings();
    const listeners = new Map([...next.listeners].map(([name, listener]) => [name, { ...listener, ...change }]));
    harness.server.apply({ ...next, listeners });
    expect(harness.ends).toEqual(['listener changed']);
    expect(harness.closed).toEqual(harness.opened);
  });

  test('and its port and transport keeps its allocations', () => {
    const harness = new Harness();
    const client = new Client(harness);
    client.allocate();
    harness.server.apply(settings({ families: [4] }));
    expect(client.refresh().messageClass).toBe(MessageClass.Success);
  });
});
