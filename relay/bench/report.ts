import type { Summary } from './statistics';

/** A table for people. */
export function table(summaries: readonly Summary[]): string {
  const rows = [
    ['scenario', 'server', 'runs', 'CPU us/packet', 'packets/s', 'loss', 'busy', 'others', 'relay / server', 'target'],
    ...summaries.map(summary => [
      summary.scenario,
      summary.server,
      summary.disturbed === 0 ? `${summary.runs}` : `${summary.runs} (${summary.disturbed} disturbed)`,
      summary.cpu.map(value => value.toFixed(2)).join(' / '),
      `${Math.round(summary.packetsPerSecond / 1000)}k`,
      percent(summary.loss),
      percent(summary.busy),
      percent(summary.others),
      summary.relayRatio?.map(value => value.toFixed(2)).join(' / ') ?? '',
      verdict(summary),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)));
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const BAR = 18;
const LABELS = 330;
/** Room for the longest name of a scenario. */
const MARGIN = 60;
const PLOT = 420;
const COLOURS: Readonly<Record<string, string>> = {
  relay: '#2563eb',
  coturn: '#9ca3af',
  pion: '#059669',
  'turn-server': '#d97706',
  'node-turn': '#dc2626',
};

/** Bars of the median CPU time for each packet, as SVG. */
export function chart(summaries: readonly Summary[]): string {
  const most = Math.max(...summaries.map(({ cpu }) => cpu[1]));
  const height = 50 + summaries.length * BAR;
  const bars = summaries.map(({ scenario, server, cpu }, i) => {
    const y = 40 + i * BAR;
    const width = (cpu[1] / most) * PLOT;
    const isFirst = summaries[i - 1]?.scenario !== scenario;
    return [
      isFirst ? `<text x="${LABELS - 90}" y="${y + 11}" text-anchor="end">${scenario}</text>` : '',
      `<text x="${LABELS - 8}" y="${y + 11}" text-anchor="end" fill="#555">${server}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR - 5}" fill="${COLOURS[server]}"/>`,
      `<text x="${(LABELS + width + 5).toFixed(1)}" y="${y + 11}">${cpu[1].toFixed(2)}</text>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-MARGIN} 0 ${MARGIN + LABELS + PLOT + 60} ${height}" font-family="sans-serif" font-size="11">`,
    // Pages of any colour show it.
    `<rect x="${-MARGIN}" width="100%" height="100%" fill="#fff"/>`,
    `<text x="10" y="20" font-size="14">CPU time for each relayed packet, microseconds (median; less is better)</text>`,
    ...bars,
    '</svg>\n',
  ].join('\n');
}

function verdict({ relayRatio, target, cleanPairs }: Summary): string {
  if (target === undefined || relayRatio === undefined) return '';
  if (cleanPairs === 0) return `unknown: all runs disturbed (${target})`;
  return `${relayRatio[1] <= target ? 'met' : 'missed'} (${target})`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}
