import { brokenRules } from './cel-rules';
import type { StructuralSchema } from './structural-schema';

type Properties = Record<string, StructuralSchema>;

/** Errors of one rule over `spec`. */
const broken = (rule: string, spec: object, properties: Properties) =>
  brokenRules({ spec }, { properties: { spec: { properties, 'x-kubernetes-validations': [{ rule }] } } });

const port = { port: { type: 'integer' } };
const host = { host: { type: 'string' } };

describe('values are typed by their schema', () => {
  test.each<[string, string, object, Properties]>([
    ['an integer is an int', 'self.port % 2 == 0', { port: 50000 }, port],
    [
      'a number is a double, though it be whole',
      'self.ratio + 0.5 == 1.5',
      { ratio: 1 },
      { ratio: { type: 'number' } },
    ],
    [
      'int-or-string is an int where it is whole',
      'type(self.max) == int && self.max % 2 == 0',
      { max: 2 },
      { max: { 'x-kubernetes-int-or-string': true } },
    ],
    [
      'items are typed too',
      'self.ports.all(p, p % 2 == 0)',
      { ports: [2, 4] },
      { ports: { type: 'array', items: { type: 'integer' } } },
    ],
  ])('%s', (_name, rule, spec, properties) => {
    expect(broken(rule, spec, properties)).toEqual([]);
  });
});

describe('property names are escaped, map keys are not', () => {
  test.each([
    ['namespace', 'self.__namespace__ == "x"'],
    ['load-balancer', 'self.load__dash__balancer == "x"'],
    ['a.b', 'self.a__dot__b == "x"'],
    ['a/b', 'self.a__slash__b == "x"'],
    ['a__b', 'self.a__underscores__b == "x"'],
  ])('%s', (name, rule) => {
    expect(broken(rule, { [name]: 'x' }, { [name]: { type: 'string' } })).toEqual([]);
  });

  test('key of a map', () => {
    const options = { options: { additionalProperties: { type: 'string' } } };

    expect(broken('self.options["a-b"] == "x"', { options: { 'a-b': 'x' } }, options)).toEqual([]);
  });
});

describe('functions of the API server', () => {
  test.each([
    ['isIP(self.host)', '2001:db8::1', 'fe80::1%eth0'],
    ['isURL(self.host)', 'https://a.example.org/x', 'a.example.org'],
    ['url(self.host).getScheme() in ["", "https"]', '/path', 'http://a.example.org'],
    ['url(self.host).getScheme() == "https"', 'HTTPS://a.example.org', 'no url'],
    ['format.dns1123Label().validate(self.host) == null', 'relay-1', 'relay.1'],
    ['self.host.split(".")[0].size() == 1', 'a.b', 'ab'],
    ['self.host.substring(0, 2) == "*."', '*.b', 'a.b'],
    ['duration(self.host) > duration("1m")', '61s', '60s'],
  ])('%s accepts %s and refuses %s', (rule, good, bad) => {
    expect(broken(rule, { host: good }, host)).toEqual([]);
    expect(broken(rule, { host: bad }, host)).toHaveLength(1);
  });
});

test('a rule that cannot run rejects', () => {
  expect(broken('self.port > 0', {}, port)).toEqual([expect.stringMatching(/^spec: rule cannot be evaluated: /)]);
  expect(broken('noSuchFunction(self.port)', { port: 1 }, port)).toHaveLength(1);
});

test('of metadata a rule of the root sees the name only', () => {
  const root = { 'x-kubernetes-validations': [{ rule: 'self.metadata.name == "a" && !has(self.metadata.labels)' }] };

  expect(brokenRules({ metadata: { name: 'a', labels: { x: 'y' } } }, root)).toEqual([]);
});
