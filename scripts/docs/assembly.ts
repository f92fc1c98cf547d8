/** What is said of a type or a member; the first sentence apart from the rest. */
export interface Docs {
  readonly summary?: string;
  readonly remarks?: string;
  readonly default?: string;
  readonly returns?: string;
}

/** A type as it is referred to. */
export interface TypeReference {
  readonly primitive?: string;
  readonly fqn?: string;
  readonly collection?: { readonly kind: 'array' | 'map'; readonly elementtype: TypeReference };
}

export interface Value {
  readonly name: string;
  readonly type: TypeReference;
  readonly optional?: boolean;
  readonly variadic?: boolean;
  readonly static?: boolean;
  readonly protected?: boolean;
  readonly overrides?: string;
  readonly docs?: Docs;
}

export interface Callable {
  readonly name?: string;
  readonly parameters?: readonly Value[];
  readonly returns?: { readonly type: TypeReference };
  readonly static?: boolean;
  readonly protected?: boolean;
  readonly overrides?: string;
  readonly docs?: Docs;
}

/** A class, interface or enumeration of the public surface. */
export interface Type {
  readonly name: string;
  readonly fqn: string;
  readonly kind: 'class' | 'interface' | 'enum';
  readonly datatype?: boolean;
  readonly abstract?: boolean;
  readonly base?: string;
  readonly interfaces?: readonly string[];
  readonly initializer?: Callable;
  readonly properties?: readonly Value[];
  readonly methods?: readonly Callable[];
  readonly members?: readonly { readonly name: string; readonly docs?: Docs }[];
  readonly locationInModule: { readonly filename: string };
  readonly docs?: Docs;
}

/** The public surface as jsii sees it: `.jsii`, which `npm run build:lib` writes. */
export interface Assembly {
  readonly types: Readonly<Record<string, Type>>;
}
