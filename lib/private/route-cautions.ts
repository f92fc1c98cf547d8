import { MediaBackend } from '../media-backend';
import { TurnAuth } from '../turn-auth';
import { complaint } from './errors';
import { staticCredential } from './gateway-cautions';
import { Caution } from './warn';

/** What works with a route and may surprise. */
export function routeCautions(
  routeName: string,
  backends: readonly MediaBackend[],
  auth: TurnAuth | undefined,
): Caution[] {
  const nameOf = ({ name = routeName }: MediaBackend) => name;
  const headless = backends.filter(({ isHeadless }) => isHeadless);
  const wide = backends.filter(({ ports }) => ports.isAny);
  return [
    ...(auth?.type === 'static' ? [staticCredential(auth.secret.name)] : []),
    ...headless.map((backend): Caution => {
      const allowed = 'one with an address: else the operator reports BackendNotFound, and Argo CD a degraded route';
      const message = complaint('backend Service is headless', nameOf(backend), allowed, 'leave "clusterIP" out');
      return { rule: 'headless-service', message };
    }),
    ...wide.map((backend): Caution => {
      const allowed = 'the ports that the media server is configured for: all opens every UDP service of the pod';
      const message = complaint('backend opens all ports', nameOf(backend), allowed, 'use PortRange.of');
      return { rule: 'all-ports', message };
    }),
  ];
}
