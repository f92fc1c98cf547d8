import type { RelayConfig } from '../config/relay-config';
import type { Logger } from '../log/logger';
import { AdminServer } from './admin-server';
import { healthRoutes } from './health';
import { metricsRoute } from './metrics';
import type { RelayView } from './relay-view';

/** The health and metrics servers of a relay. If one cannot listen, the log says so and the relay runs on. */
export class Admin {
  private readonly health: AdminServer;
  private readonly metrics: AdminServer;

  constructor(view: RelayView, logger: Logger) {
    const problem =
      (server: string) =>
      (error: Error): void =>
        logger.error(`the ${server} server fails: ${error.message}`);
    this.health = new AdminServer(healthRoutes(view), problem('health'));
    this.metrics = new AdminServer(new Map([['', metricsRoute(view)]]), problem('metrics'));
  }

  /** Listens where the configuration says. */
  apply({ healthEndpoint, metricsEndpoint }: Pick<RelayConfig, 'healthEndpoint' | 'metricsEndpoint'>): void {
    this.health.apply(healthEndpoint);
    this.metrics.apply(metricsEndpoint);
  }

  close(): void {
    this.health.close();
    this.metrics.close();
  }
}
