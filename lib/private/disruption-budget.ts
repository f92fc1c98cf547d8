import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { apiObject } from './api-object';
import { Kind } from './kubernetes';
import { turnPods } from './turn-pods';

/** Lets a drain of nodes take one relay pod at a time: fewer would block it for ever, more would end calls together. */
export function disruptionBudget(
  scope: Construct,
  name: string,
  namespace: string,
  gateways: () => string[],
): ApiObject {
  return apiObject(scope, 'DisruptionBudget', Kind.PodDisruptionBudget, {
    name,
    namespace,
    spec: () => ({ maxUnavailable: 1, selector: turnPods(gateways(), namespace) }),
  });
}
