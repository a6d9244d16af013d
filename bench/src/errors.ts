/** Codes that `bench` raises, each with what it means and how to mend it. */
export const BENCH_ERRORS = {
  BENCH_MOT_UNREADABLE: 'A file is no MOTChallenge text; the message names the line. Write one box a line: frame,id,x,y,w,h,score.',
} as const;
