import { IceTestServer } from './admin/icetest/ice-test-server';
import type { Options } from './cli/options';
import { RelayAddresses } from './io/relay-address';
import type { Logger } from './log/logger';
import { ownAddresses } from './own-addresses';

/** The ICE test that the command line asks for, if it does. */
export function iceTestServer(options: Options, logger: Logger): IceTestServer | undefined {
  const { endpoints, relayAddresses, relayPorts, allowPeers, limits } = options;
  if (endpoints.iceTest === undefined) return undefined;
  return new IceTestServer(
    endpoints.iceTest,
    {
      relayPorts,
      credentialSeconds: limits.credentialSeconds,
      relayedAddresses: ({ address }) => {
        const addresses = new RelayAddresses(relayAddresses);
        return ([4, 6] as const).flatMap(family => addresses.of(address, family)?.advertised ?? []);
      },
      peerPolicy: config => ({ allowPeers, ownAddresses: ownAddresses(config, process.env) }),
    },
    logger,
  );
}
