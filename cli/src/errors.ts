/** Codes that `cli` raises, each with what it means and how to mend it. */
export const CLI_ERRORS = {
  CLI_USAGE: 'The command line or a file it names is not right; the message says what and where.',
  CLI_PORT_IN_USE: 'Another program listens on the port; end it or choose another with --port.',
  CLI_DATA_IN_USE: 'Another safecity runs on this data directory; end it first or choose another with --data.',
  CLI_ROLE_FAILED: 'A role did not become ready; its log says why.',
  CLI_DEMO_NOT_RUNNING: 'No demo runs on this data directory; start one with npm start.',
  CLI_SITE_CLIPS_MISSING: 'None of the demo recordings could be had; the message lists where each was looked for.',
} as const;
