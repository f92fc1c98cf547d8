import { Duration } from 'cdk8s';
import { PodSecurity } from '../isolation/pod-security';
import { MediaServerProps } from '../media/media-server-props';
import { LabelSelector } from './kubernetes';
import { spreadPods } from './spread-pods';

const HASH_ANNOTATION = 'cdk8s-stunner.dev/config-checksum';
const NOBODY = 65532;
const CONFIG = 'config';
const TMP = 'tmp';

/** What the Deployment of a media server is told beyond its props. */
export interface MediaPodOptions {
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly configChecksum?: string;
}

/** `spec` of the Deployment of a media server. */
export function mediaDeployment(props: MediaServerProps, options: MediaPodOptions): object {
  const selector = { matchLabels: options.selector };
  const { podAnnotations } = props;
  const annotations = {
    ...podAnnotations,
    ...(options.configChecksum !== undefined && { [HASH_ANNOTATION]: options.configChecksum }),
  };
  return {
    replicas: props.replicas ?? 1,
    selector,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: options.podLabels, annotations },
      spec: podSpec(props, options, selector),
    },
  };
}

function podSpec(props: MediaServerProps, options: MediaPodOptions, labelSelector: LabelSelector): object {
  const { gracePeriod = Duration.hours(1), configFiles } = props;
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: gracePeriod.toSeconds(),
    securityContext: {
      ...(isRestricted(props) && { runAsNonRoot: true, runAsUser: NOBODY, runAsGroup: NOBODY, fsGroup: NOBODY }),
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: spreadPods(labelSelector),
    containers: [container(props, options.name)],
    volumes: [
      { name: TMP, emptyDir: {} },
      ...(configFiles ? [{ name: CONFIG, configMap: { name: options.name } }] : []),
    ],
  };
}

function container(props: MediaServerProps, name: string): object {
  const { image, command, args, env = [], ports, drainCommand, configFiles, configPath = '/etc/media' } = props;
  const { cpuRequest = '1', memory = '1Gi' } = props;
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command,
    args,
    env: env.length > 0 ? env.map(variable => variable._toKube()) : undefined,
    ports: ports.map(port => ({ name: port.name, containerPort: port.port, protocol: 'TCP' })),
    resources: { requests: { cpu: cpuRequest, memory }, limits: { memory } },
    ...probes(props),
    lifecycle: drainCommand && { preStop: { exec: { command: drainCommand } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      ...(isRestricted(props) && { capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true }),
    },
    volumeMounts: [
      { name: TMP, mountPath: '/tmp' },
      ...(configFiles ? [{ name: CONFIG, mountPath: configPath, readOnly: true }] : []),
    ],
  };
}

/** A busy server answers late: it is taken out of rotation soon, and restarted only when it is dead. */
function probes({ healthPath, ports }: MediaServerProps): object {
  const httpGet = { path: healthPath, port: ports[0]!.name, scheme: 'HTTP' };
  return {
    startupProbe: { httpGet, periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { httpGet, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { httpGet, periodSeconds: 10, failureThreshold: 30 },
  };
}

function isRestricted({ podSecurity = PodSecurity.RESTRICTED }: MediaServerProps): boolean {
  return podSecurity === PodSecurity.RESTRICTED;
}
