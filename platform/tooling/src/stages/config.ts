/** This process's environment, for the programs that the stages run. */
export const ownEnvironment = (): NodeJS.ProcessEnv => process.env;

/** The command line after the program's name. */
export const stageArguments = (): readonly string[] => process.argv.slice(2);
