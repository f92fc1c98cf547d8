/** RFC 8489 5. */
export const MAGIC_COOKIE = 0x2112a442;
export const HEADER_LENGTH = 20;
export const TRANSACTION_ID_OFFSET = 8;
export const TRANSACTION_ID_LENGTH = 12;
export const ATTRIBUTE_HEADER_LENGTH = 4;

/** Attribute types from here on may be ignored by who does not know them (RFC 8489 14). */
export const COMPREHENSION_OPTIONAL = 0x8000;

/** Address families of address attributes and of REQUESTED-ADDRESS-FAMILY (RFC 8489 14.1). */
export const AddressFamily = { Ipv4: 1, Ipv6: 2 } as const;

/** RFC 8489 5: bits C1 and C0. */
export const MessageClass = { Request: 0, Indication: 1, Success: 2, Error: 3 } as const;
export type MessageClass = (typeof MessageClass)[keyof typeof MessageClass];

/** RFC 8489 18.2, RFC 8656 17, RFC 6062 6.1. */
export const Method = {
  Binding: 0x001,
  Allocate: 0x003,
  Refresh: 0x004,
  Send: 0x006,
  Data: 0x007,
  CreatePermission: 0x008,
  ChannelBind: 0x009,
  Connect: 0x00a,
  ConnectionBind: 0x00b,
  ConnectionAttempt: 0x00c,
} as const;

/** The attribute types a TURN server meets. */
export const Attribute = {
  // RFC 8489 18.3
  MappedAddress: 0x0001,
  Username: 0x0006,
  MessageIntegrity: 0x0008,
  ErrorCode: 0x0009,
  UnknownAttributes: 0x000a,
  Realm: 0x0014,
  Nonce: 0x0015,
  MessageIntegritySha256: 0x001c,
  PasswordAlgorithm: 0x001d,
  Userhash: 0x001e,
  XorMappedAddress: 0x0020,
  PasswordAlgorithms: 0x8002,
  AlternateDomain: 0x8003,
  Software: 0x8022,
  AlternateServer: 0x8023,
  Fingerprint: 0x8028,
  // RFC 8656 18
  ChannelNumber: 0x000c,
  Lifetime: 0x000d,
  XorPeerAddress: 0x0012,
  Data: 0x0013,
  XorRelayedAddress: 0x0016,
  RequestedAddressFamily: 0x0017,
  EvenPort: 0x0018,
  RequestedTransport: 0x0019,
  DontFragment: 0x001a,
  ReservationToken: 0x0022,
  AdditionalAddressFamily: 0x8000,
  // The same before RFC 8656 gave it a number: coturn's clients still send it
  AdditionalAddressFamilyDraft: 0x8032,
  AddressErrorCode: 0x8001,
  Icmp: 0x8004,
  // RFC 6062 6.2
  ConnectionId: 0x002a,
  // RFC 8016 3.2
  MobilityTicket: 0x8030,
  // RFC 5780 7
  ChangeRequest: 0x0003,
  Padding: 0x0026,
  ResponsePort: 0x0027,
  CacheTimeout: 0x8027,
  ResponseOrigin: 0x802b,
  OtherAddress: 0x802c,
  // RFC 7635 6
  AccessToken: 0x001b,
  ThirdPartyAuthorization: 0x802e,
  // RFC 8445 16.1: connectivity checks sent to a server by mistake
  Priority: 0x0024,
  UseCandidate: 0x0025,
  IceControlled: 0x8029,
  IceControlling: 0x802a,
} as const;

/** RFC 8489 14.8, RFC 8656 19, RFC 6062 6.3, RFC 8016 5. */
export const ErrorCode = {
  TryAlternate: 300,
  BadRequest: 400,
  Unauthenticated: 401,
  Forbidden: 403,
  MobilityForbidden: 405,
  UnknownAttribute: 420,
  AllocationMismatch: 437,
  StaleNonce: 438,
  AddressFamilyNotSupported: 440,
  WrongCredentials: 441,
  UnsupportedTransportProtocol: 442,
  PeerAddressFamilyMismatch: 443,
  ConnectionAlreadyExists: 446,
  ConnectionTimeoutOrFailure: 447,
  AllocationQuotaReached: 486,
  ServerError: 500,
  InsufficientCapacity: 508,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** The reason phrases that the specifications recommend. */
export const REASON_PHRASES: Readonly<Record<ErrorCode, string>> = {
  300: 'Try Alternate',
  400: 'Bad Request',
  401: 'Unauthenticated',
  403: 'Forbidden',
  405: 'Mobility Forbidden',
  420: 'Unknown Attribute',
  437: 'Allocation Mismatch',
  438: 'Stale Nonce',
  440: 'Address Family not Supported',
  441: 'Wrong Credentials',
  442: 'Unsupported Transport Protocol',
  443: 'Peer Address Family Mismatch',
  446: 'Connection Already Exists',
  447: 'Connection Timeout or Failure',
  486: 'Allocation Quota Reached',
  500: 'Server Error',
  508: 'Insufficient Capacity',
};
