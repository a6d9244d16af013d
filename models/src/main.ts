import { parseArgs } from 'node:util';
import { SafecityError } from '@safecity/contracts';
import { checkConversion } from './check-conversion.js';
import { measureCost } from './measure-cost.js';
import { samplePictures } from './pictures.js';

const USAGE = `usage: node models/dist/main.js check [--footage FOLDER]   converted graph against the original, largest difference
       node models/dist/main.js cost ID [--size WxH]          CPU ms of one run: network alone, prepared model
`;

async function check(footage: string | undefined): Promise<boolean> {
  const pictures = await samplePictures(footage ?? process.env['SAFECITY_FOOTAGE_DIR'], { widthPx: 416, heightPx: 416 }, 6);
  const report = await checkConversion({ pictures, onProgress: (text) => process.stderr.write(`${text}\n`) });
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return report.ok;
}

async function cost(id: string, size: string | undefined): Promise<boolean> {
  const [widthPx, heightPx] = size?.split('x').map(Number) ?? [];
  const sides = widthPx === undefined || heightPx === undefined ? {} : { widthPx, heightPx };
  process.stdout.write(`${JSON.stringify(await measureCost(id, sides), null, 2)}\n`);
  return true;
}

async function run(): Promise<boolean> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { footage: { type: 'string' }, size: { type: 'string' } } });
  const [command, id] = positionals;
  if (command === 'check') return check(values.footage);
  if (command === 'cost' && id) return cost(id, values.size);
  process.stderr.write(USAGE);
  process.exit(2);
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof SafecityError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 2;
}
