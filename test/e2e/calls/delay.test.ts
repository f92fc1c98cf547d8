import { once } from 'node:events';
import { join } from 'node:path';
import { during } from './calls-go-on';
import { iceServer } from './credentials';
import { EchoCall } from './echo-call';
import { PORTS } from './gateway-manifests';
import { describeCalls } from './needs';
import { SECRET } from './platform';
import { RELAY as SERVER, type Site, startSite } from './site';

/** Milliseconds, each way. */
const [DELAY, JITTER] = [100, 20];
const SECONDS = 10;
/** Where the long way begins. */
const FAR_PORT = 4478;

describeCalls(`a relay that is ${DELAY} ms away, more or less`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
    const script = join(__dirname, 'delay-line.ts');
    const way = [FAR_PORT, SERVER, PORTS.udp, DELAY, JITTER].map(String);
    const child = site.relay.host.spawn([process.execPath, '--import', 'tsx', script, ...way], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout!, 'data');
  });
  afterAll(() => site.platform.stop());

  test('UDP: the call is as good, only later', async () => {
    const uri = `turn:${SERVER}:${FAR_PORT}?transport=udp`;
    const call = await EchoCall.connect(site.browser, site.janus, [iceServer(uri, SECRET)]);
    // What a jitter buffer that fills, and an estimate of the bandwidth that begins low, make of the first seconds.
    await during([call], () => Promise.resolve());

    const [outcome] = await during([call], () => Promise.resolve(), SECONDS);
    const { roundTrip } = await call.report();
    await call.close();

    expect(outcome).toBe('good');
    expect(roundTrip).toBeGreaterThanOrEqual(2 * (DELAY - JITTER));
  });
});
