import { median } from './median';

/** One point of a chart. */
export interface Sample {
  /** Milliseconds since the measurement began. */
  readonly at: number;
  readonly value: number;
}

const PROBES = 25;
const PROBE_EVERY_MS = 100;
const LATE_MS = 1000;
const BULK_MS = 3000;
/** A test is no load test: it ends early on a fast way. */
const BULK_BYTES = 24 * 1024 * 1024;
const CHUNK = new Uint8Array(16 * 1024);
const BACKLOG = 512 * 1024;
const SAMPLE_EVERY_MS = 150;

export interface RoundTrips {
  /** Milliseconds between this browser and the relay and back. */
  readonly median: number;
  /** Share of probes that did not come back, 0 to 1. */
  readonly lost: number;
}

/** Probes go through the relay to the far end and come back, which is twice the way to the relay and back. */
export async function roundTrips(
  near: RTCDataChannel,
  far: RTCDataChannel,
  tell: (sample: Sample) => void,
): Promise<RoundTrips> {
  const start = performance.now();
  const sentAt: number[] = [];
  const trips: number[] = [];
  far.onmessage = ({ data }) => {
    if (far.readyState === 'open') far.send(String(data));
  };
  near.onmessage = ({ data }) => {
    const now = performance.now();
    const trip = (now - sentAt[Number(data)]!) / 2;
    trips.push(trip);
    tell({ at: now - start, value: trip });
  };
  for (let index = 0; index < PROBES && near.readyState === 'open'; index++) {
    sentAt.push(performance.now());
    near.send(String(index));
    await pause(PROBE_EVERY_MS);
  }
  const end = performance.now() + LATE_MS;
  while (trips.length < sentAt.length && performance.now() < end) await pause(20);
  return { median: median(trips), lost: 1 - trips.length / Math.max(1, sentAt.length) };
}

/** As much as goes through, for a short while. @returns megabits a second, from the first byte that came to the last */
export async function throughput(
  near: RTCDataChannel,
  far: RTCDataChannel,
  tell: (sample: Sample) => void,
): Promise<number> {
  const start = performance.now();
  let [received, lastSample, sinceSample] = [0, start, 0];
  let [firstAt, lastAt] = [0, 0];
  far.binaryType = 'arraybuffer';
  far.onmessage = ({ data }) => {
    const now = performance.now();
    firstAt ||= now;
    lastAt = now;
    received += (data as ArrayBuffer).byteLength;
    sinceSample += (data as ArrayBuffer).byteLength;
    if (now - lastSample < SAMPLE_EVERY_MS) return;
    tell({ at: now - start, value: megabits(sinceSample, now - lastSample) });
    [lastSample, sinceSample] = [now, 0];
  };
  let sent = 0;
  while (near.readyState === 'open' && sent < BULK_BYTES && performance.now() - start < BULK_MS) {
    if (near.bufferedAmount > BACKLOG) {
      await pause(10);
      continue;
    }
    near.send(CHUNK);
    sent += CHUNK.length;
  }
  for (const end = performance.now() + LATE_MS; received < sent && performance.now() < end;) await pause(20);
  return megabits(received, lastAt - firstAt);
}

function megabits(bytes: number, ms: number): number {
  return ms <= 0 ? 0 : (bytes * 8) / 1000 / ms;
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
