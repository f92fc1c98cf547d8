import type { Offer, OfferedServer } from '../offer';
import { Card } from './card';
import { diagnose } from './diagnosis';
import { roundTrips, throughput } from './measure';
import { RelayPair, type Gathered } from './relay-pair';
import { verdict, type State } from './verdict';

const summary = document.getElementById('summary')!;
const again = document.getElementById('again')!;
const cards = document.getElementById('cards')!;

/** One way to the relay while it is tested. */
interface Way {
  readonly server: OfferedServer;
  readonly card: Card;
  readonly pair: RelayPair;
  readonly gathered: Gathered;
}

async function testAll(): Promise<void> {
  testing(true);
  cards.replaceChildren();
  say('Asking the relay what it offers …');
  const offer = await fetched();
  if (offer !== undefined) await testEach(offer);
  testing(false);
}

/** The button stays where the keyboard is: one that is `disabled` would lose it. */
function testing(now: boolean): void {
  again.setAttribute('aria-disabled', String(now));
}

async function fetched(): Promise<Offer | undefined> {
  try {
    const response = await fetch('offer');
    if (response.ok) return (await response.json()) as Offer;
    say(await response.text());
  } catch {
    say('The relay that serves this page does not answer any more. Start it again, and then test again.');
  }
  return undefined;
}

async function testEach(offer: Offer): Promise<void> {
  const shown = offer.servers.map(server => ({ server, card: new Card(server) }));
  cards.append(...shown.map(({ card }) => card.node));
  const testable = shown.filter(({ server, card }) => {
    // Browsers know no TURN over DTLS.
    if (server.transport === 'dtls') card.show('untested');
    return server.transport !== 'dtls';
  });
  if (testable.length === 0) {
    say('The relay offers no way that a browser can use.');
    return;
  }
  say(`Testing ${testable.length === 1 ? 'one way' : `${testable.length} ways`} to the relay …`);
  const ways = await Promise.all(testable.map(each => gather(each, offer)));
  const working = new Set(ways.filter(({ gathered }) => gathered.candidate).map(({ server }) => server.transport));
  const states: State[] = [];
  for (const way of ways) states.push(await measured(way, working));
  say(verdict(states));
}

/** All at once, for a way that is blocked takes its time. */
async function gather({ server, card }: { server: OfferedServer; card: Card }, offer: Offer): Promise<Way> {
  card.show('testing');
  const pair = new RelayPair(server, offer);
  const gathered = await pair.gather();
  if (gathered.candidate !== undefined) card.candidate(gathered.candidate, gathered.took);
  return { server, card, pair, gathered };
}

/** One after the other, so that they do not slow each other down. */
async function measured(way: Way, working: ReadonlySet<OfferedServer['transport']>): Promise<State> {
  const { server, card, pair, gathered } = way;
  const relayed = gathered.candidate !== undefined;
  const far = relayed ? await pair.connect() : undefined;
  if (far !== undefined) await measure(way, far);
  pair.close();
  const { errors } = gathered;
  card.errors(errors);
  const diagnosis = diagnose({ server, relayed, connected: far !== undefined, errors, working });
  if (diagnosis !== undefined) card.diagnosis(diagnosis);
  const state = diagnosis === undefined ? 'works' : diagnosis.harmless ? 'reached' : 'fails';
  card.show(state);
  return state;
}

async function measure({ card, pair }: Way, far: ReadonlyMap<string, RTCDataChannel>): Promise<void> {
  card.roundTrips(await roundTrips(pair.probe, far.get('probe')!, sample => card.roundTripSample(sample)));
  card.throughput(await throughput(pair.bulk, far.get('bulk')!, sample => card.throughputSample(sample)));
}

function say(text: string): void {
  summary.textContent = text;
}

again.addEventListener('click', () => {
  if (again.getAttribute('aria-disabled') === 'false') void testAll();
});
void testAll();
