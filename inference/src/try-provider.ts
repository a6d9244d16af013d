import { env, InferenceSession, Tensor } from 'onnxruntime-node';

/*
 * Makes a session with the provider of the first argument and runs it: exit code 0, or 1 with the reason on standard
 * output. A program of its own, because a broken driver may end or hang the process that tries it.
 */

/** y = x + x, float [1], opset 13. */
const DOUBLING = 'CAg6NwoOCgF4CgF4EgF5IgNBZGQSA3RyeVoPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCAhAN';

env.logLevel = 'fatal';
try {
  const executionProviders = [process.argv[2] ?? 'cpu'];
  const session = await InferenceSession.create(Buffer.from(DOUBLING, 'base64'), { executionProviders, logSeverityLevel: 4 });
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(21), [1]) });
  if (y?.data[0] !== 42) throw new Error(`21 + 21 gave ${String(y?.data[0])}`);
  await session.release();
} catch (error) {
  process.stdout.write(`${(error as Error).message.split('\n')[0]?.slice(0, 300)}\n`);
  process.exitCode = 1;
}
