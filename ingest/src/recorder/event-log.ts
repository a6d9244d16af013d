import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { matches, RecordingEvent } from '@safecity/contracts';

/** What the names of segments do not tell, one JSON object a line, appended only. */
export class EventLog {
  readonly #path: string;
  #appending: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
  }

  /** Every whole line, oldest first; one that a crash cut off is left out. */
  async read(): Promise<RecordingEvent[]> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    return text.split('\n').flatMap((line) => {
      try {
        const event: unknown = JSON.parse(line);
        return matches(RecordingEvent, event) ? [event] : [];
      } catch {
        return [];
      }
    });
  }

  /** Resolves when the line is on disk. A line feed in front keeps it apart from one that was cut off. */
  append(event: RecordingEvent): Promise<void> {
    const done = this.#appending.then(() => appendFile(this.#path, `\n${JSON.stringify(event)}\n`, { flush: true }));
    this.#appending = done.catch(() => undefined);
    return done;
  }

  /** Replaces the log by what still counts. */
  async rewrite(events: readonly RecordingEvent[]): Promise<void> {
    await writeFile(`${this.#path}.part`, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    await rename(`${this.#path}.part`, this.#path);
  }
}
