import { type Static, Type } from 'typebox';
import type { Problem } from '../validate.js';
import { worded } from '../validate.js';

const ClockTime = Type.String({
  pattern: worded('^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$', 'day-time', 'must be a local time HH:MM, 00:00 to 24:00'),
});

/**
 * When a rule is on, in local time. A window begins inclusively and ends exclusively; one whose `to` is not after its
 * `from` runs over midnight and belongs to the day on which it begins.
 */
export const Schedule = Type.Object(
  {
    timeZone: Type.String({ default: 'Asia/Ho_Chi_Minh', description: 'IANA name' }),
    windows: Type.Array(
      Type.Object(
        {
          days: Type.Optional(
            Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
              minItems: 1,
              description: 'ISO weekdays, 1 is Monday; absent: every day',
            }),
          ),
          from: ClockTime,
          to: ClockTime,
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 21 },
    ),
  },
  { additionalProperties: false, description: 'When the rule is on, local time; absent: always' },
);
export type Schedule = Static<typeof Schedule>;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What a schema cannot see: a window of no length, an unknown time zone. */
export function scheduleProblems(schedule: Schedule, path: string): Problem[] {
  const problems: Problem[] = [];
  if (!isTimeZone(schedule.timeZone))
    problems.push({
      path: `${path}/timeZone`,
      code: 'time-zone',
      params: { given: schedule.timeZone },
      message: `"${schedule.timeZone}" is not a time zone: use an IANA name such as Asia/Ho_Chi_Minh`,
    });
  schedule.windows.forEach(({ from, to }, index) => {
    if (from === to)
      problems.push({
        path: `${path}/windows/${index}`,
        code: 'never-matches',
        message: `never matches: from and to are both ${from}; use 00:00 to 24:00 for the whole day`,
      });
    if (from === '24:00')
      problems.push({
        path: `${path}/windows/${index}/from`,
        code: 'never-matches',
        message: 'never matches: a day ends at 24:00; begin at 00:00 of the next day',
      });
  });
  return problems;
}
