import { join } from 'node:path';
import { run } from './run';

const ROOT = join(__dirname, '..', '..');

test('the demo renders, relays a call, denies what no route opens, and ends by itself', async () => {
  // GIVEN
  const synth = await run('npm', ['run', '--silent', 'synth'], 30_000, { cwd: ROOT });
  expect(synth).toMatchObject({ exitCode: 0 });

  // WHEN
  const startedAt = performance.now();
  const demo = await run('npx', ['tsx', 'examples/demo/main.ts'], 60_000, { cwd: ROOT });
  const seconds = (performance.now() - startedAt) / 1000;

  // THEN
  expect(demo).toMatchObject({ exitCode: 0 });
  for (const line of [
    /^manifests +\d+ files in dist\/eu-west-1, as cdk8s synth wrote them$/m,
    /^relay +configuration of stunner\/stunner-gateway in force: realm turn\.example\.com, /m,
    /^ +listener stunner\/stunner-gateway\/udp-listener receives on UDP 3478 \(udp\)$/m,
    /^ +listener stunner\/stunner-gateway\/tcp-listener receives on TCP 3478 \(tcp\)$/m,
    /^call +127\.0\.0\.1:3478 -> 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+ and back, 50 of 50 packets$/m,
    /^denied +169\.254\.169\.254:80 -> 403 Forbidden$/m,
    /\[never-allowed-range\]$/m,
  ]) {
    expect(demo.output).toMatch(line);
  }
  expect(seconds).toBeLessThan(60);
}, 100_000);
