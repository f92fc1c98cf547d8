import { DgramIo } from '../../../relay/src/io/dgram-io';
import { describeDatagramIo } from './datagram-behaviour';

describeDatagramIo(context => new DgramIo(context));
