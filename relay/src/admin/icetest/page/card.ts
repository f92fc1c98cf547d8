import type { OfferedServer } from '../offer';
import { Chart, rounded } from './chart';
import type { CandidateError, Diagnosis } from './diagnosis';
import { element } from './element';
import type { RoundTrips, Sample } from './measure';
import type { State } from './verdict';

const WAYS: Readonly<Record<OfferedServer['transport'], readonly [name: string, about: string]>> = {
  udp: ['UDP', 'The best way for calls. Some company networks block it.'],
  tcp: ['TCP', 'For networks that block UDP. Calls may stutter when packets are lost.'],
  tls: ['TLS', 'TCP, encrypted: passes nearly every firewall, as web pages do.'],
  dtls: ['DTLS', 'UDP, encrypted. No browser can do this; other clients can.'],
};

const STATES: Readonly<Record<State | 'waiting' | 'testing' | 'untested', string>> = {
  waiting: '… Waiting',
  testing: '↻ Testing',
  works: '✓ Works',
  reached: '◐ Reached',
  fails: '✗ Fails',
  untested: '– Not tested',
};

/** What a person sees of one way to the relay. */
export class Card {
  readonly node = element('li');
  private readonly article = element('article');
  private readonly state = element('span', { className: 'state' });
  private readonly problem = element('div', { className: 'problem' });
  private readonly figures = element('dl');
  private readonly charts = element('div', { className: 'charts' });
  private readonly facts = element('ul');
  private readonly roundTripChart = new Chart('Round trip', 'ms', 2500);
  private readonly throughputChart = new Chart('Throughput', 'Mbit/s', 3000);

  constructor({ uri, transport, listener }: OfferedServer) {
    const [name, about] = WAYS[transport];
    const heading = element('h3', { text: name });
    heading.id = `way-${listener}-${transport}`;
    this.article.setAttribute('aria-labelledby', heading.id);
    this.charts.append(this.roundTripChart.node, this.throughputChart.node);
    this.article.append(
      element('div', { className: 'head' }, heading, this.state),
      element('p', { className: 'about', text: about }),
      element('code', { text: uri }),
      this.problem,
      this.figures,
      this.charts,
      element('details', {}, element('summary', { text: 'Details for experts' }), this.facts),
    );
    this.problem.hidden = this.charts.hidden = true;
    this.fact(`Listener ${listener}`);
    this.node.append(this.article);
    this.show('waiting');
  }

  show(state: keyof typeof STATES): void {
    this.article.dataset.state = state;
    this.state.textContent = STATES[state];
  }

  candidate({ address, port }: RTCIceCandidate, took: number): void {
    this.figure('Relay found in', `${took.toFixed(0)} ms`);
    this.fact(`Relayed address ${address ?? '?'}, port ${port ?? '?'}`);
  }

  errors(errors: readonly CandidateError[]): void {
    for (const { code, text } of errors) this.fact(`Error ${code}${text === '' ? '' : `: ${text}`}`);
  }

  roundTripSample(sample: Sample): void {
    this.charts.hidden = false;
    this.roundTripChart.add(sample);
  }

  throughputSample(sample: Sample): void {
    this.throughputChart.add(sample);
  }

  roundTrips({ median, lost }: RoundTrips): void {
    this.figure('Round trip', `${rounded(median)} ms`);
    this.figure('Lost on the way', `${(100 * lost).toFixed(0)} %`);
  }

  throughput(megabits: number): void {
    this.figure('Throughput', `${rounded(megabits)} Mbit/s`);
  }

  diagnosis({ problem, why, fix }: Diagnosis): void {
    this.problem.replaceChildren(
      element('p', { text: problem }),
      element('p', { text: why }),
      element('p', {}, element('strong', { text: 'What to do: ' }), document.createTextNode(fix)),
    );
    this.problem.hidden = false;
  }

  private figure(name: string, value: string): void {
    this.figures.append(element('div', {}, element('dt', { text: name }), element('dd', { text: value })));
  }

  private fact(text: string): void {
    this.facts.append(element('li', { text }));
  }
}
