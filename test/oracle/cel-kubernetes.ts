import { isIP } from 'node:net';
import { celFunc, type CelMap, celMethod, CelScalar, mapType } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';

const { BOOL, DYN, STRING } = CelScalar;
const URL_TYPE = mapType(STRING, STRING);
const FORMAT_TYPE = mapType(STRING, STRING);

const DNS_1123_LABEL = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** The functions that the API server adds to CEL, as far as published CRD rules use them. */
export const KUBERNETES_FUNCTIONS = [
  ...strings,
  celFunc('isIP', [STRING], BOOL, text => isIP(text) !== 0 && !text.includes('%') && !/^::ffff:/i.test(text)),
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

/** An absolute URL or an absolute path, as Go's `url.ParseRequestURI` has it. */
function isUrl(text: string): boolean {
  return !/\s/.test(text) && (text.startsWith('/') || (SCHEME.test(text) && URL.canParse(text)));
}
