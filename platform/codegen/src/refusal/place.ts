/** Where in a contract: file as the user knows it, line and column from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export const formatPlace = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;
