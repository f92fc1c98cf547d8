import { element } from './element';
import type { Sample } from './measure';

const SVG = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [300, 80];

/** A line that grows while something is measured; its caption says in words how high it reaches. */
export class Chart {
  readonly node: HTMLElement;
  private readonly samples: Sample[] = [];
  private readonly line = document.createElementNS(SVG, 'polyline');
  private readonly top = element('span');

  constructor(
    title: string,
    private readonly unit: string,
    /** Milliseconds that the width stands for, at least. */
    private readonly span: number,
  ) {
    const picture = document.createElementNS(SVG, 'svg');
    picture.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
    picture.setAttribute('preserveAspectRatio', 'none');
    picture.setAttribute('aria-hidden', 'true');
    picture.append(this.line);
    this.node = element('figure', {}, element('figcaption', {}, element('span', { text: title }), this.top), picture);
  }

  add(sample: Sample): void {
    this.samples.push(sample);
    const highest = Math.max(...this.samples.map(({ value }) => value));
    const end = Math.max(this.span, sample.at);
    const scale = highest === 0 ? 0 : (HEIGHT - 6) / highest;
    const points = this.samples.map(({ at, value }) => `${(at / end) * WIDTH},${HEIGHT - 2 - value * scale}`);
    this.line.setAttribute('points', points.join(' '));
    this.top.textContent = `up to ${rounded(highest)} ${this.unit}`;
  }
}

/** Two digits that count. */
export function rounded(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1);
}
