/** Milliseconds between messages. */
const INTERVAL = 100;

/** A data channel that sends numbered messages and counts those that come back, whatever is written before the number. */
export class EchoChannel {
  sent = 0;
  echoed = 0;
  private readonly timer: number;

  constructor(private readonly channel: RTCDataChannel) {
    channel.onmessage = event => {
      if (/\d+$/.test(String(event.data))) this.echoed++;
    };
    this.timer = setInterval(() => this.send(), INTERVAL);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private send(): void {
    if (this.channel.readyState === 'open') this.channel.send(`${this.sent++}`);
  }
}

/** Sends back what comes in. */
export function echo(channel: RTCDataChannel): void {
  channel.onmessage = event => channel.send(String(event.data));
}
