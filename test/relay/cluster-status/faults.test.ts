import { newFaults } from '../../../relay/src/cluster-status/faults';
import type { JsonMap } from '../../../relay/src/cluster-status/json';

const condition = (type: string, status: string, reason: string, message = ''): JsonMap => ({
  type,
  status,
  reason,
  message,
});

describe('newFaults: what an operator must see', () => {
  const missing = condition('ResolvedRefs', 'False', 'InvalidCertificateRef', 'Secret a/b is missing');

  test.each<[string, JsonMap, JsonMap, [string, string][]]>([
    ['all is well', {}, { conditions: [condition('Accepted', 'True', 'Accepted')] }, []],
    ['a refusal', {}, { conditions: [condition('Accepted', 'False', 'Invalid', 'why')] }, [['Invalid', 'why']]],
    ['waiting', {}, { conditions: [condition('Accepted', 'Unknown', 'Pending')] }, []],
    ['no address yet', {}, { conditions: [condition('Programmed', 'False', 'AddressNotAssigned')] }, []],
    [
      'no conflict',
      {},
      { listeners: [{ name: 'udp', conditions: [condition('Conflicted', 'False', 'NoConflicts')] }] },
      [],
    ],
    [
      'a conflict, of a listener',
      {},
      { listeners: [{ name: 'udp', conditions: [condition('Conflicted', 'True', 'ProtocolConflict', 'taken')] }] },
      [['ProtocolConflict', 'listener udp: taken']],
    ],
    ['a fault that was there', { conditions: [missing] }, { conditions: [missing] }, []],
    ['the same fault in other words', { conditions: [missing] }, { conditions: [{ ...missing, message: 'new' }] }, []],
    [
      'another reason for the same',
      { conditions: [missing] },
      { conditions: [{ ...missing, reason: 'RefNotPermitted' }] },
      [['RefNotPermitted', 'Secret a/b is missing']],
    ],
    ['a fault that is mended', { conditions: [missing] }, { conditions: [] }, []],
    [
      'one fault of two parents is told once',
      {},
      { parents: ['a', 'b'].map(sectionName => ({ parentRef: { sectionName }, conditions: [missing] })) },
      [['InvalidCertificateRef', 'Secret a/b is missing']],
    ],
    ['conditions that are none', {}, { conditions: 5, listeners: [null], parents: [{ conditions: ['x'] }] }, []],
  ])('%s', (_, before, after, expected) => {
    expect(newFaults(before, after).map(({ reason, note }) => [reason, note])).toEqual(expected);
  });
});
