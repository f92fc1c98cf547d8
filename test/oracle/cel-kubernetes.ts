import { BlockList, isIP } from 'node:net';
import { celFunc, type CelMap, celMethod, CelScalar, mapType } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

const { BOOL, DYN, STRING } = CelScalar;
const URL_TYPE = mapType(STRING, STRING);
const FORMAT_TYPE = mapType(STRING, STRING);
const CIDR_TYPE = mapType(STRING, STRING);

const DNS_1123_LABEL = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** The functions that the API server adds to CEL, as far as published CRD rules use them. */
export const KUBERNETES_FUNCTIONS = [
  ...strings,
  celFunc('isIP', [STRING], BOOL, text => isIP(text) !== 0 && !text.includes('%') && !/^::ffff:/i.test(text)),
  celFunc('isCIDR', [STRING], BOOL, isCidr),
  celFunc('cidr', [STRING], CIDR_TYPE, text => {
    if (!isCidr(text)) throw new Error(`not a CIDR (got ${text})`);
    return new Map([['cidr', text]]);
  }),
  celMethod('containsIP', CIDR_TYPE, [STRING], BOOL, function (ip) {
    return contains(textAt(this, 'cidr'), ip);
  }),
  celMethod('containsCIDR', CIDR_TYPE, [STRING], BOOL, function (text) {
    const [outer, inner] = [textAt(this, 'cidr'), text];
    if (!isCidr(inner)) throw new Error(`not a CIDR (got ${inner})`);
    return prefixLength(outer) <= prefixLength(inner) && contains(outer, inner.split('/')[0]!);
  }),
  celFunc('isURL', [STRING], BOOL, isUrl),
  celFunc('url', [STRING], URL_TYPE, text => {
    if (!isUrl(text)) throw new Error(`not a URL (got ${text})`);
    return new Map([['scheme', SCHEME.exec(text)?.[1]?.toLowerCase() ?? '']]);
  }),
  celMethod('getScheme', URL_TYPE, [], STRING, function () {
    return textAt(this, 'scheme');
  }),
  celFunc('format.dns1123Label', [], FORMAT_TYPE, () => new Map([['format', 'dns1123Label']])),
  celMethod('validate', FORMAT_TYPE, [STRING], DYN, function (text) {
    return DNS_1123_LABEL.test(text) ? null : [`not a ${textAt(this, 'format')}`];
  }),
];

function textAt(map: CelMap, key: string): string {
  const text = map.get(key);
  if (typeof text !== 'string') throw new Error(`no text at ${key}`);
  return text;
}

/** The API server refuses IPv4-mapped addresses wherever it parses one. */
function isCidr(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : -1;
  return rest.length === 0 && !/^::ffff:/i.test(address) && /^\d{1,3}$/.test(length) && Number(length) <= bits;
}

function prefixLength(cidr: string): number {
  return Number(cidr.split('/')[1]);
}

function contains(cidr: string, ip: string): boolean {
  const family = (address: string) => (address.includes(':') ? 'ipv6' : 'ipv4');
  const [network = ''] = cidr.split('/');
  if (family(network) !== family(ip)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefixLength(cidr), family(network));
  return list.check(ip, family(ip));
}

/** An absolute URL or an absolute path, as Go's `url.ParseRequestURI` has it. */
function isUrl(text: string): boolean {
  return !/\s/.test(text) && (text.startsWith('/') || (SCHEME.test(text) && URL.canParse(text)));
}
