import type { ToWorker } from '../../../relay/src/io/worker-messages';
import { WorkerQuestions } from '../../../relay/src/io/worker-questions';
import type { SiblingAnswer, SiblingQuestion } from '../../../relay/src/turn/siblings/sibling-sink';

const QUESTION: SiblingQuestion = { kind: 'claim', token: '00', userId: 'alice', listener: 'a/b/udp' };
const NONE: SiblingAnswer = { kind: 'none' };
const GIFT: SiblingAnswer = {
  kind: 'relay',
  relay: { family: 4, address: { a: 0, b: 0, c: 0xffff, d: 1, port: 50_000 }, handle: 42 },
};

/** Three workers, and what they are told. */
function setUp(running = [1, 2, 3]) {
  const posted: { worker: number; message: ToWorker }[] = [];
  const discarded: (readonly number[])[] = [];
  const given: number[] = [];
  const questions = new WorkerQuestions({
    running: () => running,
    post: (worker, message) => posted.push({ worker, message }),
    gives: worker => given.push(worker),
    discard: (_, handles) => discarded.push(handles),
  });
  const answers = (): unknown[] =>
    posted.flatMap(({ worker, message }) => (message.kind === 'answer' ? [[worker, message.answer.kind]] : []));
  return { questions, posted, discarded, given, answers };
}

const of = { asker: 1, id: 7 };

test('a question goes to all others, and the first that has something answers for all', () => {
  const { questions, posted, answers, given } = setUp();
  questions.question(of, QUESTION);
  expect(posted.map(({ worker }) => worker)).toEqual([2, 3]);
  questions.answer(2, of, NONE);
  expect(answers()).toEqual([]);
  questions.answer(3, of, GIFT);
  expect(answers()).toEqual([[1, 'relay']]);
  expect([given, questions.giftsTo(1), questions.size]).toEqual([[1], 1, 0]);
});

test('if none has it, that is the answer; a worker that has ended has nothing', () => {
  const { questions, answers } = setUp();
  questions.question(of, QUESTION);
  questions.answer(2, of, NONE);
  questions.ended(3);
  expect(answers()).toEqual([[1, 'none']]);
});

test('a worker alone is answered at once', () => {
  const { questions, answers } = setUp([1]);
  questions.question(of, QUESTION);
  expect(answers()).toEqual([[1, 'none']]);
});

test('what was given to a worker that has ended is closed', () => {
  const { questions, answers, discarded, given } = setUp();
  questions.question(of, QUESTION);
  questions.ended(1);
  questions.answer(3, of, GIFT);
  expect(discarded).toEqual([[42]]);
  expect([answers(), given, questions.giftsTo(1), questions.size]).toEqual([[], [], 0, 0]);
});
