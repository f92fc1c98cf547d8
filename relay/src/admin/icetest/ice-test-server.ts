import type { ConfigListener } from '../../config/config-source';
import type { Logger } from '../../log/logger';
import { AdminServer } from '../admin-server';
import { IceTest, type IceTestOptions } from './ice-test';
import { iceTestRoutes } from './ice-test-routes';

/** Serves the ICE test page. If it cannot, the log says so and the relay runs on. */
export class IceTestServer {
  private readonly test: IceTest;
  private readonly server: AdminServer;

  constructor(
    private readonly endpoint: string,
    options: IceTestOptions,
    private readonly logger: Logger,
  ) {
    this.test = new IceTest(options);
    this.server = new AdminServer(iceTestRoutes(this.test), error =>
      logger.error(`the ICE test server fails: ${error.message}`),
    );
  }

  /** Serves from now on, and adds the test to every configuration on its way. */
  start(next: ConfigListener): ConfigListener {
    this.server.apply(this.endpoint);
    this.logger.info(`ICE test: open ${this.endpoint} in a browser on this host`);
    return this.test.into(next);
  }

  close(): void {
    this.server.close();
  }
}
