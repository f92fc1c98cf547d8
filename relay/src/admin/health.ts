import type { Answer, Route } from './admin-server';
import type { RelayView } from './relay-view';
import { statusOf } from './status';

/**
 * `/live`, `/ready` and `/status`, as stunnerd answers them. Ready once there are listeners to serve, and while draining
 * too: an endpoint that is not ready loses its UDP flows, and the calls with them.
 */
export function healthRoutes(view: RelayView): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['/live', () => json(200, {})],
    [
      '/ready',
      () =>
        view.ready
          ? json(200, { status: 200, message: 'READY' })
          : json(503, { status: 503, message: 'stunnerd not ready' }),
    ],
    ['/status', () => json(200, statusOf(view))],
  ]);
}

function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}
