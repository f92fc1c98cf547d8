import type { Credential, Scope } from '../auth/credential';
import type { Field } from './field';
import type { KubeObject } from './objects';
import { kindOfRef, type Resolution, type Target } from './resolution';
import { secretText } from './secret-data';

/** What a Secret or a GatewayConfig says about authentication, by the Secret's key names. */
type AuthKey = 'type' | 'username' | 'password' | 'secret' | 'previousSecret';
type AuthTexts = Readonly<Record<AuthKey, string | undefined>>;

const GATEWAY: Scope = { kind: 'gateway' };

/**
 * The gateway's credentials from `authRef`, or from the inline fields where there is none. A reference that leads
 * nowhere does not fall back to them.
 *
 * A shared secret is a master too: tenants' keys are derived from it, so that it works where only one can be given.
 *
 * @returns undefined if there is no usable credential; the reason is told.
 */
export function gatewayCredentials(
  resolution: Resolution,
  gatewayConfig: KubeObject,
): readonly Credential[] | undefined {
  const spec = resolution.fields(gatewayConfig).get('spec');
  const authRef = spec.get('authRef');
  if (authRef.isAbsent) return withDerived(inlineCredentials(spec));

  const secret = referencedSecret(resolution, gatewayConfig, authRef);
  if (secret === undefined) return undefined;
  return withDerived(secretCredentials(resolution, secret, GATEWAY));
}

/**
 * The credential in a Secret of the route's own namespace, for the routes that name it.
 *
 * @returns undefined if it lets nobody in; the reason is told.
 */
export function routeCredentials(resolution: Resolution, secret: KubeObject): readonly Credential[] | undefined {
  const credentials = secretCredentials(resolution, secret, { kind: 'route', credential: secret.id });
  if (credentials?.length !== 0) return credentials;
  resolution.problems.add(secret.problem('data.type', 'none lets nobody reach a route: static or ephemeral'));
  return undefined;
}

function referencedSecret(resolution: Resolution, from: KubeObject, ref: Field): KubeObject | undefined {
  const name = ref.get('name').required();
  const namespace = ref.get('namespace').string(from.namespace);
  if (name === undefined || namespace === undefined) return undefined;
  if (kindOfRef(ref, 'Secret', ['Secret']) === undefined) {
    ref.tell('refers to another kind: a Secret, which is of group ""');
    return undefined;
  }
  const target: Target = { kind: 'Secret', namespace, name };
  if (!resolution.permits(from, target)) {
    ref.tell(resolution.refusal(from, target));
    return undefined;
  }
  const secret = resolution.objects.get('Secret', namespace, name);
  if (secret === undefined) ref.tell(`Secret ${namespace}/${name} is missing: an existing Secret`);
  return secret;
}

function secretCredentials(
  resolution: Resolution,
  secret: KubeObject,
  scope: Scope,
): readonly Credential[] | undefined {
  const text = (...keys: string[]): string | undefined => secretText(resolution, secret, ...keys);
  const tell = (key: AuthKey, message: string): void => resolution.problems.add(secret.problem(`data.${key}`, message));
  const fields = resolution.fields(secret);
  const isAbsent = (key: string): boolean =>
    fields.get('stringData').get(key).isAbsent && fields.get('data').get(key).isAbsent;
  return credentials(
    {
      // A type that is there but not readable is not the default.
      type: isAbsent('type') ? 'static' : (text('type') ?? ''),
      username: text('username'),
      password: text('password'),
      secret: text('secret', 'sharedSecret'),
      previousSecret: text('previousSecret'),
    },
    scope,
    tell,
  );
}

const INLINE_NAMES = { type: 'authType', username: 'userName', password: 'password', secret: 'sharedSecret' } as const;

function inlineCredentials(spec: Field): readonly Credential[] | undefined {
  const texts: AuthTexts = {
    type: spec.get('authType').string('plaintext'),
    username: spec.get('userName').string(),
    password: spec.get('password').string(),
    secret: spec.get('sharedSecret').string(),
    previousSecret: undefined,
  };
  const field = (key: AuthKey): Field => (key === 'previousSecret' ? spec : spec.get(INLINE_NAMES[key]));
  if (texts.type === 'none') {
    spec.get('authType').tell('none cannot be given inline: a Secret with type none, named by authRef');
    return undefined;
  }
  return credentials(texts, GATEWAY, (key, message) => field(key).tell(message));
}

function credentials(
  texts: AuthTexts,
  scope: Scope,
  tell: (key: AuthKey, message: string) => void,
): readonly Credential[] | undefined {
  const { username, password, secret, previousSecret } = texts;
  const required = (key: AuthKey): boolean => {
    if (texts[key] !== undefined && texts[key] !== '') return true;
    tell(key, `missing: needed by type ${texts.type}`);
    return false;
  };
  // The secret or password that rotation has not retired yet.
  const previous = previousSecret === undefined || previousSecret === '' ? [] : [previousSecret];
  switch (texts.type) {
    case 'static':
    case 'plaintext': {
      const whole = [required('username'), required('password')].every(Boolean);
      if (!whole || username === undefined || password === undefined) return undefined;
      if (Buffer.byteLength(username) > 508) {
        tell('username', `too long (got ${Buffer.byteLength(username)} bytes): at most 508 (RFC 8489 14.3)`);
        return undefined;
      }
      return [password, ...previous].map(each => ({ type: 'static', scope, username, password: each }));
    }
    case 'ephemeral':
    case 'longterm':
    case 'timewindowed':
      if (!required('secret') || secret === undefined) return undefined;
      return [{ type: 'ephemeral', scope, secrets: [secret, ...previous] }];
    case 'none':
      return [];
    default:
      tell('type', 'unknown type: static, ephemeral or none');
      return undefined;
  }
}

function withDerived(given: readonly Credential[] | undefined): readonly Credential[] | undefined {
  const derived = (given ?? []).flatMap((credential): readonly Credential[] =>
    credential.type === 'ephemeral' ? [{ type: 'derived', masters: credential.secrets }] : [],
  );
  return given && [...given, ...derived];
}
