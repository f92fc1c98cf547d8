import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../e2e/ports';
import type { KubeConnection } from '../../relay/src/config/cluster/kube-connection';
import type { Assets } from './assets';

/** Of the administrator. */
export const TOKEN = 'test-admin';

export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** etcd and kube-apiserver on loopback, with one administrator. */
export class ControlPlane {
  private agent: Agent | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly database: { readonly process: ChildProcess; readonly url: string },
    private readonly startServer: () => ChildProcess,
    private server = startServer(),
  ) {}

  static async start({ etcd, apiServer }: Assets): Promise<ControlPlane> {
    const folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
    const [client, peer, port] = [await freePorts(), await freePorts(), await freePorts()];
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = join(folder, 'service-account.key');
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, 'tokens.csv'), `${TOKEN},admin,admin,system:masters\n`);
    const database = [
      `--data-dir=${folder}/etcd`,
      `--listen-client-urls=http://127.0.0.1:${client}`,
      `--advertise-client-urls=http://127.0.0.1:${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
    ];
    const server = [
      `--etcd-servers=http://127.0.0.1:${client}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${folder}`,
      '--service-cluster-ip-range=10.96.0.0/16,fd00:96::/112',
      '--service-account-issuer=https://test.invalid',
      `--service-account-key-file=${key}`,
      `--service-account-signing-key-file=${key}`,
      `--token-auth-file=${folder}/tokens.csv`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
    ];
    const plane = new ControlPlane(
      folder,
      port,
      { process: spawn(etcd, database, { stdio: 'ignore' }), url: `http://127.0.0.1:${client}` },
      () => spawn(apiServer, server, { stdio: 'ignore' }),
    );
    try {
      await plane.isReady();
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
  }

  /** What a pod of the service account is given. @param boundObjectRef the object with which it ends */
  async serviceAccountToken(namespace: string, name: string, boundObjectRef?: object): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const { status, body } = await this.call('POST', path, { spec: { expirationSeconds: 3600, boundObjectRef } });
    if (status !== 201) throw new Error(`no token for ${namespace}/${name}: ${String(body.message)}`);
    return (body.status as { token: string }).token;
  }

  /** File of the certificate that the API server's is to be verified by. */
  get authority(): string {
    return join(this.folder, 'apiserver.crt');
  }

  /** How a relay reaches this API server as the one whose token it is; by default as the administrator. */
  connection(token = TOKEN): KubeConnection {
    const ca = readFileSync(join(this.folder, 'apiserver.crt'));
    const headers = { authorization: `Bearer ${token}` };
    return {
      server: `https://127.0.0.1:${this.port}`,
      isDirect: true,
      credentials: () => Promise.resolve({ ca, servername: 'kubernetes', headers }),
    };
  }

  /** Server-side apply, as the field manager that GitOps controllers are. */
  async apply(object: KubernetesObject): Promise<ApiAnswer> {
    const path = `${await this.pathOf(object)}?fieldManager=gitops&fieldValidation=Strict`;
    return this.call('PATCH', path, object, 'application/apply-patch+yaml');
  }

  async delete(object: KubernetesObject): Promise<ApiAnswer> {
    return this.call('DELETE', await this.pathOf(object));
  }

  async call(method: string, path: string, body?: unknown, type = 'application/json'): Promise<ApiAnswer> {
    this.agent ??= new Agent({ ca: readFileSync(join(this.folder, 'apiserver.crt')), keepAlive: true });
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': type };
    const { agent, port } = this;
    return new Promise((resolve, reject) => {
      const sent = request(
        { agent, host: '127.0.0.1', port, servername: 'kubernetes', path, method, headers },
        response => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => {
            const isJson = response.headers['content-type']?.includes('json') === true;
            const parsed = (isJson ? JSON.parse(text) : { text }) as Record<string, unknown>;
            resolve({ status: response.statusCode!, body: parsed });
          });
        },
      );
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Ends the API server as a crash does; the database stays. */
  async killServer(): Promise<void> {
    this.agent?.destroy();
    this.agent = undefined;
    await killed(this.server);
  }

  async restartServer(): Promise<void> {
    this.server = this.startServer();
    await this.isReady();
  }

  /** Forgets all that is not the latest state: a watch from an earlier one is answered 410 Gone. */
  async compact(): Promise<void> {
    const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
      const response = await fetch(`${this.database.url}/v3/kv/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`etcd: ${await response.text()}`);
      return (await response.json()) as Record<string, unknown>;
    };
    const { header } = await post('range', { key: Buffer.from('/').toString('base64') });
    await post('compaction', { revision: (header as { revision: string }).revision, physical: true });
  }

  async stop(): Promise<void> {
    this.agent?.destroy();
    await Promise.all([killed(this.server), killed(this.database.process)]);
    rmSync(this.folder, { recursive: true });
  }

  private async isReady(): Promise<void> {
    const deadline = Date.now() + 60_000;
    let last: unknown;
    while (Date.now() < deadline) {
      try {
        const { status } = await this.call('GET', '/readyz');
        if (status === 200) return;
        last = status;
      } catch (error) {
        last = error;
      }
      await sleep(200);
    }
    throw new Error(`kube-apiserver is not ready after a minute: ${String(last)}`);
  }

  /** The path of an object, asked of the server: it knows plurals and scopes, those of new definitions after a while. */
  private async pathOf({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    for (let i = 0; i < 60; i++) {
      const { body } = await this.call('GET', group);
      const resources = (body.resources ?? []) as { name: string; kind: string; namespaced: boolean }[];
      const resource = resources.find(({ name, kind: known }) => known === kind && !name.includes('/'));
      if (resource !== undefined) {
        const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
        return `${group}${namespace}/${resource.name}/${metadata.name}`;
      }
      await sleep(500);
    }
    throw new Error(`the API server does not know ${kind} of ${apiVersion}`);
  }
}

async function killed(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exit = new Promise(resolve => process.once('exit', resolve));
  process.kill('SIGKILL');
  await exit;
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
}
