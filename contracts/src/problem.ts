/**
 * Keywords of JSON Schema as validation tells them. `if`, `not`, `dependencies` and what looks at unevaluated parts are in none of
 * our schemas.
 */
export const SCHEMA_KEYWORDS = [
  ...(['additionalProperties', 'anyOf', 'const', 'enum', 'exclusiveMaximum', 'exclusiveMinimum', 'format', 'maxItems'] as const),
  ...(['maxLength', 'maxProperties', 'maximum', 'minItems', 'minLength', 'minProperties', 'minimum', 'multipleOf'] as const),
  ...(['pattern', 'required', 'type', 'uniqueItems'] as const),
] as const;

/** What can be wrong with a key beyond its schema, each with what it means. A problem that another service found has that one's code. */
export const PROBLEM_CODES = {
  // What a pattern asks for.
  'id-form': 'An id is 1 to 64 letters, digits, hyphens or underscores.',
  'username-form': 'A name of an account or token is 2 to 64 small letters, digits, points, hyphens or underscores.',
  'not-blank': 'Blanks alone are nothing.',
  'http-address': 'An address begins with http:// or https:// and holds no user name or password.',
  'rtsp-address': 'An address begins with rtsp:// or rtsps:// and holds no user name or password.',
  'onvif-address': 'An address of ONVIF begins with http:// and names a host.',
  'sign-in-code': 'A code has 6 digits; a recovery code has 20 hexadecimal ones.',
  'law-id': 'An id in the legal catalogue is 1 to 80 letters, digits, points, hyphens or underscores.',
  'group-name': 'A group has 1 to 60 characters without | ; and comma.',
  'day-time': 'A local time is HH:MM, 00:00 to 24:00.',
  sha256: 'A SHA-256 has 64 hexadecimal digits.',
  'country-code': 'A country is two capitals, or any.',
  'no-letter': 'A text to look for holds no letter and no digit.',
  'text-characters': 'A text holds NUL or half of a surrogate pair.',
  // Times and numbers.
  number: 'It is no number.',
  'yes-no': 'It is neither yes nor no.',
  after: 'It must be later than another key.',
  'not-below': 'It must not be below another key.',
  future: 'It must lie ahead.',
  'within-days': 'It must lie ahead, by so many days at most.',
  'within-hours': 'It must lie within the last so many hours.',
  'span-at-most': 'The span is too long.',
  'many-steps': 'The span has too many steps.',
  'many-rows': 'So many cameras in so many steps are too many rows.',
  'days-between': 'The number of days is outside of what the class allows.',
  'level-order': 'The second level must come after the first.',
  // Cameras.
  'id-fixed': 'An id does not change.',
  'no-colon': 'A user name holds no colon.',
  'credentials-again': 'The camera has another host now: its user name and password are needed again.',
  'credentials-sealed': 'Sealed credentials are not taken; user name and password are sent.',
  'credentials-in-address': 'An address holds a user name or password.',
  'password-without-user': 'A password was given without a user name.',
  'address-form': 'The host of an address cannot be read.',
  'camera-to-try': 'Neither an address nor a camera was named, or both.',
  'used-twice': 'A name is used twice.',
  'missing-part': 'A rule names a part that the camera does not have.',
  'unknown-kind': 'There is no such kind or type.',
  'not-object': 'It must be an object.',
  'no-area': 'A shape has no area.',
  'no-length': 'A line or a step has no length.',
  'same-corner': 'Two corners of a shape are the same point.',
  'self-crossing': 'A shape crosses itself.',
  'same-kind': 'The check of a signal is of the same kind as its source.',
  'nothing-to-check': 'A scripted signal has nothing to check.',
  'never-matches': 'A time span or a schedule never matches.',
  'time-zone': 'There is no such time zone.',
  'one-end': 'A movement names no end, or two.',
  'same-place': 'Entry and exit of a movement are one place.',
  'lane-without': 'A lane lacks what the rule needs.',
  'own-stop-line': 'A movement leaves over the stop line itself.',
  'allows-everybody': 'An exception has no condition.',
  'needs-plates': 'A rule needs plates of a camera that reads none.',
  'needs-calibration': 'A rule measures speed on a camera without calibration.',
  'presets-at-once': 'A rule needs two presets at once.',
  'unknown-preset': 'A rule names a preset that the camera does not have.',
  'same-point': 'A point of the calibration is given twice.',
  'on-one-line': 'Points of the calibration lie on one line.',
  'no-view': 'No view of a road shows the points of the calibration so.',
  // Lists of cameras.
  'csv-empty': 'The file is empty.',
  'csv-not-utf8': 'The file is not UTF-8.',
  'csv-column': 'A column is not known.',
  'csv-column-twice': 'A column is there twice.',
  'csv-no-id': 'The column id is missing.',
  'csv-many': 'The file has too many cameras.',
  'csv-cells': 'A line has another number of cells than the first.',
  'csv-long': 'A line is too long.',
  'csv-quotes': 'Quotes of a line do not match.',
  'csv-refused': 'Rows are refused, so nothing was changed.',
  'row-twice': 'A camera stands on another line already.',
  'other-unit': 'The id belongs to a camera of another unit.',
  needed: 'A new camera needs it.',
  'place-incomplete': 'A place needs latitude and longitude.',
  // Plates.
  'plate-form': 'A plate has 4 to 12 letters and digits, at least one digit.',
  'plate-pattern': 'A plate of a list has 2 to 12 letters, digits, ? or *.',
  'plate-wide': 'A pattern would match too many vehicles.',
  'plate-signs': 'A plate is looked for by letters, digits, * and ?.',
  'plate-pieces': 'A pattern needs three characters in a row, or two at its beginning or end.',
  'plate-short': 'A plate is too short to be looked for with differences.',
  'plate-exact': 'A plate is looked for with differences only without * and ?.',
  // Requests.
  'plate-needed': 'A plate is needed.',
  'camera-needed': 'A camera is needed.',
  'other-reality': 'A recording that is played was named for a real incident, or a real camera for a played one.',
  'unit-of-camera': 'The incident belongs to the unit of its camera.',
  'unit-needed': 'Without a camera a unit is needed.',
  'place-needed': 'Without a camera a place in words is needed.',
  'password-needed': 'Without an identity provider a password is needed.',
  'appear-at-needed': 'Form 02 says where to come.',
  'names-itself': 'A unit is not its own successor.',
  'webhook-only': 'Only webhooks have a secret.',
  'polygon-needed': 'The alert is about no place in the picture.',
  'rule-needed': 'The alert does not come from a rule of its camera.',
  // Refusals of which one code has several.
  'own-rights': 'Nobody changes their own rights.',
  'rights-elsewhere': 'The person has a role outside of the own units.',
  'controller-elsewhere': 'Cameras of other units rest on the controller.',
  'whole-site': 'It is done for the whole site, by somebody with a role in all of it.',
  successors: 'The unit was closed; others took its place.',
  unowned: 'Alerts are in nobody’s hands.',
  'try-again-in': 'It may be tried again after so many seconds.',
} as const;

/** What is wrong with a key: a keyword of its schema, a code of ours, or (upper case) the code of an error that was found there. */
export type ProblemCode = (typeof SCHEMA_KEYWORDS)[number] | keyof typeof PROBLEM_CODES | Uppercase<string>;

/** Numbers and names that belong to what is wrong. */
export type ProblemParams = Readonly<Record<string, string | number | readonly string[]>>;

/** One thing wrong with a value: where (`rules/0/zoneId`; empty: all of it), which rule it breaks, and what with its mend in English. */
export interface Problem {
  path: string;
  code: ProblemCode;
  params?: ProblemParams;
  message: string;
}
