import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { apiObject } from '../private/api-object';
import { Kind } from '../private/kubernetes';
import { label1123 } from '../private/names';
import { CONFIRMED } from '../private/sync-options';
import { PodSecurity } from './pod-security';

const POD_SECURITY = 'pod-security.kubernetes.io';

/** Properties of a `GuardedNamespace`. */
export interface GuardedNamespaceProps {
  /** Name of the namespace. RFC 1123 label. */
  readonly name: string;

  /**
   * Level of the Pod Security Standards that its pods must meet.
   *
   * @default PodSecurity.RESTRICTED
   */
  readonly podSecurity?: PodSecurity;
}

/** A namespace whose pods meet a Pod Security Standard and get no API token unless they ask for one. */
export class GuardedNamespace extends Construct {
  /** The Namespace. */
  public readonly namespace: ApiObject;
  /** The ServiceAccount `default`, without a token. */
  public readonly serviceAccount: ApiObject;

  public constructor(scope: Construct, id: string, props: GuardedNamespaceProps) {
    super(scope, id);
    const name = label1123('namespace', props.name, this);
    const level = props.podSecurity ?? PodSecurity.RESTRICTED;
    this.namespace = apiObject(this, 'Resource', Kind.Namespace, {
      name,
      labels: Object.fromEntries(
        ['audit', 'enforce', 'warn'].flatMap(mode => [
          [`${POD_SECURITY}/${mode}`, level],
          [`${POD_SECURITY}/${mode}-version`, 'latest'],
        ]),
      ),
      // With the namespace goes everything in it, a public address too.
      annotations: CONFIRMED,
    });
    // The operator cannot be told another account for the relay's pods, and these need none.
    this.serviceAccount = apiObject(this, 'ServiceAccount', Kind.ServiceAccount, {
      name: 'default',
      namespace: name,
      fields: { automountServiceAccountToken: false },
    });
  }
}
