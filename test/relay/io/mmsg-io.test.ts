import { MmsgIo } from '../../../relay/src/io/mmsg-io';
import { mmsgSupport } from '../../../relay/src/io/mmsg-support';
import type { DatagramContext, DatagramIo } from '../../../relay/src/io/datagram';
import { describeDatagramIo } from './datagram-behaviour';

const support = mmsgSupport();
if (support.libc === undefined) throw new Error(support.reason);
const { libc } = support;

/** The loop's body, called by Node's loop, so that the test goes on beside it. */
function polled(context: DatagramContext, segmentation: boolean): DatagramIo {
  const io = new MmsgIo(context, libc, { segmentation });
  const timer = setInterval(() => io.poll(0), 1);
  const close = io.close.bind(io);
  return Object.assign(io, {
    close: () => {
      clearInterval(timer);
      close();
    },
  });
}

describe.each([true, false])('segmentation by the kernel: %s', segmentation => {
  describeDatagramIo(context => polled(context, segmentation));
});
