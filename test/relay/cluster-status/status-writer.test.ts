import { StatusWriter } from '../../../relay/src/cluster-status/status-writer';
import type { StatusTarget } from '../../../relay/src/cluster-status/status-target';
import { Log } from '../../../relay/src/log/logger';
import { ScriptedApi } from '../config/cluster/scripted-api';

const TARGETS = 200;
/** Milliseconds that the comparison of one takes. */
const COST = 2;

function targetOf(i: number, compared: Set<number>): StatusTarget {
  const metadata = { key: `UDPRoute ${i}`, kind: 'UDPRoute', apiVersion: 'stunner.l7mp.io/v1' } as const;
  const object = { ...metadata, namespace: 'acme', name: `r${i}`, uid: `${i}`, resourceVersion: '1', generation: 1 };
  const merge: StatusTarget['merge'] = before => {
    compared.add(i);
    const end = performance.now() + COST;
    while (performance.now() < end);
    return before;
  };
  return { object: { ...object, status: { parents: [] } }, merge };
}

test('what is to be said of thousands of objects is compared without keeping the thread from its clients', async () => {
  const script = new ScriptedApi();
  const logger = new Log({ destination: { write: () => undefined } }).scope('cluster');
  const writer = new StatusWriter({ api: await script.open(), logger, mayWrite: () => true });
  const compared = new Set<number>();
  const targets = Array.from({ length: TARGETS }, (_, i) => targetOf(i, compared));

  let turns = 0;
  const turn = setInterval(() => turns++, 1);
  writer.want(targets);
  const after = compared.size;
  expect(after).toBeGreaterThan(0);
  expect(after).toBeLessThan(TARGETS / 4);
  while (compared.size < TARGETS) await new Promise(resolve => setTimeout(resolve, 5));
  clearInterval(turn);
  expect(turns).toBeGreaterThan(10);

  // Found as they should be, they are neither written nor compared again.
  compared.clear();
  writer.want(targets);
  await new Promise(resolve => setTimeout(resolve, 50));
  expect(compared.size).toBe(0);
  expect(script.asked).toEqual([]);
  writer.close();
  await script.close();
});
