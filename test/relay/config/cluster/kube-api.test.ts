import { answer, type Scene, ScriptedApi } from './scripted-api';

let api: ScriptedApi;
afterEach(() => api.close());

async function open(scene: Scene) {
  api = new ScriptedApi(scene);
  return api.open();
}

test('an answer that goes on is read by lines, wherever it is cut', async () => {
  const text = Buffer.from('{"a":"é"}\n{"b":1}\n');
  const client = await open(response => {
    const write = (at: number): void => {
      if (at === text.length) return void response.end();
      response.write(text.subarray(at, at + 1));
      setImmediate(() => write(at + 1));
    };
    write(0);
  });
  const heard: unknown[] = [];
  const opened = jest.fn();
  expect(await client.stream('/', {}, opened, line => heard.push(line))).toBeUndefined();
  expect(heard).toEqual([{ a: 'é' }, { b: 1 }]);
  expect(opened).toHaveBeenCalledTimes(1);
});

test('an answer of another status does not go on', async () => {
  const client = await open(answer(403, { message: 'no' }));
  const result = await client.stream('/', {}, fail, fail);
  expect(result).toEqual({ status: 403, body: { message: 'no' } });
});

test('a server that is silent is given up', async () => {
  const client = await open(() => undefined);
  await expect(client.request('GET', '/', { timeout: 50 })).rejects.toThrow('silent for 50 ms');
});

test('a stream that falls silent is given up', async () => {
  const client = await open(response => void response.write('{}\n'));
  await expect(client.stream('/', { timeout: 50 }, ignore, ignore)).rejects.toThrow();
});

test('who asks says who it is, and sends JSON', async () => {
  let heard = '';
  const client = await open((response, _, request) => {
    const { authorization, 'content-type': type } = request.headers;
    request.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    request.on('end', () => {
      heard += ` ${authorization} ${type} ${request.method}`;
      response.end('not JSON');
    });
  });
  const options = { body: { a: 1 }, contentType: 'application/merge-patch+json' };
  expect(await client.request('PATCH', '/x', options)).toEqual({ status: 200, body: 'not JSON' });
  expect(heard).toBe('{"a":1} Bearer t application/merge-patch+json PATCH');
});

function ignore(): void {
  // Nothing is to be learnt from it.
}

function fail(): never {
  throw new Error('it is not to be called');
}
