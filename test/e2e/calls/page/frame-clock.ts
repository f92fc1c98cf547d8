/** When the frames of a video track arrive. */
export class FrameClock {
  private last = performance.now();
  private longest = 0;

  constructor(track: MediaStreamTrack) {
    const { readable } = new MediaStreamTrackProcessor({ track });
    void this.read(readable.getReader());
  }

  /** Forgets the gaps so far. */
  mark(): void {
    this.last = performance.now();
    this.longest = 0;
  }

  /** Milliseconds: the longest time without a frame, one that still lasts included. */
  get longestGap(): number {
    return Math.max(this.longest, performance.now() - this.last);
  }

  private async read(frames: ReadableStreamDefaultReader<VideoFrame>): Promise<void> {
    for (;;) {
      const { done, value } = await frames.read();
      if (done) return;
      value.close();
      this.longest = this.longestGap;
      this.last = performance.now();
    }
  }
}

/** Not in the DOM types: https://www.w3.org/TR/mediacapture-transform/ */
declare class MediaStreamTrackProcessor {
  constructor(init: { readonly track: MediaStreamTrack });
  readonly readable: ReadableStream<VideoFrame>;
}
