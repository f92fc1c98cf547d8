import { Assembly, Callable, Docs, Type, TypeReference, Value } from './assembly';

/** The rooms of the library, in the order in which one meets them. */
const ROOMS: readonly (readonly [folder: string, title: string])[] = [
  ['lib', 'Gateways, routes, regions'],
  ['lib/dataplane', 'Relay pods and load balancers'],
  ['lib/secrets', 'Secrets and certificates'],
  ['lib/isolation', 'Isolation'],
  ['lib/dns', 'Names'],
  ['lib/media', 'Media servers'],
  ['lib/mesh', 'Service mesh'],
  ['lib/observability', 'Observability'],
  ['lib/gitops', 'GitOps'],
  ['lib/validation', 'Validation'],
];

/** The whole reference as Markdown. */
export function apiReference({ types }: Assembly): string {
  const all = Object.values(types);
  const strangers = new Set(all.map(roomOf).filter(room => !ROOMS.some(([folder]) => folder === room)));
  const rooms = [...ROOMS, ...[...strangers].sort().map(folder => [folder, folder] as const)];
  const sections = rooms.flatMap(([folder, title]) => {
    const own = all.filter(type => roomOf(type) === folder).sort(byName);
    return own.length === 0 ? [] : [`## ${title}`, ...own.map(type => describe(type, types))];
  });
  const intro =
    'Everything that `cdk8s-stunner` exports, as TypeScript spells it; written by `npm run docs` from what jsii sees. ' +
    'Constructs take `(scope, id, props)`; a member marked `?` is optional, and its default stands in italics.';
  return `${['# API reference', intro, ...sections].join('\n\n')}\n`;
}

function describe(type: Type, types: Assembly['types']): string {
  const { kind, members = [], properties = [], methods = [] } = type;
  const doc = (member: Value | Callable) => docsOf(member, types);
  const values = properties.filter(open).map(value => row(signature(value), doc(value)));
  const calls = methods.filter(open).map(call => row(callSignature(call, type), doc(call), call.parameters));
  const choices = members.map(({ name, docs }) => row(`\`${name}\``, docs));
  const heading = type.datatype || kind === 'enum' ? 'Field' : 'Member';
  const rows = [...choices, ...calls, ...values];
  return [
    `### ${type.name}`,
    ...lineage(type),
    prose(type.docs),
    ...creation(type),
    ...(rows.length > 0 ? [[`| ${heading} | |`, '| --- | --- |', ...rows].join('\n')] : []),
  ].join('\n\n');
}

function lineage({ base, interfaces = [], abstract }: Type): string[] {
  const parents = [base, ...interfaces].filter(fqn => fqn !== undefined).map(link);
  const said = [...(abstract ? ['abstract'] : []), ...(parents.length > 0 ? [`extends ${parents.join(', ')}`] : [])];
  return said.length > 0 ? [`*${said.join(', ')}*`] : [];
}

/** Only what may be called by others: most classes that are no constructs have factories. */
function creation({ name, initializer, abstract }: Type): string[] {
  if (initializer === undefined || abstract) return [];
  return [`\`new ${name}(${parametersOf(initializer)})\``];
}

function row(signed: string, docs: Docs | undefined, parameters: readonly Value[] = []): string {
  const told = parameters
    .filter(parameter => parameter.docs?.summary)
    .map(parameter => `\`${parameter.name}\`: ${(parameter.docs?.summary ?? '').replace(/\.$/, '')}`);
  const fallback = docs?.default === undefined ? [] : [`*Default: ${docs.default.replace(/^- /, '')}.*`];
  return `| ${signed} | ${cell([prose(docs), ...told, ...fallback].filter(Boolean).join('<br>'))} |`;
}

function signature({ name, optional, type, static: isStatic }: Value): string {
  return `${isStatic ? '`static` ' : ''}\`${name}${optional ? '?' : ''}\`: ${printed(type)}`;
}

function callSignature({ name, parameters = [], returns, static: isStatic }: Callable, type: Type): string {
  const led = isStatic ? `${type.name}.${name ?? ''}` : (name ?? '');
  return `\`${led}(${parametersOf({ parameters })})\`${returns ? `: ${printed(returns.type)}` : ''}`;
}

function parametersOf({ parameters = [] }: Callable): string {
  return parameters.map(({ name, optional }) => `${name}${optional ? '?' : ''}`).join(', ');
}

function printed({ primitive, fqn, collection }: TypeReference): string {
  if (fqn !== undefined) return link(fqn);
  if (collection === undefined) return primitive ?? 'any';
  const element = printed(collection.elementtype);
  return collection.kind === 'array' ? `${element}[]` : `map of ${element}`;
}

/** A link to the heading of a type of ours; the name alone of one of cdk8s or constructs. */
function link(fqn: string): string {
  const name = fqn.split('.').at(-1)!;
  return fqn.startsWith('cdk8s-stunner.') ? `[${name}](#${name.toLowerCase()})` : `\`${name}\``;
}

function open({ protected: isProtected }: Value | Callable): boolean {
  return isProtected !== true;
}

/** A member that fulfils an interface may leave its description to it. */
function docsOf(member: Value | Callable, types: Assembly['types']): Docs | undefined {
  if (member.docs?.summary || member.overrides === undefined) return member.docs;
  const parent = types[member.overrides];
  const inherited = [...(parent?.properties ?? []), ...(parent?.methods ?? [])].find(
    ({ name }) => name === member.name,
  );
  return parent === undefined || inherited === undefined ? member.docs : docsOf(inherited, types);
}

function prose(docs: Docs | undefined): string {
  return [docs?.summary, docs?.remarks].filter(Boolean).join(' ');
}

function cell(text: string): string {
  return text.replace(/\n\n/g, '<br>').replace(/\n/g, ' ').replace(/\|/g, '\\|');
}

function roomOf({ locationInModule }: Type): string {
  return locationInModule.filename.split('/').slice(0, -1).join('/');
}

function byName(a: Type, b: Type): number {
  return a.name < b.name ? -1 : 1;
}
