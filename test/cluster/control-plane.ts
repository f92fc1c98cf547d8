import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../e2e/ports';
import type { Assets } from './assets';

const TOKEN = 'test-admin';

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
    private readonly children: readonly ChildProcess[],
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
    const children = [spawn(etcd, database, { stdio: 'ignore' }), spawn(apiServer, server, { stdio: 'ignore' })];
    const plane = new ControlPlane(folder, port, children);
    try {
      await plane.isReady();
    } catch (error) {
      await plane.stop();
      throw error;
    }
    return plane;
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

  async stop(): Promise<void> {
    this.agent?.destroy();
    const exits = this.children.map(child => new Promise(resolve => child.once('exit', resolve)));
    for (const child of this.children) child.kill('SIGKILL');
    await Promise.all(exits);
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

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}
