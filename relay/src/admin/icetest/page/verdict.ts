/** What became of one way to the relay. `reached`: it answers, but the test could go no further. */
export type State = 'works' | 'reached' | 'fails';

/** All of it in one sentence or two. */
export function verdict(states: readonly State[]): string {
  const [all, works, fails] = [states.length, count(states, 'works'), count(states, 'fails')];
  if (works === all) return all === 1 ? 'The relay works.' : `All ${all} ways to the relay work.`;
  if (fails === all) return 'No way to the relay works. Calls that need it will fail.';
  if (works > 0)
    return `${works} of ${all} ways to the relay ${works === 1 ? 'works' : 'work'}. Calls will use what works.`;
  return `The relay can be reached${fails === 0 ? '' : ' in part'}, but not all could be tested.`;
}

function count(states: readonly State[], wanted: State): number {
  return states.filter(state => state === wanted).length;
}
