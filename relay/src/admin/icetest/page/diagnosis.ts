import type { CertificateProblem, OfferedServer } from '../offer';

/** What a browser tells of a server that gave it no relayed address (RTCPeerConnectionIceErrorEvent). */
export interface CandidateError {
  /** STUN error code; 701 if the server did not answer at all. */
  readonly code: number;
  readonly text: string;
}

/** How far the test of one server came. */
export interface Outcome {
  readonly server: OfferedServer;
  /** Whether a relayed address came. */
  readonly relayed: boolean;
  /** Whether data went through. */
  readonly connected: boolean;
  readonly errors: readonly CandidateError[];
  /** Transports that gave a relayed address in this run. */
  readonly working: ReadonlySet<OfferedServer['transport']>;
}

/** What is wrong, for people who do not know ICE. */
export interface Diagnosis {
  readonly problem: string;
  readonly why: string;
  readonly fix: string;
  /** The way to the relay is fine, and only the test cannot go further. */
  readonly harmless?: true;
}

/** Undefined if all went well. */
export function diagnose(outcome: Outcome): Diagnosis | undefined {
  const { relayed, connected } = outcome;
  if (!relayed) return withoutRelay(outcome);
  return connected ? undefined : withoutData(outcome);
}

function withoutRelay({ server, errors, working }: Outcome): Diagnosis {
  if (server.certificate !== undefined) return ofCertificate(server.certificate);
  const refused = errors.find(({ code }) => code >= 300 && code < 700);
  if (refused !== undefined) return ofRefusal(refused);
  return unreachable(server, working);
}

function ofCertificate(problem: CertificateProblem): Diagnosis {
  const renew = 'Renew the certificate in the Secret that the listener names; the relay takes it up by itself.';
  switch (problem.kind) {
    case 'missing':
      return {
        problem: 'There is no certificate',
        why: 'This way is encrypted, and the relay keeps it closed until it has a certificate.',
        fix: 'Create the Secret with the certificate that the listener names.',
      };
    case 'unreadable':
      return {
        problem: 'The certificate cannot be read',
        why: 'What the Secret holds is not a certificate in PEM format.',
        fix: 'Put the certificate chain into tls.crt and its key into tls.key of the Secret.',
      };
    case 'expired':
      return { problem: 'The certificate has expired', why: `It was valid until ${day(problem.on)}.`, fix: renew };
    case 'not-yet-valid':
      return {
        problem: 'The certificate is not valid yet',
        why: `It is valid from ${day(problem.from)} on.`,
        fix: 'Look at the clock of the relay, or wait until then.',
      };
    case 'other-name':
      return {
        problem: 'The certificate is for another name',
        why: `It is for ${problem.names.join(', ') || 'no name at all'}, but clients connect to ${problem.host}.`,
        fix: `Get a certificate for ${problem.host}, or let clients connect by a name that it is for.`,
      };
    case 'self-signed':
      return {
        problem: 'Browsers do not trust the certificate',
        why: 'It is signed by itself, and not by an authority that browsers know.',
        fix: 'Get a certificate from a public authority, or install your own authority on every device.',
      };
  }
}

function ofRefusal({ code, text }: CandidateError): Diagnosis {
  const why = `The relay answered, but with error ${code}${text === '' ? '' : ` (${text.replace(/\.$/, '')})`}.`;
  switch (code) {
    case 401:
    case 438:
      return {
        problem: 'The relay does not accept the credential',
        why: `${why} This page's credential is made by the relay that serves the page, so another one answered.`,
        fix: 'Look whether the address leads to this relay, and whether all replicas share one secret and run this test.',
      };
    case 300:
    case 508:
      return {
        problem: 'The relay takes no new clients',
        why,
        fix: 'It is about to end, or it is full. Test again on another replica, or let there be more of them.',
      };
    case 486:
      return {
        problem: 'Too many at the same time',
        why: `${why} The limit of one user or of one address is reached.`,
        fix: 'Wait a minute and test again. If clients share an address, raise --allocations-per-source.',
      };
    case 403:
      return { problem: 'The relay forbids it', why, fix: "The relay's log says why." };
    default:
      return { problem: 'The relay refuses to help', why, fix: "The relay's log says more." };
  }
}

function unreachable({ uri, transport }: OfferedServer, working: Outcome['working']): Diagnosis {
  const port = /:(\d+)\?/.exec(uri)?.[1] ?? '';
  const overUdp = transport === 'udp' || transport === 'dtls';
  const others = [...working].filter(other => (other === 'udp' || other === 'dtls') !== overUdp);
  if (overUdp && others.length > 0) {
    return {
      problem: 'UDP is blocked on the way',
      why: `Nothing came back over UDP, while the relay answers over ${others.map(upper).join(' and ')}.`,
      fix: `Let UDP port ${port} through firewalls and load balancer. Until then calls work, but over the slower way.`,
    };
  }
  if (transport === 'tls') {
    return {
      problem: 'No encrypted connection',
      why: 'Either nothing answers there, or this browser does not trust the authority of the certificate.',
      fix: `Look whether TCP port ${port} is open, and whether the certificate comes with its whole chain.`,
    };
  }
  return {
    problem: `Nothing answers over ${overUdp ? 'UDP' : 'TCP'}`,
    why: 'The address may be wrong, or a firewall, a load balancer or a NetworkPolicy is in the way.',
    fix: `Look whether ${uri.replace(/^turns?:|\?.*$/g, '')} is the right address, and ${overUdp ? 'UDP' : 'TCP'} port ${port} is open.`,
  };
}

function withoutData({ server: { loopback } }: Outcome): Diagnosis {
  if (!loopback.allowed) {
    return {
      problem: 'The relay answers, but it denies the other end',
      why: `The test sends from one relayed address to another, and the relay forbids that address (${loopback.detail ?? 'no reason'}).`,
      fix: 'The way to the relay is fine. On a laptop, start the relay with --allow-peer 127.0.0.0/8 to test the rest.',
      harmless: true,
    };
  }
  return {
    problem: 'The relay answers, but no data comes through',
    why: 'Both ends have a relayed address, and nothing went from one to the other.',
    fix: "Let the relay's pods send UDP to each other on ports 49152 to 65535: a NetworkPolicy or firewall stands between.",
  };
}

function upper(transport: string): string {
  return transport.toUpperCase();
}

function day(iso: string): string {
  return iso.slice(0, 10);
}
