import { isIP } from "node:net";

/** Callers of whom nobody says where they are; gateways always do. They are counted together. */
const UNKNOWN = "unknown";

/**
 * The network that a caller is counted as: the IPv4 address, or the /64 of an IPv6 address, since whoever has one address of
 * it has all of them. The header is the gateway's: it removes what clients send under its name.
 */
export function callerNetwork(header: Headers): string {
  const given = header.get("x-forwarded-for")?.split(",").at(-1)?.trim().split("%", 1)[0] ?? "";
  const version = isIP(given);
  if (version === 4) return given;
  return version === 6 ? networkOf(expanded(given)) : UNKNOWN;
}

function networkOf(groups: readonly string[]): string {
  const isMapped = groups.slice(0, 5).every((group) => group === "0") && groups[5] === "ffff";
  return isMapped ? dotted(groups.slice(6)) : `${groups.slice(0, 4).join(":")}::/64`;
}

/** The eight groups of an IPv6 address, as RFC 5952 writes them. */
function expanded(address: string): readonly string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  if (tail === undefined) return groups(head);
  const [before, behind] = [groups(head), groups(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - behind.length }, () => "0"), ...behind];
}

const dotted = (groups: readonly string[]): string =>
  groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 255])
    .join(".");
