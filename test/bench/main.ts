import { execFileSync } from 'node:child_process';
import { bareObjects, cost, median, regionalStunner } from './library-scale';

const REGIONS = 5;
const TENANTS = 1000;
const ROUNDS = 3;
/** Six objects for each tenant and region: 10,000 to 50,000. */
const GROWTH = [333, 667, 1000, 1667];
const ONCE = '--once';

/** A tree of its own process: what it takes, and the most memory it held. */
function once(tenants: number): void {
  const { objects, milliseconds } = cost(regionalStunner(tenants, REGIONS));
  const megabytes = process.resourceUsage().maxRSS / 1024;
  console.log(
    [
      objects,
      `${milliseconds.toFixed(0)} ms`,
      `${((milliseconds * 1000) / objects).toFixed(0)} µs`,
      `${megabytes.toFixed(0)} MB`,
    ]
      .map(cell => String(cell).padStart(10))
      .join(''),
  );
}

/** Library and bare objects by turns in one process, so that both meet the same machine. */
function compare(): void {
  const library = regionalStunner(TENANTS, REGIONS);
  const bare = bareObjects(library);
  const rounds = Array.from({ length: ROUNDS }, () => ({ bare: cost(bare), library: cost(library) }));
  const [ours, theirs] = [rounds.map(round => round.library), rounds.map(round => round.bare)];
  const [own, other] = [ours, theirs].map(costs => median(costs.map(({ milliseconds }) => milliseconds))) as [
    number,
    number,
  ];
  console.log(
    `${TENANTS} tenants in ${REGIONS} regions, ${ours[0]!.objects} objects, CPU time, median of ${ROUNDS} rounds by turns`,
  );
  console.log(`  library, judged and rendered  ${own.toFixed(0)} ms`);
  console.log(`  bare ApiObjects, rendered     ${other.toFixed(0)} ms`);
  console.log(`  ratio                         ${(own / other).toFixed(2)}\n`);
}

if (process.argv[2] === ONCE) {
  once(Number(process.argv[3]));
} else {
  compare();
  console.log(['objects', 'CPU time', 'each', 'peak RSS'].map(cell => cell.padStart(10)).join(''));
  for (const tenants of GROWTH) {
    execFileSync(process.execPath, ['--import', 'tsx', __filename, ONCE, String(tenants)], { stdio: 'inherit' });
  }
}
