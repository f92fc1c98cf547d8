import { createHmac } from 'node:crypto';
import { ephemeralPassword, readEphemeralName, readTenantName, tenantKey } from '../../../relay/src/auth/ephemeral';

describe('ephemeral user names', () => {
  test.each<[string, number, string]>([
    ['1800000000', 1_800_000_000, '1800000000'],
    ['1800000000:alice', 1_800_000_000, 'alice'],
    ['1800000000:', 1_800_000_000, ''],
    ['1800000000:42', 1_800_000_000, '42'],
    ['alice:1800000000', 1_800_000_000, 'alice:1800000000'],
    ['alice:1800000000:x', 1_800_000_000, 'alice:1800000000:x'],
    ['1800000000:alice:x', 1_800_000_000, '1800000000:alice:x'],
    ['a1:+5:9', 5, 'a1:+5:9'],
  ])('%s expires at %d and is %j', (username, expiry, user) => {
    expect(readEphemeralName(username)).toEqual({ expiry, user });
  });

  test.each([
    '',
    ':',
    'alice',
    '1.5:alice',
    '0x10:alice',
    '1e9',
    ' 5',
    '0:alice',
    '-5:alice',
    '-5:alice:1800000000',
    '99999999999999999999:a',
  ])('%j has no expiry', username => {
    expect(readEphemeralName(username)).toBeUndefined();
  });

  test('the password is what any TURN REST service makes', () => {
    // printf '1800000000:alice' | openssl dgst -sha1 -hmac north -binary | base64
    expect(ephemeralPassword('north', '1800000000:alice')).toBe('sIm7pn/teO7y3AyXGeXl/xAQR6Q=');
  });
});

describe('tenant user names', () => {
  test.each<[string, string, string]>([
    ['1800000000:media/alice', 'media', 'alice'],
    ['1800000000:a/b/c', 'a', 'b/c'],
    [`1800000000:${'a'.repeat(63)}/x`, 'a'.repeat(63), 'x'],
  ])('%s', (username, namespace, user) => {
    expect(readTenantName(username)).toEqual({ expiry: 1_800_000_000, namespace, user });
  });

  test.each([
    'media/alice',
    '1800000000:alice',
    '1800000000:/alice',
    '1800000000:media/',
    '1800000000:Media/alice',
    '1800000000:-media/alice',
    '1800000000:me.dia/alice',
    `1800000000:${'a'.repeat(64)}/x`,
    '1800000000:media/alice:x',
    'x:1800000000:media/alice',
    '1800000000:media/alice\n:1',
    '0:media/alice',
    '+5:media/alice',
    '99999999999999999999:media/alice',
  ])('%j is none', username => {
    expect(readTenantName(username)).toBeUndefined();
  });

  test('the key of a tenant follows from master and namespace', () => {
    expect(tenantKey('master', 'media')).toBe(
      createHmac('sha256', 'master').update('cdk8s-stunner/tenant/media').digest('base64'),
    );
  });
});
