import { startGraphDouble } from '../graph/support/graph-double.ts';

/** A Graph that answers with what no client should have to read, in a process of its own: only the client is measured. */
const megabytes = 1_000_000;
const inRow = (members: string) => `{"value":[{"id":"1","name":"hostile",${members}}]}`;
const deep = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;

/** What Graph answers for each type, byte for byte. */
const answers: Readonly<Record<string, () => string>> = {
  large: () => inRow(`"body":"${'x'.repeat(50 * megabytes)}"`),
  tooLarge: () => inRow(`"body":"${'x'.repeat(70 * megabytes)}"`),
  deep: () => inRow(`"body":${deep(10_000)}`),
  wide: () => inRow(`"body":[${Array.from({ length: 100_000 }, (_, index) => `{"n":${index}}`).join(',')}]`),
  prototype: () => inRow('"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}}'),
  nul: () => inRow('"body":"before\\u0000after"'),
  half: () => inRow('"body":"\\ud800 \\udc00x"'),
  twice: () => inRow('"body":1,"body":2'),
  plain: () => inRow('"body":"the neighbour"'),
};
const pages = 100;

const graph = await startGraphDouble();
graph.intercept = ({ path }) => {
  const answer = answers[path.slice(1)];
  if (answer) return { raw: answer(), headers: { 'content-type': 'application/json' } };
  const page = Number(/^\/many(?:\?page=(\d+))?$/.exec(path)?.[1] ?? 0);
  return {
    json: {
      value: Array.from({ length: 1000 }, (_, row) => ({ id: `${page}-${row}`, name: 'one of many' })),
      ...(page + 1 < pages && { '@odata.nextLink': `${graph.url}/beta/many?page=${page + 1}` }),
    },
  };
};
process.send!({ url: graph.url, keys: Object.keys(answers) });
process.once('disconnect', () => process.exit());
