import { buildOpenApi } from './openapi.js';

process.stdout.write(`${JSON.stringify(await buildOpenApi(), null, 2)}\n`);
