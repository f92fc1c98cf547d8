import { ApiObject } from 'cdk8s';
import { ManifestValidator } from 'cdk8s-stunner';
import { bareObjects, cost, median, regionalStunner } from '../bench/library-scale';

const ROUNDS = 3;

// `npm run bench:lib` measures 30,000 objects, and memory; these hold what a careless loop would break.

test('a tree of tenants and regions costs at most twice as much as its objects alone, judged though it is', () => {
  const library = regionalStunner(20, 5);
  const bare = bareObjects(library);
  cost(library);
  const ratios = Array.from({ length: ROUNDS }, () => {
    const [own, other] = [cost(library), cost(bare)];
    expect(own.objects).toBe(other.objects);
    return own.milliseconds / other.milliseconds;
  });
  expect(median(ratios)).toBeLessThan(2);
});

test('bare objects are rendered to the very files of the library, so that the two can be compared', () => {
  const library = regionalStunner(2, 2);
  expect(bareObjects(library)().render()).toEqual(library().render());
});

test('sixteen times the tenants take sixteen times as long to judge: nothing is quadratic', () => {
  const each = (tenants: number) => {
    const objects = regionalStunner(tenants, 1)()
      .node.findAll()
      .filter(construct => ApiObject.isApiObject(construct))
      .map(object => object.toJson() as Record<string, unknown>);
    const took = Array.from({ length: ROUNDS }, () => {
      const before = process.cpuUsage();
      expect(ManifestValidator.check(objects)).toEqual([]);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    });
    return median(took) / objects.length;
  };
  each(800); // warms up the compiler
  const few = each(100);
  expect(each(1600) / few).toBeLessThan(2.2);
});
