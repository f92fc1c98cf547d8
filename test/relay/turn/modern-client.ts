import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import {
  INTEGRITY_SHA1,
  INTEGRITY_SHA256,
  type KeyHash,
  longTermKey,
  messageHmac,
  userhash,
  verifyMessageIntegrity,
} from '../../../relay/src/stun/integrity';
import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { type Answer, Client, REALM } from './harness';

/** SHA-256, then MD5, without parameters. */
export const ALGORITHMS = Buffer.from('0002000000010000', 'hex');
export const ALGORITHM = { md5: 0x00010000, sha256: 0x00020000 } as const;

/** How a request of RFC 8489 is put together; whatever is left out, is as the clause has it. */
export interface Manner {
  readonly username?: string;
  readonly password?: string;
  /** Sends USERHASH in place of USERNAME. */
  readonly anonymous?: boolean;
  /** Makes the key. @default sha256 */
  readonly hash?: KeyHash;
  /** PASSWORD-ALGORITHM; none if null. @default that of the hash */
  readonly algorithm?: number | null;
  /** PASSWORD-ALGORITHMS; none if null. @default as the server sent it */
  readonly algorithms?: Uint8Array | null;
  /** @default MESSAGE-INTEGRITY-SHA256 alone */
  readonly sign?: (writer: MessageWriter, key: Uint8Array) => unknown;
  /** Bytes that are left of MESSAGE-INTEGRITY-SHA256; `sign` is then without meaning. */
  readonly cut?: number;
  readonly nonce?: string;
}

/** A client that knows RFC 8489, and can be told to break it. */
export class ModernClient extends Client {
  /** The answer to a bare request. */
  challenge(): Answer {
    return this.raw(this.message(MessageClass.Request, Method.Allocate))!;
  }

  freshNonce(): string {
    return this.challenge().text(Attribute.Nonce)!;
  }

  allocateBy(manner: Manner = {}, attributes?: (writer: MessageWriter) => unknown): Answer {
    return this.ask(
      Method.Allocate,
      writer => {
        writer.uint32(Attribute.RequestedTransport, 17 << 24);
        attributes?.(writer);
      },
      manner,
    )!;
  }

  ask(method: number, attributes: (writer: MessageWriter) => unknown, manner: Manner = {}): Answer | undefined {
    const { username = 'alice', password = 'open sesame', anonymous = false, hash = 'sha256' } = manner;
    const { algorithm = ALGORITHM[hash], algorithms = ALGORITHMS, sign = byBest, cut } = manner;
    const nonce = manner.nonce ?? this.freshNonce();
    const key = longTermKey(username, REALM, password, hash);
    const message = this.message(MessageClass.Request, method, writer => {
      attributes(writer);
      if (anonymous) writer.bytes(Attribute.Userhash, userhash(username, REALM));
      else writer.text(Attribute.Username, username);
      writer.text(Attribute.Realm, REALM).text(Attribute.Nonce, nonce);
      if (algorithms !== null) writer.bytes(Attribute.PasswordAlgorithms, algorithms);
      if (algorithm !== null) writer.uint32(Attribute.PasswordAlgorithm, algorithm);
      if (cut === undefined) sign(writer, key);
    });
    return this.raw(cut === undefined ? message : signCut(message, key, cut));
  }
}

export const byBest = (writer: MessageWriter, key: Uint8Array): unknown =>
  writer.messageIntegrity(key, INTEGRITY_SHA256);
export const bySha1 = (writer: MessageWriter, key: Uint8Array): unknown => writer.messageIntegrity(key);
export const byBoth = (writer: MessageWriter, key: Uint8Array): unknown => byBest(writer.messageIntegrity(key), key);

/** Adds MESSAGE-INTEGRITY-SHA256 to a message, cut, and right as far as it goes. */
export function signCut(message: Uint8Array, key: Uint8Array, length: number): Buffer {
  const hmac = messageHmac(INTEGRITY_SHA256, key, message, 0, message.length, length);
  const header = Buffer.alloc(4);
  header.writeUInt16BE(Attribute.MessageIntegritySha256);
  header.writeUInt16BE(length, 2);
  const signed = Buffer.concat([message, header, hmac, Buffer.alloc(-length & 3)]);
  signed.writeUInt16BE(signed.length - 20, 2);
  return signed;
}

/** How an answer is signed, if it is, by this key: the attributes that verify. */
export function signatures({ reader }: Answer, key: Uint8Array): string[] {
  return [INTEGRITY_SHA1, INTEGRITY_SHA256]
    .filter(integrity => reader.has(integrity.attribute))
    .map(integrity => `${integrity.hash} ${verifyMessageIntegrity(reader, key, integrity) ? 'right' : 'wrong'}`);
}
