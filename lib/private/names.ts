import { IConstruct } from 'constructs';
import { complaint, reject } from './errors';

const LABEL_1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const LABEL_MAX = 63;
const SUBDOMAIN_MAX = 253;

/** An RFC 1123 label: namespaces, listeners, routes and most objects. */
export function label1123(what: string, name: string, scope?: IConstruct): string {
  return checked(what, name, LABEL_1123, LABEL_MAX, 'lower-case letters, digits and "-" (RFC 1123 label)', scope);
}

/** An RFC 1035 label, which may not begin with a digit: whatever becomes a Service name. */
export function label1035(what: string, name: string, scope?: IConstruct): string {
  return checked(
    what,
    name,
    LABEL_1035,
    LABEL_MAX,
    'lower-case letters, digits and "-", a letter first (RFC 1035 label)',
    scope,
  );
}

/** A DNS name in lower case, without a final dot. */
export function dnsName(what: string, name: string, scope?: IConstruct): string {
  return checked(what, name, SUBDOMAIN, SUBDOMAIN_MAX, 'lower-case DNS labels joined by "."', scope);
}

function checked(what: string, name: string, form: RegExp, max: number, allowed: string, scope?: IConstruct): string {
  if (name.length > max) {
    const fix = 'choose a shorter name, for names are never cut or hashed';
    reject(complaint(`${what} is too long`, name, `at most ${max} characters`, fix), scope);
  }
  if (!form.test(name)) reject(complaint(`${what} is not valid`, name, allowed, suggestion(name, form)), scope);
  return name;
}

function suggestion(name: string, form: RegExp): string {
  const guess = name.toLowerCase().replace(/[_\s/]+/g, '-');
  return form.test(guess) ? `try "${guess}"` : 'rename it';
}
