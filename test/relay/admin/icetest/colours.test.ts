import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// WCAG 2.2, 1.4.3: text stands out from its background at least 4.5 to 1, in the light and in the dark.

const css = readFileSync(join(__dirname, '../../../../relay/src/admin/icetest/page/style.css'), 'utf8');
const [light, dark] = [...css.matchAll(/:root \{(.*?)\}/gs)].map(
  ([, block = '']) =>
    new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, colour]) => [name!, colour!])),
);

/** Of a colour `#rrggbb` (WCAG 2.2, relative luminance). */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map(at => {
    const value = parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (bright + 0.05) / (dim + 0.05);
}

const PAIRS = [
  ['text', 'page'],
  ['text', 'card'],
  ['text', 'bad-page'],
  ['text', 'busy-page'],
  ['quiet', 'page'],
  ['quiet', 'card'],
  ['quiet', 'grid'],
  ['page', 'accent'],
  ['good', 'good-page'],
  ['bad', 'bad-page'],
  ['busy', 'busy-page'],
] as const;

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_, colours) => {
  test.each(PAIRS)('%s on %s', (text, background) => {
    expect(contrast(colours!.get(text)!, colours!.get(background)!)).toBeGreaterThanOrEqual(4.5);
  });
});
