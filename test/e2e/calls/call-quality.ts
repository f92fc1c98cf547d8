import type { CallReport } from './call-report';

/** Frames per second that a call has at least, of the 20 that its camera gives: on a sound network, and on a lossy one. */
const FEWEST_FRAMES = 15;
const FEWEST_FRAMES_LOSSY = 7;
/** Packets of sound per second, of the 50 that Opus makes. */
const FEWEST_SOUNDS = 30;
/** Milliseconds without a frame that nobody takes for a fault. */
const LONGEST_GAP = 500;
/** Messages of the data channel that may be under way when they are counted. */
const UNDER_WAY = 5;

/** `good`, or all that is wrong with a call since its last mark. Where packets are lost, pictures may stand for a while. */
export function quality(report: CallReport, { lossy = false } = {}): string {
  const fewest = lossy ? FEWEST_FRAMES_LOSSY : FEWEST_FRAMES;
  const rate = (count: number): number => count / report.seconds;
  const complaints = [
    [report.state !== 'connected', report.state],
    [report.pair?.localType !== 'relay', `local candidate ${report.pair?.localType}`],
    [rate(report.framesSent) < fewest, `${rate(report.framesSent).toFixed(1)} frames/s sent`],
    [rate(report.framesDecoded) < fewest, `${rate(report.framesDecoded).toFixed(1)} frames/s decoded`],
    [!lossy && report.longestGap > LONGEST_GAP, `no frame for ${report.longestGap.toFixed(0)} ms`],
    [rate(report.soundReceived) < FEWEST_SOUNDS, `${rate(report.soundReceived).toFixed(1)} packets/s of sound`],
    [report.messagesSent === 0, 'no messages'],
    [
      report.messagesEchoed < report.messagesSent - UNDER_WAY,
      `${report.messagesEchoed}/${report.messagesSent} messages`,
    ],
    [!lossy && report.lost > 0, `${report.lost} packets lost on the way back`],
    [!lossy && report.lostThere > 0, `${report.lostThere} packets lost on the way there`],
  ] as const;
  const texts = complaints.filter(([isTrue]) => isTrue).map(([, text]) => text);
  return texts.length === 0 ? 'good' : texts.join('; ');
}
