/** Shows what long work is doing: the newest line in place on a terminal, a line at most every 5 s otherwise. */
export class Progress {
  #lastMs = 0;
  #lastText = '';
  readonly #terminal: boolean;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {
    this.#terminal = stream.isTTY === true;
  }

  /** Something that happens once: always shown. */
  step(text: string): void {
    if (text === this.#lastText) return;
    this.#lastText = text;
    this.stream.write(this.#terminal ? `\r\u001b[K${text}\n` : `${text}\n`);
  }

  /** A share of work done, 0..1. */
  update(text: string, share: number): void {
    const nowMs = Date.now();
    if (nowMs - this.#lastMs < (this.#terminal ? 100 : 5000)) return;
    this.#lastMs = nowMs;
    const percent = Math.round(share * 100);
    const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.');
    this.stream.write(this.#terminal ? `\r\u001b[K${text} [${bar}] ${percent} %` : `${text}: ${percent} %\n`);
  }

  /** Clears the bar, so that what follows starts on a line of its own. */
  done(): void {
    if (this.#terminal) this.stream.write('\r\u001b[K');
  }
}
