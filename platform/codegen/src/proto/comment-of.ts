import type { AnyDesc, DescFile } from "@bufbuild/protobuf";
import { getComments } from "@bufbuild/protoplugin";

/** What the contract says above a declaration, without the blank after `//`. Empty when it says nothing. */
export const commentOf = (desc: Exclude<AnyDesc, DescFile>): string =>
  (getComments(desc).leading ?? "").replace(/^ /gm, "").trim();
