/** What a person did wrong at the keyboard. The command's help follows it. */
export class UsageError extends Error {}
